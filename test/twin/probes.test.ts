import { describe, expect, test } from '@jest/globals';
import { readOutput } from '../../twin/probes.ts';

const report = {
  probe: 'connectivity',
  environment: 'development',
  at: '',
  durationMs: 1,
  ok: true,
  checks: [],
};
const base = { durationMs: 1, cold: false };

const metrics = (value: unknown): string =>
  JSON.stringify({
    _aws: {
      Timestamp: 1,
      CloudWatchMetrics: [{ Namespace: 'Breakwater', Dimensions: [[]], Metrics: [{ Name: 'Up' }] }],
    },
    Up: value,
  });

describe('what a probe printed', () => {
  test('gives its report and its metrics, whatever else it logs', () => {
    const lines = ['a text', '{"message":"a log line"}', metrics(1), JSON.stringify(report), '{broken'];
    expect(readOutput({ ...base, lines, result: report })).toMatchObject({
      report,
      samples: [{ name: 'Up', values: [1] }],
      problems: [],
    });
  });

  test.each<[string, Parameters<typeof readOutput>[0], string]>([
    ['no report', { ...base, lines: [], result: report }, 'without printing a report'],
    [
      'another report than it returned',
      { ...base, lines: [JSON.stringify(report)], result: { ...report, ok: false } },
      'not the one that it returned',
    ],
    [
      'metrics that CloudWatch would drop',
      { ...base, lines: [metrics('1'), JSON.stringify(report)], result: report },
      'Metric Up',
    ],
    [
      'an error',
      { ...base, lines: [], error: { type: 'Sandbox.Timedout', message: 'too long', trace: [] } },
      'Sandbox.Timedout: too long',
    ],
  ])('is a problem when it is %s', (_, invocation, message) => {
    expect(readOutput(invocation).problems).toEqual([expect.stringContaining(message)]);
  });
});
