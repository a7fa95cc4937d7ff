import { afterEach, describe, expect, test } from '@jest/globals';
import { statusMatcher } from '../../twin/load-balancer/definition.ts';
import { readLoadBalancer } from '../../twin/load-balancer/index.ts';
import { pathMatches } from '../../twin/load-balancer/rules.ts';
import type { Properties } from '../../twin/template/index.ts';
import { serviceTemplate } from './service-fixture.ts';
import { createFixture, type Fixture } from './template-fixture.ts';

const fixtures: Fixture[] = [];
afterEach(() => {
  for (const fixture of fixtures.splice(0)) fixture.remove();
});

/** Reads the load balancer of the fixture's template with other properties, and with more resources. */
const read = (
  properties: Record<string, Properties> = {},
  more: Record<string, { Type: string; Properties: Properties }> = {},
) => {
  const resources = Object.fromEntries(
    Object.entries(serviceTemplate).map(([id, { Type, Properties: own }]) => [
      id,
      { Type, Properties: { ...own, ...properties[id] } },
    ]),
  );
  const fixture = createFixture({ s: { Resources: { ...resources, ...more } } });
  fixtures.push(fixture);
  const [group] = fixture.assembly.ofType('AWS::ElasticLoadBalancingV2::TargetGroup');
  if (!group) throw new Error('the fixture has no target group');
  return readLoadBalancer(fixture.assembly, fixture.resolve, group);
};

const rule = (change: Properties) => ({
  Type: 'AWS::ElasticLoadBalancingV2::ListenerRule',
  Properties: {
    ListenerArn: { Ref: 'Listener' },
    Priority: 2,
    Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/a/*', '/b'] } }],
    Actions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '410', MessageBody: 'gone' } }],
    ...change,
  },
});

describe('what the template says of the load balancer', () => {
  test('is how targets are judged, and the dimensions of its metrics', () => {
    const { healthCheck, idleTimeoutMs, ...others } = read();
    expect(healthCheck).toMatchObject({ path: '/health/alb', timeoutMs: 500, unhealthyThreshold: 2 });
    expect(healthCheck.matches(200)).toBe(true);
    expect(healthCheck.matches(201)).toBe(false);
    expect(idleTimeoutMs).toBe(60_000);
    expect(others).toMatchObject({
      loadBalancer: expect.stringMatching(/^app\/front\/\w+$/),
      targetGroup: expect.stringMatching(/^targetgroup\/tasks\/\w+$/),
      ...{ protocol: 'HTTP', rules: [] },
    });
    const attributes = [{ Key: 'idle_timeout.timeout_seconds', Value: '90' }];
    expect(read({ Balancer: { LoadBalancerAttributes: attributes } }).idleTimeoutMs).toBe(90_000);
  });

  test('is its rules in the order of their priority', () => {
    const { rules } = read(
      {},
      {
        Second: rule({}),
        First: rule({ Priority: 1, Actions: [{ Type: 'forward', TargetGroupArn: { Ref: 'Group' } }] }),
        Elsewhere: rule({ ListenerArn: 'another listener', Conditions: [{ Field: 'host-header' }] }),
      },
    );
    expect(rules.map(({ priority, action }) => [priority, action])).toEqual([
      [1, { kind: 'forward' }],
      [2, { kind: 'fixed-response', status: 410, contentType: 'text/plain', body: 'gone' }],
    ]);
    expect(['/a/x/y', '/b', '/b/'].map((path) => rules[1]?.matches(path))).toEqual([true, true, false]);
  });

  test.each<[string, Properties]>([
    ['Other has a condition on host-header', { Conditions: [{ Field: 'host-header', Values: ['a'] }] }],
    [
      'path-pattern with Values',
      { Conditions: [{ Field: 'path-pattern', PathPatternConfig: { RegexValues: ['a'] } }] },
    ],
    ['Other has the action redirect', { Actions: [{ Type: 'redirect' }] }],
    ['Other has the action forward', { Actions: [{ Type: 'forward', TargetGroupArn: 'another' }] }],
    ['Other has the property Transforms', { Transforms: [] }],
  ])('is refused where the twin would do something else: %s', (message, change) => {
    expect(() => read({}, { Other: rule(change) })).toThrow(message);
  });

  test.each<[string, string, Properties]>([
    ['HealthCheckProtocol HTTPS', 'Group', { HealthCheckProtocol: 'HTTPS' }],
    ['ProtocolVersion GRPC', 'Group', { ProtocolVersion: 'GRPC' }],
    ['0 listeners forward to Group', 'Listener', { DefaultActions: [{ Type: 'redirect' }] }],
  ])('is refused with %s', (message, resource, change) => {
    expect(() => read({ [resource]: change })).toThrow(message);
  });
});

test.each<[string, number[], number[]]>([
  ['200', [200], [199, 201]],
  ['200,202', [200, 202], [201]],
  ['200-299, 304', [200, 250, 299, 304], [199, 300, 303]],
])('the matcher %s takes %j and not %j', (codes, good, bad) => {
  expect(good.filter(statusMatcher(codes))).toEqual(good);
  expect(bad.filter(statusMatcher(codes))).toEqual([]);
  expect(() => statusMatcher('2xx')).toThrow('200-299');
});

test.each<[string, string[], string[]]>([
  ['/admin/*', ['/admin/', '/admin/breakers/x', '/admin/\n'], ['/admin', '/x/admin/', '/Admin/']],
  ['/v?/a.b', ['/v1/a.b'], ['/v/a.b', '/v12/a.b', '/v1/aXb']],
])('the pattern %s takes %j and not %j', (pattern, good, bad) => {
  expect(good.filter((path) => pathMatches(pattern, path))).toEqual(good);
  expect(bad.filter((path) => pathMatches(pattern, path))).toEqual([]);
});
