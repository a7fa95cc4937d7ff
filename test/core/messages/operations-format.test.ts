import { describe, expect, test } from '@jest/globals';
import { formatDead, formatOperation } from '../../../core/messages/index.ts';

const head = { environment: 'production', at: '2026-02-01T00:00:00.000Z' } as const;
const id = '5c1e7a1e-3b1f-4b5e-9d5c-0d6f0a6b1c2d';
const long = 'the list is full: OOM command not allowed when used memory > maxmemory '.repeat(3).trim();

const dead = {
  id,
  type: 'model_ready_to_deploy',
  key: 'sales-model/3/tok',
  publishedAt: '2026-01-31T10:00:00.000Z',
  deadAt: '2026-01-31T12:00:00.000Z',
  deadReason: long,
};

const depth = {
  ...head,
  operation: 'depth',
  ok: true,
  outbox: { pending: 12_345, held: 3, oldestAgeSeconds: 250, dead: 2, kept: 1_000_000 },
  transports: [{ name: 'redis:hokusai:model_ready_queue', since: '2026-01-31T12:00:00.000Z' }],
  lists: {
    looked: true,
    queue: 'hokusai:model_ready_queue',
    sent: 120,
    waiting: 4,
    processing: 1,
    deadLetters: 0,
    unparsable: 2,
  },
  lookIn: 'Dead messages are kept in the outbox in PostgreSQL: look there. And so on, in a long sentence.',
} as const;

const longest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));

describe('in a terminal of 80 columns', () => {
  test('the depth has each place with its numbers, and what they mean', () => {
    const text = formatOperation(depth, { width: 80 });
    expect(longest(text)).toBeLessThanOrEqual(80);
    expect(text.split('\n')).toEqual([
      'messages of production, 2026-02-01T00:00:00.000Z',
      'outbox in PostgreSQL',
      '  pending          12345  the oldest for 4 min; 3 with the relay or waiting for',
      '                          another attempt',
      '  dead                 2',
      '  kept           1000000  sent, and kept in case the transport loses them',
      'lists in Redis',
      '  waiting              4  in hokusai:model_ready_queue',
      '  processing           1  with consumers',
      '  dead letters         0  on their way into the outbox',
      '  unparsable           2  no messages; kept for people in',
      '                          hokusai:model_ready_queue:unparsable',
      'sent to',
      '  redis:hokusai:model_ready_queue, the same server since 2026-01-31 12:00:00Z',
      'Dead messages are kept in the outbox in PostgreSQL: look there. And so on, in a',
      'long sentence.',
    ]);
  });

  test('lists that could not be looked at say why', () => {
    const lists = { looked: false, reason: 'nothing listens', cause: 'CONNECTION_REFUSED' } as const;
    expect(formatOperation({ ...depth, lists }, { width: 80 })).toContain(
      'lists in Redis\n  not looked at: CONNECTION_REFUSED, nothing listens\n',
    );
  });

  test('a message has its id, its key, its attempts and why it is dead', () => {
    const failures = [{ at: '2026-01-31T12:00:00.000Z', attempt: 4, reason: long }];
    const message = { ...dead, state: 'dead', attempts: 4, failures, payload: {} } as const;
    const peeked = {
      ...head,
      operation: 'peek',
      ok: true,
      state: 'dead',
      limit: 1,
      messages: [message],
    } as const;
    const text = formatOperation(peeked, { width: 80 });
    expect(longest(text)).toBeLessThanOrEqual(80);
    expect(text.split('\n').slice(1, 5)).toEqual([
      `${id} dead`,
      '    model_ready_to_deploy, key sales-model/3/tok',
      '    published 2026-01-31 10:00:00Z, 4 attempts',
      expect.stringMatching(/^ {4}dead since 2026-01-31 12:00:00Z: the list is full: OOM/),
    ]);
    expect(text).toMatch(/the oldest 1; there may be more: --limit\. Payloads and all failures: --json$/);
    expect(formatOperation(peeked, { width: 80, color: true })).toContain(`\x1b[31m${id} dead\x1b[0m`);
  });

  test('nothing to look at says of what', () => {
    const none = {
      ...head,
      operation: 'peek',
      ok: true,
      state: 'held',
      limit: 20,
      key: 'a',
      messages: [],
    } as const;
    expect(formatOperation(none).split('\n')[1]).toBe('there is no held message of key a');
  });

  test('a text that would move the cursor is shown as what it is', () => {
    const text = formatDead([{ ...dead, key: 'a\x1b[2Jb\nc\u202ed', deadReason: 'x' }], 80);
    expect(text).toContain('key a\\u001b[2Jb\\u000ac\\u202ed');
  });

  test('a run says how many it changed, and what is left to do', () => {
    const changed = { ...head, operation: 'redrive', ok: true, dryRun: false, filter: {} } as const;
    const text = (more: { matching: number; changed: string[]; left: number; stopped?: true }) =>
      formatOperation({ ...changed, ...more }, { width: 200 });
    expect(text({ matching: 0, changed: [], left: 0 })).toBe('no dead message matches');
    expect(text({ matching: 1, changed: [id], left: 0 })).toBe('redriven 1 dead message');
    expect(text({ matching: 9, changed: [id], left: 8 })).toBe(
      'redriven 1 of 9 dead messages that match; 8 left: run it again, or raise --limit (5000 at most)',
    );
    expect(text({ matching: 9, changed: [id], left: 8, stopped: true })).toMatch(
      /^stopped before its end: redriven 1/,
    );
    const preview = { ...head, operation: 'purge', ok: true, dryRun: true, filter: {}, matching: 2 } as const;
    expect(
      formatOperation({ ...preview, messages: [dead] })
        .split('\n')
        .at(-1),
    ).toBe('1 of 2 dead messages that match would be purged; nothing was changed');
  });
});
