import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { notify } from '../../../lambdas/alarm-notifier/run.ts';
import { alarmMessage, createWorld, type Letter, prefix, timeOf, type World } from './world.ts';

const all = [
  'postgres-down',
  'postgres-lost',
  'mlflow-down',
  'database-name-probe-silent',
  'capacity-probe-silent',
  'configuration-drift',
  'service-unhealthy',
  'service-degraded',
  'connections-failing',
  'requests-failing',
  'error-budget-draining',
  'healthy-targets-low',
  'no-healthy-target',
  'user-impact',
];

const play = async (minutes: Readonly<Record<number, readonly string[]>>): Promise<World> => {
  const world = createWorld(all);
  for (const [number, red] of Object.entries(minutes)) await world.minute(Number(number), red);
  return world;
};

const brief = ({ letters }: World): string[] =>
  letters.map(({ minute, severity, text }) => `${minute} ${severity} ${headline(text)}`);

const headline = (text: string): string => {
  const [first = ''] = text.split('\n');
  if (first.startsWith('All of it')) return 'cleared';
  if (first.startsWith('Users no longer')) return 'eased';
  if (/ is over\.( |$)/.test(first)) return 'eased';
  return `opened ${/^Alarm +hokusai-production-(\S+) is ALARM/m.exec(text)?.[1]}`;
};

const threads = (letters: readonly Letter[]): string[] => [
  ...new Set(letters.map(({ thread = '' }) => thread)),
];

describe('an incident is one thread', () => {
  test.each<[string, Record<number, string[]>, string[], string]>([
    [
      'a ticket, a page two minutes later, and the end of all',
      {
        3: ['postgres-down'],
        4: ['postgres-down', 'service-unhealthy', 'connections-failing'],
        5: ['postgres-down', 'service-unhealthy', 'connections-failing', 'requests-failing', 'user-impact'],
        9: [],
      },
      ['3 ticket opened postgres-down', '5 page opened user-impact', '9 page cleared', '9 ticket cleared'],
      'hokusai-production/postgres-down/2026-01-01T00:03Z',
    ],
    [
      'a consequence that is red a minute before its root names the thread',
      {
        3: ['connections-failing'],
        4: ['connections-failing', 'postgres-down'],
        6: ['connections-failing', 'postgres-down', 'user-impact'],
        9: [],
      },
      [
        '3 ticket opened connections-failing',
        '4 ticket opened postgres-down',
        '6 page opened user-impact',
        '9 page cleared',
        '9 ticket cleared',
      ],
      'hokusai-production/connections-failing/2026-01-01T00:03Z',
    ],
    [
      'a consequence that is red first and over first keeps the thread',
      {
        3: ['connections-failing'],
        4: ['connections-failing', 'postgres-down'],
        5: ['postgres-down'],
        6: ['postgres-down', 'user-impact'],
        7: ['postgres-down'],
        8: [],
      },
      [
        '3 ticket opened connections-failing',
        '4 ticket opened postgres-down',
        '6 page opened user-impact',
        '7 page eased',
        '8 ticket cleared',
      ],
      'hokusai-production/connections-failing/2026-01-01T00:03Z',
    ],
    [
      'a page that is red before what explains it',
      { 3: ['user-impact'], 4: ['user-impact', 'no-healthy-target'], 8: [] },
      [
        '3 page opened user-impact',
        '4 ticket opened no-healthy-target',
        '8 page cleared',
        '8 ticket cleared',
      ],
      'hokusai-production/user-impact/2026-01-01T00:03Z',
    ],
    [
      'all of it in the same minute: the root names it',
      { 3: ['user-impact', 'postgres-down', 'connections-failing'], 5: [] },
      ['3 ticket opened postgres-down', '3 page opened user-impact', '5 page cleared', '5 ticket cleared'],
      'hokusai-production/postgres-down/2026-01-01T00:03Z',
    ],
    [
      'a page that ends before its cause is told at once, and the end to those who care for the rest',
      { 3: ['postgres-down'], 5: ['postgres-down', 'user-impact'], 7: ['postgres-down'], 20: [] },
      ['3 ticket opened postgres-down', '5 page opened user-impact', '7 page eased', '20 ticket cleared'],
      'hokusai-production/postgres-down/2026-01-01T00:03Z',
    ],
    [
      'what outlives its root is told, because nobody heard of it before',
      {
        3: ['mlflow-down'],
        4: ['mlflow-down', 'requests-failing', 'error-budget-draining'],
        9: ['requests-failing', 'error-budget-draining'],
        12: ['error-budget-draining'],
        300: [],
      },
      ['3 ticket opened mlflow-down', '9 ticket eased', '300 ticket cleared'],
      'hokusai-production/mlflow-down/2026-01-01T00:03Z',
    ],
    [
      'a probe that cannot log in follows from the database that nobody reaches',
      {
        3: ['postgres-down'],
        15: ['postgres-down', 'capacity-probe-silent'],
        16: ['postgres-down'],
        17: [],
      },
      ['3 ticket opened postgres-down', '17 ticket cleared'],
      'hokusai-production/postgres-down/2026-01-01T00:03Z',
    ],
  ])('%s', async (_name, minutes, expected, thread) => {
    const world = await play(minutes);
    expect(brief(world)).toEqual(expected);
    expect(threads(world.letters)).toEqual([thread]);
    const subjects = new Set(
      world.letters.map(({ severity, subject }) => subject.replace(`[${severity}]`, '')),
    );
    expect(subjects.size).toBe(1);
    // A chat has one channel: a message that goes to both lists is one there.
    const told = new Set(world.letters.map(({ minute, text }) => `${minute} ${text}`));
    expect(world.chats).toHaveLength(told.size);
    expect(new Set(world.chats.map(({ thread_key: key }) => key))).toEqual(new Set([thread]));
  });

  test('an old ticket is not the thread of what breaks today', async () => {
    const world = await play({
      0: ['mlflow-down', 'healthy-targets-low', 'configuration-drift'],
      500: ['mlflow-down', 'healthy-targets-low', 'configuration-drift', 'postgres-down'],
      502: ['mlflow-down', 'healthy-targets-low', 'configuration-drift', 'postgres-down', 'user-impact'],
      510: ['mlflow-down', 'healthy-targets-low', 'configuration-drift'],
    });
    expect(brief(world).slice(3)).toEqual([
      '500 ticket opened postgres-down',
      '502 page opened user-impact',
      '510 page cleared',
      '510 ticket cleared',
    ]);
    expect(threads(world.letters.slice(3))).toEqual(['hokusai-production/postgres-down/2026-01-01T08:20Z']);
    expect(world.letters[4]?.text).toContain('hokusai-production-mlflow-down since 2026-01-01T00:00Z');
  });

  test('what has been red for long is no part of what breaks today, though that would explain it', async () => {
    const world = await play({
      0: ['requests-failing'],
      500: ['requests-failing', 'mlflow-down'],
      505: ['requests-failing'],
    });
    expect(brief(world)).toEqual([
      '0 ticket opened requests-failing',
      '500 ticket opened mlflow-down',
      '505 ticket cleared',
    ]);
    expect(threads(world.letters)[1]).toBe('hokusai-production/mlflow-down/2026-01-01T08:20Z');
  });

  test('what comes and goes is one thread, and another one after a quiet while', async () => {
    const world = await play({ 3: ['mlflow-down'], 5: [], 9: ['mlflow-down'], 12: [], 60: ['mlflow-down'] });
    expect(world.letters.map(({ minute, thread }) => [minute, thread])).toEqual([
      ...[3, 5, 9, 12].map((minute) => [minute, 'hokusai-production/mlflow-down/2026-01-01T00:03Z']),
      [60, 'hokusai-production/mlflow-down/2026-01-01T01:00Z'],
    ]);
  });

  test('a page stays in its thread when something else breaks that would explain it too', async () => {
    const world = await play({
      3: ['mlflow-down'],
      5: ['mlflow-down', 'user-impact'],
      6: ['mlflow-down', 'user-impact', 'postgres-down'],
      9: ['mlflow-down', 'postgres-down'],
    });
    const pages = world.letters.filter(({ severity }) => severity === 'page');
    expect(pages.map(({ minute }) => minute)).toEqual([5, 9]);
    expect(threads(pages)).toEqual(['hokusai-production/mlflow-down/2026-01-01T00:03Z']);
  });

  test('what follows from an alarm that nobody hears of is told itself', async () => {
    const world = createWorld(all, { muted: ['postgres-down'] });
    await world.minute(3, ['postgres-down']);
    world.letters.length = 0;
    await world.minute(4, ['postgres-down', 'connections-failing']);
    expect(brief(world)).toEqual(['4 ticket opened connections-failing']);
  });

  test('an end that comes late, when it is red again, is not told', async () => {
    const world = await play({ 3: ['mlflow-down'] });
    await world.minute(6, []);
    await world.minute(7, ['mlflow-down']);
    const late = alarmMessage(`${prefix}-mlflow-down`, 'ALARM', 'OK', timeOf(6));
    expect(await notify(late, 'ticket', world.notifier)).toMatchObject({ sent: [], why: 'it is red again' });
  });

  test('two that do not explain each other are two incidents', async () => {
    const world = await play({
      3: ['mlflow-down'],
      4: ['mlflow-down', 'postgres-down'],
      6: ['mlflow-down'],
      8: [],
    });
    expect(brief(world)).toEqual([
      '3 ticket opened mlflow-down',
      '4 ticket opened postgres-down',
      '6 ticket cleared',
      '8 ticket cleared',
    ]);
    expect(threads(world.letters)).toHaveLength(2);
  });

  test('says why it does not send', async () => {
    const world = await play({
      3: ['postgres-down'],
      4: ['postgres-down', 'connections-failing'],
      5: ['postgres-down'],
    });
    expect(world.outcomes.slice(1)).toEqual([
      {
        alarm: 'hokusai-production-connections-failing',
        sent: [],
        why: 'it follows from hokusai-production-postgres-down, which has been told',
      },
      {
        alarm: 'hokusai-production-connections-failing',
        sent: [],
        why: 'hokusai-production-postgres-down of the same incident still red',
      },
    ]);
  });
});

describe('what is no news', () => {
  test('alarms that are created, and data that stops coming', async () => {
    const world = createWorld(all);
    await world.change(1, 'postgres-down', 'INSUFFICIENT_DATA');
    await world.change(2, 'postgres-down', 'OK');
    await world.change(2, 'user-impact', 'INSUFFICIENT_DATA');
    expect(world.letters).toEqual([]);
  });

  test('but an alarm that ends after a time without data has ended', async () => {
    const world = createWorld(all);
    await world.change(1, 'mlflow-down', 'ALARM');
    await world.change(4, 'mlflow-down', 'INSUFFICIENT_DATA');
    await world.change(6, 'mlflow-down', 'OK');
    expect(brief(world)).toEqual(['1 ticket opened mlflow-down', '6 ticket cleared']);
    expect(threads(world.letters)).toHaveLength(1);
    expect(world.letters[1]?.text).toContain('2026-01-01 00:01 UTC, 5 minutes');
  });

  test('data that stops and comes again long after something ended', async () => {
    const world = await play({ 1: ['mlflow-down'], 4: [] });
    world.letters.length = 0;
    await world.change(100, 'mlflow-down', 'INSUFFICIENT_DATA');
    await world.change(101, 'mlflow-down', 'OK');
    expect(world.letters).toEqual([]);
  });

  test('an alarm that nobody knows is told by its name, both ways', async () => {
    const world = createWorld(['of-somebody-else']);
    await world.minute(1, ['of-somebody-else']);
    await world.minute(2, []);
    expect(brief(world)).toEqual(['1 ticket opened of-somebody-else', '2 ticket cleared']);
  });
});

test('every page is sent, whatever else is red and in whatever order', async () => {
  const step = fc.tuple(fc.constantFrom(1, 3, 9), fc.subarray(all, { maxLength: 5 }));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
      const world = createWorld(all);
      let red = false;
      let pages = 0;
      const quiet: [number, string[]] = [1, []];
      let number = 0;
      for (const [minutes, names] of [...steps, quiet]) {
        number += minutes;
        const now = names.includes('user-impact');
        if (now && !red) pages += 1;
        red = now;
        await world.minute(number, names);
      }
      const opened = world.letters.filter(
        ({ severity, text }) => severity === 'page' && headline(text) === 'opened user-impact',
      );
      expect(opened).toHaveLength(pages);
      // Whoever heard that something began hears that it ended.
      for (const { minute } of opened)
        expect(
          world.letters.some(
            (letter) =>
              letter.minute > minute &&
              letter.severity === 'page' &&
              !headline(letter.text).startsWith('opened'),
          ),
        ).toBe(true);
      expect(world.letters.filter(({ subject }) => subject.length > 100)).toEqual([]);
    }),
    { numRuns: 400 },
  );
});
