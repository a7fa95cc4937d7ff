import { expect, test } from '@jest/globals';
import { budgetOf } from '../../../core/checks/budget.ts';
import { type Resolvers, resolveHost } from '../../../core/checks/dns.ts';

const nobody: Resolvers['nameServer'] = () => {
  throw new Error('asked');
};

const resolve = (host: string, system: Resolvers['system']) =>
  resolveHost(host, budgetOf(1_000), 200, { system, nameServer: nobody });

test('the first IPv4 address is dialled, and all are kept as evidence; the name server is not asked', async () => {
  const outcome = await resolve('db.example', async () => [
    { address: '::1', family: 6 },
    { address: '127.0.0.2', family: 4 },
    { address: '127.0.0.3', family: 4 },
  ]);
  expect(outcome).toEqual({
    ok: true,
    value: { address: '127.0.0.2', addresses: ['::1', '127.0.0.2', '127.0.0.3'] },
  });
});

test('a name with IPv6 addresses only is dialled by the first of them', async () => {
  const outcome = await resolve('db.example', async () => [{ address: '2001:db8::5', family: 6 }]);
  expect(outcome).toMatchObject({ ok: true, value: { address: '2001:db8::5' } });
});

test('an address needs no name server', async () => {
  const outcome = await resolve('127.0.0.1', () => Promise.reject(new Error('asked')));
  expect(outcome.ok && outcome.value.address).toBe('127.0.0.1');
});
