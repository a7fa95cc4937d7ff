import { describe, expect, test } from '@jest/globals';
import { createEvaluator } from '../../twin/alarms/index.ts';
import { createAlarmClock } from '../../twin/clock.ts';
import { createMetricStore } from '../../twin/metrics/index.ts';
import type { Probe } from '../../twin/probes.ts';

const minute = 60_000;
const noon = Date.UTC(2026, 0, 1, 12);

const probe = (name: string, everyMinutes: number, ran: string[], failed = false): Probe => ({
  name,
  arn: name,
  everyMinutes,
  run: async (at, event) => {
    ran.push([name, (at.getTime() - noon) / minute, ...(event === undefined ? [] : [event])].join(' '));
    const sample = {
      namespace: 'Breakwater',
      name: 'Up',
      dimensions: { P: name },
      unit: 'None',
      values: [1],
    };
    // What it measures carries the real time, which has nothing to do with the alarm minute.
    return { functionName: name, at, samples: [{ ...sample, at: 1 }], problems: [], durationMs: 5, failed };
  },
  stop: async () => undefined,
});

describe('the alarm clock', () => {
  test('runs each probe in the first minute and then at the rate of its schedule', async () => {
    const ran: string[] = [];
    const store = createMetricStore();
    const probes = [probe('each', 1, ran), probe('third', 3, ran)];
    const clock = createAlarmClock({
      probes: probes,
      store,
      evaluators: [createEvaluator([], store, noon)],
      startedAt: noon + 12_345,
    });
    for (let tick = 0; tick < 5; tick += 1) await clock.tick();
    expect(ran).toEqual(['each 0', 'third 0', 'each 1', 'each 2', 'each 3', 'third 3', 'each 4']);
  });

  test('runs a probe that was called beside its schedule, with each event, after what is due', async () => {
    const ran: string[] = [];
    const calls = [[], ['first', 'second'], [], ['third']];
    const clock = createAlarmClock({
      probes: [probe('second', 2, ran)],
      store: createMetricStore(),
      evaluators: [createEvaluator([], createMetricStore(), noon)],
      startedAt: noon,
      scheduled: () => ran.length < 4,
      called: () => calls.shift() ?? [],
    });
    const ticks = [await clock.tick(), await clock.tick(), await clock.tick(), await clock.tick()];
    expect(ran).toEqual(['second 0', 'second 1 first', 'second 1 second', 'second 2', 'second 3 third']);
    expect(ticks.map(({ outcomes }) => outcomes.length)).toEqual([1, 2, 1, 1]);
  });

  test('takes what other sources have measured, and stamps it with the minute that takes it', async () => {
    const store = createMetricStore();
    const series = { namespace: 'Breakwater', name: 'HealthStatus', dimensions: {} };
    let come = [{ ...series, unit: 'None', at: 1, values: [2] }];
    const source = { take: () => come.splice(0) };
    const clock = createAlarmClock({
      probes: [],
      store,
      evaluators: [createEvaluator([], store, noon)],
      startedAt: noon,
      sources: [source],
    });
    await clock.tick();
    await clock.tick();
    come = [1, 0].map((value) => ({ ...series, unit: 'None', at: 1, values: [value] }));
    await clock.tick();
    const at = (number: number) => store.datapoint(series, noon + number * minute, minute);
    expect([at(0)?.Maximum, at(1), at(2)?.SampleCount]).toEqual([2, undefined, 2]);
  });

  test('stamps what was measured, and what Lambda publishes of the run, with the alarm minute', async () => {
    const store = createMetricStore();
    const clock = createAlarmClock({
      probes: [probe('p', 1, [], true)],
      store,
      evaluators: [createEvaluator([], store, noon)],
      startedAt: noon,
    });
    await clock.tick();
    await clock.tick();
    const up = { namespace: 'Breakwater', name: 'Up', dimensions: { P: 'p' } };
    const errors = { namespace: 'AWS/Lambda', name: 'Errors', dimensions: { FunctionName: 'p' } };
    for (const at of [noon, noon + minute]) {
      expect(store.datapoint(up, at, minute)?.SampleCount).toBe(1);
      expect(store.datapoint(errors, at, minute)?.Sum).toBe(1);
    }
    expect(store.datapoint(up, noon + 2 * minute, minute)).toBeUndefined();
  });
});
