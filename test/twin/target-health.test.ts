import { describe, expect, test } from '@jest/globals';
import { type CheckResult, createTargetHealth } from '../../twin/load-balancer/target-health.ts';

const results: Record<string, CheckResult> = {
  '+': { ok: true, durationMs: 3 },
  s: { ok: false, reason: 'Target.ResponseCodeMismatch', detail: 'it answered 503', durationMs: 3 },
  t: { ok: false, reason: 'Target.Timeout', detail: 'no answer', durationMs: 3 },
};

describe('the health of a target', () => {
  test.each<[string, string, string | undefined]>([
    ['', 'initial', 'Elb.RegistrationInProgress'],
    ['+', 'healthy', undefined],
    ['t', 'initial', 'Elb.InitialHealthChecking'],
    ['t+', 'healthy', undefined],
    ['ttt', 'unhealthy', 'Target.Timeout'],
    ['+ss', 'healthy', undefined],
    ['+ss+ss', 'healthy', undefined],
    ['+sss', 'unhealthy', 'Target.ResponseCodeMismatch'],
    ['+ssst', 'unhealthy', 'Target.Timeout'],
    ['+sss+', 'unhealthy', 'Target.ResponseCodeMismatch'],
    ['+sss+s+', 'unhealthy', 'Target.ResponseCodeMismatch'],
    ['+sss++', 'healthy', undefined],
  ])(
    'after the checks %j is %s (%s), with 2 to be healthy again and 3 to be unhealthy',
    (checks, state, reason) => {
      const health = createTargetHealth({ healthyThreshold: 2, unhealthyThreshold: 3 });
      for (const check of checks) health.record(results[check] as CheckResult);
      expect(health).toMatchObject({ state, reason });
    },
  );

  test('stays draining once it is deregistered', () => {
    const health = createTargetHealth({ healthyThreshold: 2, unhealthyThreshold: 3 });
    health.record(results['+'] as CheckResult);
    expect(health.deregister()).toMatchObject({ from: 'healthy', to: 'draining' });
    for (const check of '+ttt') expect(health.record(results[check] as CheckResult)).toBeUndefined();
    expect(health).toMatchObject({ state: 'draining', reason: 'Target.DeregistrationInProgress' });
    expect(health.deregister()).toBeUndefined();
  });
});
