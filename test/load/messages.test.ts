import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { findRedis } from '../../twin/servers/redis.ts';
import { disordersOf, fatesOf } from './messages/account.ts';
import { planEvents } from './messages/events.ts';
import { readOptions } from './messages/options.ts';
import { faults } from './messages/plan.ts';
import { accountText } from './messages/report.ts';
import { type Outcome, statusOf } from './messages/run.ts';
import { seeded } from './random.ts';

const first = (seed: number, count: number) => {
  const plan = faults(seeded(seed));
  return Array.from({ length: count }, () => plan.next().value);
};

const good: Outcome = {
  sent: 3,
  unacknowledged: 2,
  unacknowledgedCame: 1,
  waiting: 0,
  delivered: 2,
  duplicates: 4,
  dead: 1,
  poison: 1,
  lost: 0,
  lostRuns: [],
  twice: 0,
  disorder: 0,
  disorders: [],
  unanswered: 5,
  replayed: 1,
  faults: [],
  seconds: 9,
  crashes: [],
};

describe('the kill test of the messages', () => {
  it('repeats its events and its faults with their seed', () => {
    expect(planEvents(500, 10, seeded(7))).toEqual(planEvents(500, 10, seeded(7)));
    expect(first(7, 100)).toEqual(first(7, 100));
    expect(first(7, 100)).not.toEqual(first(8, 100));
  });

  it('takes down everything, in every way that there is', () => {
    const seen = new Set(first(1, 500).map(({ victim, how }) => `${victim} ${how}`));
    for (const victim of ['service 1', 'service 2', 'redis', 'postgres', 'consumer'])
      expect(seen).toContain(`${victim} SIGKILL`);
    expect(seen).toContain('redis flush');
    expect(seen).toContain('postgres immediate');
    expect(seen).toContain('service 1 pause');
  });

  it('kills nothing again before it had time to come up', () => {
    const until = new Map<string, number>();
    for (const { victim, atMs, downMs } of first(3, 500)) {
      expect(atMs).toBeGreaterThanOrEqual(until.get(victim) ?? 0);
      until.set(victim, atMs + downMs + 2_000);
    }
  });

  it('counts a delivery that comes after a later one of its model', () => {
    const done = [
      { model: 'a', run: 'event-1' },
      { model: 'b', run: 'event-0' },
      { model: 'a', run: 'event-10' },
      { model: 'a', run: 'event-9' },
      { model: 'a', run: 'event-11' },
    ];
    expect(disordersOf(done)).toEqual(['a: event-9 after event-10']);
  });

  it('ends its account with what was lost', () => {
    expect(accountText({ ...good, lost: 2, lostRuns: ['event-1', 'event-2'] })).toMatch(
      /\nsent: 3 .*\nnot acknowledged: 2 \(1 .*\ndelivered: 2\nduplicates: 4 .*\ndead: 1 .*\nstill waiting: 0\ntwice: 0\norder: 0 violations\nlost: 2$/,
    );
  });

  it('counts as lost only what was acknowledged, and is neither there nor on its way', () => {
    const events = planEvents(7, 1, seeded(1));
    const set = (...numbers: number[]) => new Set(numbers.map((number) => `event-${number}`));
    const found = {
      acknowledged: set(0, 1, 2, 3),
      delivered: set(0, 4),
      dead: set(1, 5),
      waiting: set(2, 6),
    };
    expect(fatesOf(events, found)).toEqual({
      sent: 4,
      unacknowledged: 3,
      unacknowledgedCame: 2,
      waiting: 1,
      lost: 1,
      lostRuns: ['event-3'],
    });
  });

  it.each<[number, Partial<Outcome>]>([
    [0, { unacknowledged: 3 }],
    [1, { lost: 1 }],
    [1, { lost: 1, unfinished: 'it took too long', twice: 1 }],
    [2, { unfinished: 'it took too long', waiting: 4, disorder: 1 }],
    [3, { disorder: 1 }],
    [3, { twice: 1 }],
    [3, { crashes: ['service 1 ended by itself'] }],
  ])('ends with %i for %j', (status, part) => {
    expect(statusOf({ ...good, ...part })).toBe(status);
  });

  it('takes its options, and refuses others with a sentence', () => {
    const read = (...args: string[]) => readOptions(args, () => 5);
    expect(read()).toEqual({ events: 10_000, seed: 5, keys: 50, json: false });
    expect(read('--events', '20', '--seed', '0', '--keys', '3', '--json')).toEqual({
      events: 20,
      seed: 0,
      keys: 3,
      json: true,
    });
    expect(() => read('--events', '0')).toThrow('--events is "0"; write a whole number from 1 to 100,000');
    expect(() => read('--seed', '-1')).toThrow();
    expect(() => read('--evnts', '1')).toThrow(/evnts/);
  });

  it.each([[['messages', '--evnts', '1']], [['message']], [[]]])('ends with 2 when it is told %p', (args) => {
    const program = fileURLToPath(new URL('../../bin/chaos.ts', import.meta.url));
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH },
    });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/usage|there are: messages/);
  });

  (findRedis() ? it : it.skip)('ends with 2 and a sentence where its logs cannot be kept', () => {
    const program = fileURLToPath(new URL('../../bin/chaos.ts', import.meta.url));
    const { status, stderr } = spawnSync(
      process.execPath,
      [program, 'messages', '--events', '1', '--logs', `${program}/x`],
      { encoding: 'utf8', env: { PATH: process.env.PATH } },
    );
    expect(status).toBe(2);
    expect(stderr).toMatch(/^it could not run: --logs names no directory that can be made: ENOTDIR.*\n$/);
  });
});
