import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import {
  acknowledge,
  careForLists,
  claim,
  listDepth,
  peek,
  publishBatch,
  type RedisCommands,
  redrive,
} from '../../../core/messages/index.ts';
import { bury } from '../../../service/messages/bury.ts';
import { findRedis } from '../../../twin/servers/redis.ts';
import { type RedisProcess, startRedisProcess } from '../../fixtures/redis-process.ts';
import { fillMemory, freeMemory, keys, queue } from './lists-fixture.ts';
import { aMessage, type Outbox, startOutbox } from './outbox-fixture.ts';

const program = findRedis();

(program ? describe : describe.skip)('looking after the lists', () => {
  let server: RedisProcess;
  let redis: Redis;
  let at: Outbox;
  let commands: RedisCommands;
  beforeAll(async () => {
    [server, at] = await Promise.all([startRedisProcess(program ?? ''), startOutbox()]);
    redis = new Redis(server.port, '127.0.0.1');
    commands = { command: (name, ...words) => redis.call(name, ...words) };
  });
  afterAll(async () => {
    redis?.disconnect();
    await at?.dispose();
    server?.dispose();
  });
  beforeEach(async () => {
    await freeMemory(server);
    await redis.flushall();
    await at.empty();
    clock = 1_000_000;
  });

  const reclaimMs = 60_000;
  let clock = 0;
  const none = { reclaimed: 0, unparsable: 0, buried: 0 };
  const look = (through: RedisCommands = commands) =>
    careForLists(through, queue, {
      reclaimMs,
      bury: (dead) => bury(at.database, dead),
      now: () => clock,
    });
  const later = (ms: number) => {
    clock += ms;
  };
  const entry = (id: string = randomUUID(), more: object = {}) =>
    JSON.stringify({
      message_id: id,
      message_type: 'model_ready_to_deploy',
      payload: { model_name: 'a', model_id: 'a/1' },
      timestamp: '2026-01-02T03:04:05.678',
      retry_count: 0,
      max_retries: 3,
      ...more,
    });
  /** Entries that wait, with the one that is taken next first. */
  const waiting = async () => (await redis.lrange(queue, 0, -1)).reverse();
  const put = (...entries: string[]) => redis.lpush(queue, ...entries);
  const take = () => redis.rpoplpush(queue, keys.processing);
  const dead = () => peek(at.database, { state: 'dead' });

  describe('an entry whose consumer died', () => {
    it('is given back after the timeout and not before', async () => {
      await put(entry());
      const taken = await take();
      expect(await look()).toEqual(none);
      later(reclaimMs - 1);
      expect(await look()).toEqual(none);
      expect(await waiting()).toEqual([]);
      later(1);
      expect(await look()).toEqual({ ...none, reclaimed: 1 });
      expect(await waiting()).toEqual([taken]);
      expect(await redis.llen(keys.processing)).toBe(0);
      expect(await look()).toEqual(none);
    });

    it('goes to the end from which consumers take, and those that were taken first are taken first again', async () => {
      const [first, second, third, fourth] = [entry(), entry(), entry(), entry()];
      await put(first, second, third, fourth);
      await take();
      await take();
      await look();
      later(reclaimMs);
      expect(await look()).toEqual({ ...none, reclaimed: 2 });
      expect(await waiting()).toEqual([first, second, third, fourth]);
    });

    it('that acknowledges in time keeps it', async () => {
      const [slow, gone] = [entry(), entry()];
      await put(slow, gone);
      await take();
      await take();
      await look();
      later(reclaimMs / 2);
      await redis.lrem(keys.processing, 1, slow);
      later(reclaimMs / 2);
      expect(await look()).toEqual({ ...none, reclaimed: 1 });
      expect(await waiting()).toEqual([gone]);
    });

    it('has its whole time anew with its next consumer', async () => {
      await put(entry());
      await take();
      await look();
      later(reclaimMs);
      await look();
      await take();
      await look();
      later(reclaimMs - 1);
      expect(await look()).toEqual(none);
      later(1);
      expect(await look()).toEqual({ ...none, reclaimed: 1 });
    });

    it('is given back three times, and then it is a dead letter of the outbox', async () => {
      const message = aMessage('a', 1);
      await publishBatch(at.database, [message]);
      await acknowledge(at.database, await claim(at.database, { limit: 1, leaseMs: 1_000 }));
      await put(entry(message.id));
      for (let turn = 1; turn <= 4; turn += 1) {
        await take();
        await look();
        later(reclaimMs);
        expect(await look()).toEqual(turn <= 3 ? { ...none, reclaimed: 1 } : { ...none, buried: 1 });
      }
      expect(await waiting()).toEqual([]);
      const diedAt = new Date(clock).toISOString();
      expect(await dead()).toMatchObject([
        {
          id: message.id,
          deadReason: 'its consumer died with it 4 times',
          failures: [{ at: diedAt, attempt: 0 }],
        },
      ]);
      expect(await redis.llen(keys.deadLetters)).toBe(0);
      // Delivered again it begins anew.
      await put(entry(message.id));
      await take();
      await look();
      later(reclaimMs);
      expect(await look()).toEqual({ ...none, reclaimed: 1 });
    });

    it('is found among many that others work on', async () => {
      const stuck = entry();
      await put(stuck);
      await take();
      await look();
      for (let part = 0; part < 12; part += 1) {
        await put(...Array.from({ length: 100 }, () => entry()));
        for (let count = 0; count < 100; count += 1) await take();
        later(reclaimMs / 12);
        await look();
      }
      expect(await waiting()).toContain(stuck);
    });

    it('is looked at from the oldest on, when there are many', async () => {
      const entries = Array.from({ length: 700 }, () => entry());
      await put(...entries);
      for (const _ of entries) await take();
      await look();
      later(reclaimMs);
      await look();
      expect(await waiting()).toEqual(entries.slice(0, 500));
    });

    it('is not lost where memory has run out, and given back when there is some', async () => {
      const stuck = entry();
      await put(stuck);
      await take();
      await look();
      later(reclaimMs);
      await fillMemory(server);
      await expect(look()).rejects.toThrow('OOM');
      expect(await redis.lrange(keys.processing, 0, -1)).toEqual([stuck]);
      await freeMemory(server);
      expect(await look()).toEqual({ ...none, reclaimed: 1 });
      expect(await waiting()).toEqual([stuck]);
    });

    it('leaves no trace once everything is done', async () => {
      await put(entry());
      await take();
      await look();
      later(reclaimMs);
      await look();
      expect(await redis.ttl(keys.reclaims)).toBeGreaterThan(0);
      const taken = (await take()) ?? '';
      await look();
      await redis.lrem(keys.processing, 1, taken);
      await look();
      expect(await redis.keys('*')).toEqual([]);
    });
  });

  describe('two that look after them at once', () => {
    /** Both have looked before one of them does anything; in between a consumer takes whatever is there. */
    const interleaved = (meanwhile: () => Promise<unknown>): RedisCommands => {
      let looks = 0;
      return {
        command: async (name, ...words) => {
          const reply = await redis.call(name, ...words);
          if (Array.isArray(reply) && reply.length > 0) {
            looks += 1;
            if (looks === 1) await meanwhile();
          }
          return reply;
        },
      };
    };

    it('give an entry back once, also when its next consumer takes it at once', async () => {
      await put(entry());
      await take();
      await look();
      later(reclaimMs);
      const other = await look(
        interleaved(async () => {
          expect(await look()).toEqual({ ...none, reclaimed: 1 });
          await take();
        }),
      );
      expect(other).toEqual(none);
      expect(await waiting()).toEqual([]);
      expect(await redis.llen(keys.processing)).toBe(1);
    });

    it('bury a dead letter once, with one line in its history', async () => {
      await redis.lpush(keys.deadLetters, entry(), entry('fallback-1700000000'));
      const other = await look(interleaved(() => look()));
      expect(other).toEqual(none);
      const found = await dead();
      expect(found.map(({ failures }) => failures.length)).toEqual([1, 1]);
      expect(await redis.llen(keys.deadLetters)).toBe(0);
    });

    it('put an entry that is no message aside once', async () => {
      await redis.lpush(keys.deadLetters, 'no message');
      expect(await look(interleaved(() => look()))).toEqual(none);
      expect(await redis.lrange(keys.unparsable, 0, -1)).toEqual(['no message']);
    });

    it('do nothing twice however they run', async () => {
      for (let number = 0; number < 40; number += 1) await put(entry());
      for (let number = 0; number < 40; number += 1) await take();
      await redis.lpush(keys.deadLetters, ...Array.from({ length: 30 }, () => entry()), 'x', 'y');
      await look();
      await redis.lpush(keys.deadLetters, ...Array.from({ length: 30 }, () => entry()), 'x', 'y');
      later(reclaimMs);
      const reports = await Promise.all([look(), look(), look()]);
      const sum = (name: keyof typeof none) => reports.reduce((total, report) => total + report[name], 0);
      expect([sum('reclaimed'), sum('buried'), sum('unparsable')]).toEqual([40, 30, 2]);
      expect(await redis.llen(queue)).toBe(40);
      expect(await dead()).toHaveLength(20);
      expect(await peek(at.database, { state: 'dead', limit: 100 })).toHaveLength(60);
      expect(await redis.llen(keys.unparsable)).toBe(4);
    });
  });

  describe('an entry that is no message', () => {
    const strange = [
      '',
      'text',
      '{"message_id":',
      '[]',
      'null',
      '{"message_id":1,"message_type":"x","payload":{}}',
    ];
    const binary = Buffer.from([0x82, 0xa2, 0xff, 0xfe, 0x00, 0xc1]);

    it.each(strange)('%j with a consumer is put aside after the timeout, counted and kept', async (text) => {
      await redis.lpush(keys.processing, text);
      await look();
      later(reclaimMs - 1);
      expect(await look()).toEqual(none);
      later(1);
      expect(await look()).toEqual({ ...none, unparsable: 1 });
      expect(await redis.lrange(keys.unparsable, 0, -1)).toEqual([text]);
      expect(await listDepth(commands, queue)).toMatchObject({ processing: 0, unparsable: 1 });
      expect(await look()).toEqual(none);
    });

    it.each([...strange, '{"original_message":"text","error":"x"}', '{"original_message":1}'])(
      '%j among the dead letters is put aside, counted and kept',
      async (text) => {
        await redis.lpush(keys.deadLetters, text, entry());
        expect(await look()).toEqual({ ...none, unparsable: 1, buried: 1 });
        expect(await redis.lrange(keys.unparsable, 0, -1)).toEqual([text]);
        expect(await redis.llen(keys.deadLetters)).toBe(0);
      },
    );

    it('is kept byte for byte, also where it is no text', async () => {
      await redis.lpush(keys.processing, binary);
      await redis.lpush(keys.deadLetters, binary);
      await look();
      later(reclaimMs);
      expect(await look()).toEqual({ ...none, unparsable: 1 });
      expect(await redis.lrangeBuffer(keys.unparsable, 0, -1)).toEqual([binary, binary]);
      expect(await redis.exists(keys.processing, keys.deadLetters)).toBe(0);
    });

    it('is one as well where only some bytes of an envelope are no text', async () => {
      const broken = Buffer.from(entry(randomUUID(), { payload: { model_name: 'a?b' } }));
      broken[broken.indexOf('?')] = 0xff;
      const letter = Buffer.from(JSON.stringify({ original_message: entry(), error: '?' }));
      letter[letter.indexOf('?')] = 0xe9;
      await redis.lpush(keys.processing, broken);
      await redis.lpush(keys.deadLetters, broken, letter);
      await look();
      later(reclaimMs);
      expect(await look()).toEqual({ ...none, unparsable: 1 });
      expect((await redis.lrangeBuffer(keys.unparsable, 0, -1)).sort(Buffer.compare)).toEqual(
        [broken, broken, letter].sort(Buffer.compare),
      );
      expect(await dead()).toEqual([]);
    });

    it('is none because it has the character that stands for bytes that are no text', async () => {
      await redis.lpush(keys.deadLetters, entry(randomUUID(), { payload: { model_name: 'a\ufffd é' } }));
      expect(await look()).toEqual({ ...none, buried: 1 });
      expect(await dead()).toMatchObject([{ key: 'a\ufffd é' }]);
    });

    it('is one as well when the outbox could not keep it, and holds up none behind it', async () => {
      const nul = entry(randomUUID(), { payload: { model_name: 'a\u0000' } });
      const error = JSON.stringify({ original_message: entry(), error: 'half \ud83d' });
      await redis.lpush(keys.deadLetters, nul, error, entry());
      expect(await look()).toEqual({ ...none, unparsable: 2, buried: 1 });
      expect((await redis.lrange(keys.unparsable, 0, -1)).sort()).toEqual([nul, error].sort());
    });
  });

  describe('an entry of any size', () => {
    const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    /** A text that is long, and differs from others of its length. */
    const long = (bytes: number) => `${randomUUID()}${'x'.repeat(bytes - 36)}`;
    const longMessage = (bytes = 190_000) =>
      entry(randomUUID(), { payload: { model_name: 'a', api_schema: { long: long(bytes) } } });
    /** What Redis is asked for, and the longest of its answers, as characters. */
    const measured = () => {
      const seen = { longest: 0, calls: 0 };
      const through: RedisCommands = {
        command: async (name, ...words) => {
          const reply = await commands.command(name, ...words);
          seen.calls += 1;
          seen.longest = Math.max(seen.longest, JSON.stringify(reply).length);
          return reply;
        },
      };
      return { seen, through };
    };
    const tooLong = 2_000_000;

    it('that is nested deeper than can be written again is put aside, and those behind it are buried', async () => {
      const deep = entry().replace('"model_id"', `"api_schema":${nested(6_000)},"model_id"`);
      await redis.lpush(keys.deadLetters, deep, JSON.stringify({ original_message: deep }), entry());
      expect(await look()).toEqual({ ...none, unparsable: 2, buried: 1 });
      expect((await redis.lrange(keys.unparsable, 0, -1)).at(-1)).toBe(deep);
      expect(await redis.llen(keys.deadLetters)).toBe(0);
    });

    it('and many of the longest that there are come to the outbox in parts', async () => {
      const letters = Array.from({ length: 60 }, () => longMessage());
      for (const letter of letters) await redis.lpush(keys.deadLetters, letter);
      const { seen, through } = measured();
      expect(await look(through)).toEqual({ ...none, buried: 60 });
      expect(seen.longest).toBeLessThan(1_000_000);
      expect(await dead()).toHaveLength(20);
      expect(await redis.llen(keys.deadLetters)).toBe(0);
    });

    it('are given back from consumers that died, with no answer that has more than one of them', async () => {
      const taken = Array.from({ length: 60 }, () => longMessage());
      for (const one of taken) await redis.lpush(keys.processing, one);
      await look();
      later(reclaimMs);
      const { seen, through } = measured();
      expect(await look(through)).toEqual({ ...none, reclaimed: 60 });
      expect(seen.longest).toBeLessThan(400_000);
      expect(await waiting()).toEqual(taken);
    });

    it('of which consumers have more than one look reads are given back all the same, the oldest first', async () => {
      const taken = Array.from({ length: 120 }, () => longMessage());
      for (const one of taken) await redis.lpush(keys.processing, one);
      const counts = [];
      for (let turn = 0; turn < 3; turn += 1) {
        await look();
        later(reclaimMs);
        counts.push((await look()).reclaimed);
      }
      expect(counts[0]).toBeLessThan(120);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(120);
      expect(await redis.llen(keys.processing)).toBe(0);
    });

    it('that is longer than any message is put aside without being transferred, and those behind it go on', async () => {
      const [first, second] = [long(tooLong), long(tooLong)];
      const [letter, stuck] = [entry(), entry()];
      await redis.lpush(keys.deadLetters, first, letter);
      await redis.lpush(keys.processing, second, stuck);
      const { seen, through } = measured();
      expect(await look(through)).toEqual({ ...none, unparsable: 2, buried: 1 });
      expect(await redis.lrange(keys.unparsable, 0, -1)).toEqual([first, second]);
      await look(through);
      later(reclaimMs);
      expect(await look(through)).toEqual({ ...none, reclaimed: 1 });
      expect(seen.longest).toBeLessThan(10_000);
      expect(await listDepth(commands, queue)).toMatchObject({ waiting: 1, processing: 0, unparsable: 2 });
    });

    it('also while memory has run out: then it stays, and dead letters behind it come to the outbox', async () => {
      const lying = long(tooLong);
      await redis.lpush(keys.deadLetters, lying, entry());
      await fillMemory(server);
      expect(await look()).toEqual({ ...none, buried: 1 });
      await freeMemory(server);
      expect(await redis.lrange(keys.deadLetters, 0, -1)).toEqual([lying]);
      expect(await look()).toEqual({ ...none, unparsable: 1 });
      expect(await redis.lrange(keys.unparsable, 0, -1)).toEqual([lying]);
    });

    it('that is longer than any message costs no other the time that it has', async () => {
      await redis.lpush(keys.processing, ...Array.from({ length: 3 }, () => entry()));
      await look();
      // The oldest of all, and as much as one look reads.
      await redis.rpush(keys.processing, long(17_000_000));
      later(reclaimMs - 1);
      expect(await look()).toEqual({ ...none, unparsable: 1 });
      later(1);
      expect(await look()).toEqual({ ...none, reclaimed: 3 });
    });

    it('goes to the dead letters byte for byte when it kills its consumers', async () => {
      const strange = entry('a "quoted" \\ id', { payload: { model_name: 'ä/\u0001\u007f 模型 😀' } });
      await put(strange);
      for (let turn = 1; turn <= 4; turn += 1) {
        await take();
        await look();
        later(reclaimMs);
        if (turn < 4) await look();
      }
      const kept: string[] = [];
      await careForLists(
        {
          command: async (name, ...words) => {
            const reply = await commands.command(name, ...words);
            kept.push(...(await redis.lrange(keys.deadLetters, 0, -1)));
            return reply;
          },
        },
        queue,
        { reclaimMs, bury: (letter) => bury(at.database, letter), now: () => clock },
      );
      expect(JSON.parse(kept[0] ?? '')).toEqual({
        original_message: strange,
        error: 'its consumer died with it 4 times',
        failed_at: new Date(clock).toISOString(),
        original_queue: queue,
      });
    });
  });

  describe('what fails for one entry', () => {
    it('holds up none behind it', async () => {
      const [bad, good] = [entry(), entry()];
      await redis.lpush(keys.deadLetters, bad, good);
      let buried = 0;
      const looking = careForLists(commands, queue, {
        reclaimMs,
        bury: async ({ envelope }) => {
          if (envelope.message_id === JSON.parse(bad).message_id) throw new Error('a defect');
          buried += 1;
        },
      });
      await expect(looking).rejects.toThrow('a defect');
      expect(buried).toBe(1);
      expect(await redis.lrange(keys.deadLetters, 0, -1)).toEqual([bad]);
    });

    it('is not tried with hundreds when it fails for each', async () => {
      await redis.lpush(keys.deadLetters, ...Array.from({ length: 100 }, () => entry()));
      let asked = 0;
      const away = () => {
        asked += 1;
        return Promise.reject(new Error('PostgreSQL is away'));
      };
      await expect(careForLists(commands, queue, { reclaimMs, bury: away })).rejects.toThrow('is away');
      expect(asked).toBe(3);
      expect(await redis.llen(keys.deadLetters)).toBe(100);
    });
  });

  describe('a key of another type', () => {
    it('is named with its type, and the others are counted', async () => {
      await redis.set(keys.processing, 'x');
      await redis.hset(keys.sent, 'a', 'b');
      await put(entry(), entry());
      expect(await listDepth(commands, queue)).toEqual({
        sent: 0,
        waiting: 2,
        processing: 0,
        deadLetters: 0,
        unparsable: 0,
        wrong: [
          { key: keys.sent, type: 'hash', wanted: 'string' },
          { key: keys.processing, type: 'string', wanted: 'list' },
        ],
      });
    });

    it.each(['processing', 'seen', 'reclaims'] as const)(
      'at %s is said, and dead letters are brought to the outbox all the same',
      async (name) => {
        await put(entry());
        await take();
        await look();
        later(reclaimMs);
        await redis.set(keys[name], 'x');
        await redis.lpush(keys.deadLetters, entry());
        await expect(look()).rejects.toThrow('WRONGTYPE');
        expect(await dead()).toHaveLength(1);
      },
    );

    it('in the place of the queue uses up none of the times that an entry is given back', async () => {
      const stuck = entry();
      await put(stuck);
      await take();
      await look();
      later(reclaimMs);
      await redis.set(queue, 'x');
      for (let turn = 0; turn < 5; turn += 1) await expect(look()).rejects.toThrow('WRONGTYPE');
      expect(await dead()).toEqual([]);
      await redis.del(queue);
      expect(await look()).toEqual({ ...none, reclaimed: 1 });
      expect(await waiting()).toEqual([stuck]);
    });

    it('in the place of those that are put aside keeps no dead letter from the outbox', async () => {
      await redis.set(keys.unparsable, 'x');
      await redis.lpush(keys.deadLetters, 'no message', entry());
      await expect(look()).rejects.toThrow('WRONGTYPE');
      expect(await dead()).toHaveLength(1);
      expect(await redis.lrange(keys.deadLetters, 0, -1)).toEqual(['no message']);
    });
  });

  describe('a message that a consumer gave up', () => {
    const sent = async () => {
      const message = aMessage('a', 1);
      await publishBatch(at.database, [message]);
      await acknowledge(at.database, await claim(at.database, { limit: 1, leaseMs: 1_000 }));
      return message.id;
    };

    it('in the form with an error is a dead letter of the outbox with that error', async () => {
      const id = await sent();
      const given = {
        original_message: entry(id),
        error: 'no such token',
        failed_at: '2026-02-03T04:05:06.789',
        original_queue: queue,
      };
      await redis.lpush(keys.deadLetters, JSON.stringify(given));
      expect(await look()).toEqual({ ...none, buried: 1 });
      expect(await dead()).toMatchObject([
        {
          id,
          deadReason: 'no such token',
          failures: [{ at: '2026-02-03T04:05:06.789', attempt: 0, reason: 'no such token' }],
          payload: { model_name: 'a' },
        },
      ]);
      expect(await redis.llen(keys.deadLetters)).toBe(0);
    });

    it('as the bare envelope is one as well, and says that nobody knows why', async () => {
      const id = await sent();
      await redis.lpush(keys.deadLetters, entry(id));
      expect(await look()).toEqual({ ...none, buried: 1 });
      expect(await dead()).toMatchObject([{ id, deadReason: 'its consumer gave it up and did not say why' }]);
    });

    it('is one dead letter when it was given up twice', async () => {
      const id = await sent();
      await redis.lpush(
        keys.deadLetters,
        entry(id),
        JSON.stringify({ original_message: entry(id), error: 'x' }),
      );
      await look();
      expect(await dead()).toMatchObject([{ id, failures: [{ attempt: 0 }] }]);
    });

    it.each(['0e6f5a0c-58e5-4f3e-9d8f-0f8a3c8f6a10', 'fallback-1700000000000000', ''])(
      'and whose id %j the outbox does not know is kept in it, once, and can be delivered',
      async (id) => {
        for (let turn = 0; turn < 2; turn += 1) {
          await redis.lpush(keys.deadLetters, entry(id));
          expect(await look()).toEqual({ ...none, buried: 1 });
        }
        const [letter, ...others] = await dead();
        expect(others).toEqual([]);
        expect(letter).toMatchObject({
          key: 'a',
          type: 'model_ready_to_deploy',
          payload: { model_id: 'a/1' },
        });
        expect(await redrive(at.database, {}, 10)).toEqual([letter?.id]);
        const [again] = await claim(at.database, { limit: 1, leaseMs: 1_000 });
        expect(again).toMatchObject({ headers: { original_id: id }, payload: { model_id: 'a/1' } });
      },
    );

    it('is put aside when the outbox cannot keep it, and what is behind it is not held up', async () => {
      const [unfit, fit] = [entry(), entry()];
      await redis.lpush(keys.deadLetters, unfit, fit);
      const report = await careForLists(commands, queue, {
        reclaimMs,
        bury: async ({ envelope }) => envelope.message_id !== JSON.parse(unfit).message_id,
      });
      expect(report).toEqual({ ...none, buried: 1, unparsable: 1 });
      expect(await redis.lrange(keys.unparsable, 0, -1)).toEqual([unfit]);
    });

    it('stays in the list while the outbox cannot take it', async () => {
      await redis.lpush(keys.deadLetters, entry());
      const refused = careForLists(commands, queue, {
        reclaimMs,
        bury: () => Promise.reject(new Error('PostgreSQL is away')),
      });
      await expect(refused).rejects.toThrow('PostgreSQL is away');
      expect(await redis.llen(keys.deadLetters)).toBe(1);
    });

    it('is brought to the outbox also where memory has run out', async () => {
      await redis.lpush(keys.deadLetters, entry());
      await put(entry());
      await take();
      await fillMemory(server);
      await expect(look()).rejects.toThrow('OOM');
      expect(await dead()).toHaveLength(1);
      expect(await redis.llen(keys.deadLetters)).toBe(0);
    });
  });
});
