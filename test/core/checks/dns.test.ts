import { Resolver } from 'node:dns/promises';
import { describe, expect, test } from '@jest/globals';
import { budgetOf } from '../../../core/checks/budget.ts';
import { type Resolvers, resolveHost } from '../../../core/checks/dns.ts';
import { type Answer, startNameServer } from '../../fixtures/name-server.ts';

const fails = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));

const resolve = async (
  system: Resolvers['system'],
  answer: Answer,
  { wholeMs = 3_000, timeoutMs = 200 } = {},
) => {
  const server = await startNameServer(answer);
  try {
    return await resolveHost('db.example', budgetOf(wholeMs), timeoutMs, {
      system,
      nameServer: (timeout) => {
        const resolver = new Resolver({ timeout, tries: 1 });
        resolver.setServers([server.address]);
        return resolver;
      },
    });
  } finally {
    server.close();
  }
};

describe('the name server explains what the system folds into one code', () => {
  test.each<[string, Answer, string]>([
    ['ENOTFOUND', 'NXDOMAIN', 'DNS_NOT_FOUND'],
    ['ENOTFOUND', 'NODATA', 'DNS_NO_ADDRESS'],
    ['ENOTFOUND', 'FORMERR', 'DNS_SERVER_FAILURE'],
    ['EAI_AGAIN', 'SERVFAIL', 'DNS_SERVER_FAILURE'],
    ['EAI_AGAIN', 'REFUSED', 'DNS_SERVER_FAILURE'],
    ['EAI_AGAIN', 'silence', 'DNS_TIMEOUT'],
  ])('%s and %s is %s', async (system, answer, cause) => {
    const outcome = await resolve(fails(system), answer);
    expect(!outcome.ok && outcome.failure).toMatchObject({ cause, evidence: { host: 'db.example', system } });
  });

  test('a port that nobody answers on is a failure of the name server', async () => {
    const outcome = await resolveHost('db.example', budgetOf(3_000), 200, {
      system: fails('EAI_AGAIN'),
      nameServer: (timeout) => {
        const resolver = new Resolver({ timeout, tries: 1 });
        resolver.setServers(['127.0.0.1:1']);
        return resolver;
      },
    });
    expect(!outcome.ok && outcome.failure.cause).toBe('DNS_SERVER_FAILURE');
  });

  test('what the system says decides, even when the name server has an address', async () => {
    const outcome = await resolve(fails('ENOTFOUND'), { address: '127.0.0.1' });
    expect(!outcome.ok && outcome.failure).toMatchObject({
      cause: 'DNS_NOT_FOUND',
      evidence: { system: 'ENOTFOUND', nameServer: 'addresses' },
    });
  });

  test('a system that never answers is bounded, and explained', async () => {
    const outcome = await resolve(() => new Promise(() => undefined), 'NXDOMAIN');
    expect(!outcome.ok && outcome.failure.cause).toBe('DNS_NOT_FOUND');
  });
});

test('the first IPv4 address is dialled, and all are kept as evidence', async () => {
  const outcome = await resolve(
    async () => [
      { address: '::1', family: 6 },
      { address: '127.0.0.2', family: 4 },
      { address: '127.0.0.3', family: 4 },
    ],
    'silence',
  );
  expect(outcome).toEqual({
    ok: true,
    value: { address: '127.0.0.2', addresses: ['::1', '127.0.0.2', '127.0.0.3'] },
  });
});

test('an address needs no name server', async () => {
  const outcome = await resolveHost('127.0.0.1', budgetOf(100), 100, {
    system: fails('EAI_AGAIN'),
    nameServer: () => {
      throw new Error('asked');
    },
  });
  expect(outcome.ok && outcome.value.address).toBe('127.0.0.1');
});
