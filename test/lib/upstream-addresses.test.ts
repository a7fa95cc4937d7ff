import { expect, test } from '@jest/globals';
import { checkUpstreams, internalUpstreamPorts } from '../../lib/constructs/network/index.ts';
import { type Environment, environmentNamed } from '../../lib/environments/index.ts';

const withUpstreams = (name: string, upstreams: Partial<Environment['upstreams']>): Environment => {
  const environment = environmentNamed(name);
  return { ...environment, upstreams: { ...environment.upstreams, ...upstreams } };
};

test('the client group is opened for the ports of upstreams inside the VPC only', () => {
  expect(internalUpstreamPorts(environmentNamed('development'))).toEqual([5000]);
  expect(internalUpstreamPorts(environmentNamed('staging'))).toEqual([5000, 8000]);
});

test.each([
  [
    'an outside address where there is no way out',
    'staging',
    'https://auth.hokus.ai',
    'endpoints give no way out',
  ],
  [
    'the discovery name of another environment',
    'staging',
    'http://auth.hokusai-development.local:8000',
    'is not under hokusai-staging.local',
  ],
  ['plain http to the outside', 'production', 'http://auth.hokus.ai', 'only https on port 443 may leave it'],
  ['another port outside', 'production', 'https://auth.hokus.ai:8443', 'only https on port 443 may leave it'],
  ['no URL', 'production', 'auth.hokus.ai', 'is no URL'],
])('%s is refused', (_what, name, auth, expected) => {
  expect(() => checkUpstreams(withUpstreams(name, { auth }))).toThrow(expected);
});

test('the environments themselves pass', () => {
  for (const name of ['development', 'staging', 'production']) {
    expect(() => checkUpstreams(environmentNamed(name))).not.toThrow();
  }
});
