import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  channel,
  claim,
  MessageRefused,
  type NewMessage,
  publish,
  publishBatch,
} from '../../../core/messages/index.ts';
import { aMessage, numberOf, type Outbox, startOutbox } from './outbox-fixture.ts';

let at: Outbox;
beforeAll(async () => {
  at = await startOutbox();
});
afterAll(() => at?.dispose());
beforeEach(() => at.empty());

const ids = async () =>
  (await at.sql<{ message_id: string }>('SELECT message_id FROM breakwater_outbox ORDER BY id')).map(
    ({ message_id }) => message_id,
  );
const refusal = (message: NewMessage): Promise<MessageRefused> =>
  publish(at.database, message).then(
    () => {
      throw new Error('it was taken');
    },
    (error: MessageRefused) => error,
  );

describe('publishing a message', () => {
  it('has written it once it returns, and gives its id', async () => {
    const { id: _, ...message } = aMessage('a', 1);
    const id = await publish(at.database, message);
    const [row] = await at.sql('SELECT * FROM breakwater_outbox');
    expect(row).toMatchObject({
      message_id: id,
      message_type: 'model_ready_to_deploy',
      ordering_key: 'a',
      payload: message.payload,
      headers: {},
      attempts: 0,
      sent_at: null,
      dead_at: null,
    });
  });

  it('carries headers to whoever delivers it', async () => {
    await publish(at.database, aMessage('a', 1, { headers: { traceparent: '00-1-2-01' } }));
    const [message] = await claim(at.database, { limit: 1, leaseMs: 1_000 });
    expect(message?.headers).toEqual({ traceparent: '00-1-2-01' });
  });

  it('belongs to the transaction of its caller, and is rolled back with it', async () => {
    const failing = at.database.transaction(async (transaction) => {
      await publish(transaction, aMessage('a', 1));
      expect((await transaction.query('SELECT FROM breakwater_outbox')).rowCount).toBe(1);
      expect(await ids()).toEqual([]);
      throw new Error('the business failed');
    });
    await expect(failing).rejects.toThrow('the business failed');
    expect(await ids()).toEqual([]);
  });

  it('tells listeners when its transaction commits and not before', async () => {
    const heard: string[] = [];
    const listener = await at.pool.connect();
    listener.on('notification', ({ channel: name }) => heard.push(name));
    await listener.query(`LISTEN ${channel}`);
    await at.database.transaction(async (transaction) => {
      await publish(transaction, aMessage('a', 1));
      await listener.query('SELECT 1');
      expect(heard).toEqual([]);
    });
    for (let turn = 0; heard.length === 0 && turn < 100; turn += 1) await listener.query('SELECT 1');
    expect(heard).toEqual([channel]);
    listener.release(true);
  });

  it('notifies once for those who publish at the same time, and again for whoever comes after them', async () => {
    let heard = 0;
    const listener = await at.pool.connect();
    listener.on('notification', () => {
      heard += 1;
    });
    await listener.query(`LISTEN ${channel}`);
    await at.database.transaction(async (first) => {
      await publish(first, aMessage('a', 1));
      // Commits, and does not wait for the first one.
      await publish(at.database, aMessage('b', 1));
      expect(await ids()).toHaveLength(1);
    });
    await publish(at.database, aMessage('c', 1));
    for (let turn = 0; heard < 2 && turn < 100; turn += 1) await listener.query('SELECT 1');
    expect(heard).toBe(2);
    listener.release(true);
  });

  it('throws what the database says, and never gives an id for nothing', async () => {
    const broken = { query: () => Promise.reject(new Error('the disk is full')) };
    await expect(publish(broken, aMessage('a', 1))).rejects.toThrow('the disk is full');
  });

  it('is one message when the same id is published twice', async () => {
    const first = aMessage('a', 1);
    expect(await publish(at.database, first)).toBe(first.id);
    expect(await publish(at.database, aMessage('a', 2, { id: first.id }))).toBe(first.id);
    expect(await ids()).toEqual([first.id]);
    const [kept] = await claim(at.database, { limit: 5, leaseMs: 1_000 });
    expect(kept && numberOf(kept)).toBe('1');
  });

  it('waits until the time at which it is available, and those of its key behind it', async () => {
    await publish(at.database, aMessage('a', 1, { availableAt: new Date(Date.now() + 3_600_000) }));
    await publish(at.database, aMessage('a', 2));
    const other = await publish(at.database, aMessage('b', 1));
    const free = await claim(at.database, { limit: 5, leaseMs: 1_000 });
    expect(free.map(({ id }) => id)).toEqual([other]);
    await at.expire();
    const then = await claim(at.database, { limit: 5, leaseMs: 60_000 });
    expect(then[0] && numberOf(then[0])).toBe('1');
  });
});

const good = aMessage('a', 1);
const payloadWith = (more: object): NewMessage => ({ ...good, payload: { ...good.payload, ...more } });

describe('a message that nobody could read is refused, and nothing is written', () => {
  const scenarios: [what: string, message: NewMessage, problem: string][] = [
    ['without a field', payloadWith({ token_symbol: undefined }), 'token_symbol is missing'],
    ['with null in its place', payloadWith({ model_id: null }), 'model_id is missing'],
    ['with an empty field', payloadWith({ model_version: '' }), 'model_version must be a text'],
    ['with a text for a number', payloadWith({ baseline_value: '0.8' }), 'baseline_value must be a finite'],
    ['with no finite number', payloadWith({ current_value: Number.NaN }), 'current_value must be a finite'],
    ['with a value that is not allowed', payloadWith({ status: 'ready' }), 'status must be registered'],
    ['with a wrong token', payloadWith({ token_symbol: 'HOK_1' }), 'token_symbol must match'],
    ['with a wrong address', payloadWith({ contributor_address: '0x12' }), 'contributor_address must match'],
    ['with tags that are no texts', payloadWith({ tags: { a: 1 } }), 'tags must be an object of texts'],
    ['with a field too many', payloadWith({ price: 1 }), 'price is not a field of this event'],
    ['that is no object', { ...good, payload: [] as never }, 'the payload must be an object'],
    ['of an unknown type', { ...good, type: 'model_gone' }, 'type "model_gone" is not known'],
    ['without a key', { ...good, key: '' }, 'key must be a text of 1 to 1000 characters'],
    ['with a key too long', { ...good, key: 'k'.repeat(1_001) }, 'key must be a text of 1 to 1000'],
    ['with an id of another form', { ...good, id: 'fallback-1' }, 'id must be a UUID'],
    ['that is too long', payloadWith({ eval_spec: 'x'.repeat(200_000) }), 'at most 200000 are taken'],
    ['with a NUL in a field', payloadWith({ model_id: 'a\u0000b' }), 'model_id holds'],
    [
      'with half a character deep in a field',
      payloadWith({ eval_spec: { a: ['\ud83d'] } }),
      'eval_spec holds',
    ],
    ['with a NUL in a name', payloadWith({ tags: { 'a\u0000': 'b' } }), 'tags holds'],
    ['with a NUL in its key', { ...good, key: 'a\u0000' }, 'key holds'],
    ['with a NUL in a header', { ...good, headers: { trace: '\u0000' } }, 'headers holds'],
  ];

  it.each(scenarios)('%s', async (_what, message, problem) => {
    const error = await refusal(message);
    expect(error).toBeInstanceOf(MessageRefused);
    expect(error.problems.join('; ')).toContain(problem);
    expect(error.message).toContain(problem);
    expect(await ids()).toEqual([]);
  });

  it('with every problem at once', async () => {
    const { problems } = await refusal(payloadWith({ model_name: undefined, status: 'ready', price: 1 }));
    expect(problems).toEqual([
      'model_name is missing',
      'status must be registered',
      'price is not a field of this event',
    ]);
  });
});

describe('a batch', () => {
  it('has a result for each, and writes those that can be read in their order', async () => {
    const [first, second, third] = [aMessage('a', 1), payloadWith({ status: 'ready' }), aMessage('a', 2)];
    const results = await publishBatch(at.database, [first, second, third]);
    expect(results.map(({ ok }) => ok)).toEqual([true, false, true]);
    expect(results[1]).toMatchObject({ error: { problems: ['status must be registered'] } });
    expect(await ids()).toEqual([first.id, third.id]);
  });

  it('takes one id twice as one message, and an id that was there before as the one of then', async () => {
    const id = randomUUID();
    const twice = [aMessage('a', 1, { id }), aMessage('a', 2, { id })];
    expect(await publishBatch(at.database, twice)).toEqual([
      { ok: true, id },
      { ok: true, id },
    ]);
    await publishBatch(at.database, [aMessage('a', 3, { id })]);
    expect(await ids()).toEqual([id]);
  });

  it('is written whole or not at all', async () => {
    const failing = at.database.transaction(async (transaction) => {
      await publishBatch(transaction, [aMessage('a', 1), aMessage('a', 2)]);
      throw new Error('the business failed');
    });
    await expect(failing).rejects.toThrow('the business failed');
    expect(await ids()).toEqual([]);
  });

  it('of nothing asks nothing of the database', async () => {
    const broken = { query: () => Promise.reject(new Error('asked')) };
    expect(await publishBatch(broken, [])).toEqual([]);
  });

  it('keeps its order when it is large', async () => {
    const many = Array.from({ length: 2_000 }, (_, number) => aMessage(`key-${number % 7}`, number));
    await publishBatch(at.database, many);
    expect(await ids()).toEqual(many.map(({ id }) => id));
  });
});
