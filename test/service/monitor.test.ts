import { describe, expect, it } from '@jest/globals';
import type { Check } from '../../core/checks/index.ts';
import { History } from '../../service/health/history.ts';
import { Monitor, type MonitorOptions } from '../../service/health/monitor.ts';

const good: Check = { dependency: 'mlflow', target: 'x', ok: true, layer: 'query', durationMs: 3 };
const bad: Check = {
  ...good,
  ok: false,
  cause: 'CONNECTION_REFUSED',
  detail: 'nothing listens',
  durationMs: 1,
};

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const monitorOf = (check: MonitorOptions['check'], more: Partial<MonitorOptions> = {}): Monitor =>
  new Monitor({
    dependency: 'mlflow',
    critical: false,
    check,
    intervalMs: 20,
    deadlineMs: 100,
    staleMs: 60_000,
    threshold: 2,
    ...more,
  });

/** Plays results one after the other, the last one for ever. */
const play = (...results: Check[]) => {
  let count = 0;
  return async () => results[Math.min(count++, results.length - 1)] as Check;
};

describe('a monitor', () => {
  it('knows nothing before its first check, and then what that found', async () => {
    const monitor = monitorOf(play(good));
    expect(monitor.state()).toMatchObject({ verdict: 'unknown', stale: false, failures: 0 });
    monitor.start();
    await pause(10);
    expect(monitor.state()).toMatchObject({ verdict: 'up', check: good, checkedAt: expect.any(Number) });
    await monitor.stop();
  });

  it('is not down after one failure, and is after as many in a row as its threshold', async () => {
    const verdicts: string[] = [];
    const monitor = monitorOf(play(good, bad, good, bad, bad), {
      onVerdict: ({ verdict }, before) => void verdicts.push(`${before}>${verdict}`),
    });
    monitor.start();
    await pause(200);
    await monitor.stop();
    expect(verdicts).toEqual(['unknown>up', 'up>down']);
    expect(monitor.state()).toMatchObject({ verdict: 'down', check: { cause: 'CONNECTION_REFUSED' } });
  });

  it('never runs two checks at the same time, also when one hangs past its deadline', async () => {
    let running = 0;
    let most = 0;
    const monitor = monitorOf(
      async () => {
        running += 1;
        most = Math.max(most, running);
        await pause(500);
        running -= 1;
        return good;
      },
      { deadlineMs: 50 },
    );
    monitor.start();
    await pause(400);
    expect(monitor.state()).toMatchObject({ failures: 1, check: { cause: 'RESPONSE_TIMEOUT' } });
    monitor.checkSoon();
    await pause(300);
    await monitor.stop();
    expect(most).toBe(1);
  });

  it('is no longer believed when nothing has succeeded for its limit', async () => {
    let time = 0;
    let hang = false;
    const monitor = monitorOf(() => (hang ? new Promise(() => undefined) : Promise.resolve(good)), {
      now: () => time,
      staleMs: 1_000,
    });
    monitor.start();
    await pause(30);
    hang = true;
    expect(monitor.state()).toMatchObject({ verdict: 'up', stale: false });
    time += 1_001;
    expect(monitor.state()).toMatchObject({ verdict: 'up', stale: true });
    void monitor.stop();
  });

  it('takes a check that throws for a failed one', async () => {
    const monitor = monitorOf(() => Promise.reject(new Error('a defect')));
    monitor.start();
    await pause(10);
    await monitor.stop();
    expect(monitor.state().check).toMatchObject({
      ok: false,
      cause: 'UNKNOWN',
      detail: expect.stringContaining('a defect'),
    });
  });

  it('stops for good', async () => {
    let checks = 0;
    const monitor = monitorOf(async () => {
      checks += 1;
      return good;
    });
    monitor.start();
    await pause(30);
    await monitor.stop();
    const before = checks;
    monitor.checkSoon();
    await pause(60);
    expect(checks).toBe(before);
  });
});

describe('the history', () => {
  it('is one stretch for what stays the same, so that a failure is not lost among successes', () => {
    const history = new History();
    for (let at = 0; at < 10_000; at += 1) history.add(at === 5_000 ? bad : good, at);
    expect(history.stretches()).toMatchObject([
      { ok: true, from: 0, to: 4_999, checks: 5_000, slowestMs: 3 },
      {
        ok: false,
        cause: 'CONNECTION_REFUSED',
        detail: 'nothing listens',
        from: 5_000,
        to: 5_000,
        checks: 1,
      },
      { ok: true, from: 5_001, to: 9_999, checks: 4_999 },
    ]);
  });

  it('tells causes apart, and is bounded when a dependency flaps', () => {
    const history = new History();
    history.add(bad, 0);
    history.add({ ...bad, cause: 'CONNECT_TIMEOUT' }, 1);
    expect(history.stretches()).toHaveLength(2);
    for (let at = 2; at < 10_000; at += 1) history.add(at % 2 ? bad : good, at);
    expect(history.stretches().length).toBeLessThanOrEqual(200);
  });
});
