import { describe, expect, test } from '@jest/globals';
import type { Alarm } from '../../twin/alarms/index.ts';
import type { HealthAnswer, Service, ServiceStatus } from '../../twin/service/index.ts';
import { type Row, screenLines, serviceRows, tickLines } from '../../twin/terminal/index.ts';
import { alarm, view } from './terminal-view.ts';

const degraded: HealthAnswer = {
  ...{ said: 'degraded', status: 200, notHealthy: ['redis', 'mlflow'], body: null, durationMs: 3.4 },
};

/** The rows of a service in this state. */
const ofService = (
  status: Partial<ServiceStatus> = {},
  health: HealthAnswer | undefined = degraded,
  watching: Alarm[] = [],
): Row[] => {
  const service: Pick<Service, 'status' | 'health'> = {
    status: () => ({ state: 'healthy', reason: undefined, lastCheckMs: 2.4, dropped: 0, ...status }),
    health: () => health,
  };
  return serviceRows(service, watching);
};

const longName: Partial<ServiceStatus> = { state: 'unhealthy', reason: 'Target.ResponseCodeMismatch' };

describe('the service in the live table', () => {
  test.each([
    [
      60,
      /^service +load balancer +Target\.ResponseCodeMismatch +-$/,
      /^service +\/health +degraded: redis, mlflow +-$/,
    ],
    [
      80,
      /^service +load balancer +unhealthy +Target\.ResponseCodeMismatch +2 ms +-$/,
      /^service +\/health +HTTP 200 +degraded: redis, mlflow +3 ms +-$/,
    ],
    [
      120,
      /^service +load balancer +unhealthy +Target\.ResponseCodeMismatch +2 ms +now +-$/,
      /^service +\/health +HTTP 200 +degraded: redis, mlflow +3 ms +now +-$/,
    ],
  ])(
    'shows at %d columns what the load balancer thinks of the service, and what it says',
    (columns, ...expected) => {
      const lines = screenLines(view({ rows: ofService(longName) }), { columns, rows: 40, color: false });
      const shown = lines.filter((line) => line.startsWith('service  '));
      expect(shown).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
      expect(lines.join('\n')).toContain('service at http://127.0.0.1:40001');
    },
  );

  test('shows the whole of what the service says where there is room', () => {
    const notHealthy = ['postgres', 'redis', 'mlflow', 'auth'];
    const rows = ofService({}, { ...degraded, said: 'unhealthy', status: 503, notHealthy });
    const lines = screenLines(view({ rows }), { columns: 120, rows: 40, color: false });
    expect(lines.join('\n')).toContain('unhealthy: postgres, redis, mlflow, auth ');
  });

  test('shows a service that is stopped, or does not have the page, as failed', () => {
    const none = { ...degraded, said: '404', status: 404, notHealthy: [] };
    const rows = ofService(
      { state: 'stopped', reason: 'EssentialContainerExited', lastCheckMs: undefined },
      none,
    );
    expect(rows).toMatchObject([
      { layer: 'stopped', cause: 'EssentialContainerExited', state: 'failed', durationMs: undefined },
      { layer: 'HTTP 404', cause: '404', state: 'failed' },
    ]);
    expect(ofService({}, { ...none, said: 'healthy', status: 200 })).toMatchObject([
      { layer: 'healthy', cause: 'ok', state: 'ok' },
      { cause: 'healthy', state: 'ok' },
    ]);
  });

  test('shows the alarms on the load balancer and on what the service says beside them', () => {
    const on = (namespace: string, name: string, state: Alarm['state']): Alarm => {
      const one = alarm(name, 'none', state);
      return { ...one, definition: { ...one.definition, series: { namespace, name, dimensions: {} } } };
    };
    const watching = [
      on('AWS/ApplicationELB', 'HealthyHostCount', 'OK'),
      on('AWS/ApplicationELB', 'HTTPCode_ELB_5XX_Count', 'ALARM'),
      on('Breakwater', 'HealthStatus', 'OK'),
    ];
    expect(ofService({}, degraded, watching).map((row) => row.alarm)).toEqual(['ALARM', 'OK']);
  });
});

describe('the service where no table can be drawn', () => {
  test('the service is in the line, and each change of it is one more', () => {
    const healthy: HealthAnswer = { ...degraded, said: 'healthy', notHealthy: [] };
    const before = view({ rows: ofService({}, healthy), transitions: [] });
    const [line, ...others] = tickLines(before, undefined);
    expect([line, others]).toEqual([
      'minute 003 service load balancer ok (healthy, 2 ms) | service /health healthy',
      [],
    ]);
    expect(
      tickLines(view({ minute: 4, rows: ofService(longName), transitions: [] }), before).slice(1),
    ).toEqual([
      'minute 004 service load balancer: ok (healthy) -> Target.ResponseCodeMismatch (unhealthy)',
      'minute 004 service /health: healthy (HTTP 200) -> degraded: redis, mlflow (HTTP 200)',
    ]);
  });
});
