import type { AlarmRow } from './alarm-row.ts';

/**
 * The network-path probe. It measures nothing of its own: Lambda counts its runs and how many failed, so that
 * both no run and a failing one are told.
 */
export const networkPathAlarms = (functionName: string): AlarmRow[] => [
  {
    name: 'network-path-probe-silent',
    lambdaMetric: 'Errors',
    functionName,
    statistic: 'Maximum',
    period: 900,
    comparison: 'above',
    threshold: 0,
    // A run may begin a little late; two periods without one are an outage of the probe.
    datapoints: [2, 2],
    missing: 'breaching',
    severity: 'ticket',
    says: `The network-path probe (${functionName}) has failed, or not run, for 30 minutes.`,
    consequence: 'When a connection fails, nobody is told which rule blocks it.',
    runbook: 'runbooks/probes.md#silence',
  },
];
