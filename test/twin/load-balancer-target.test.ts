import { afterEach, describe, expect, test } from '@jest/globals';
import type { LoadBalancer } from '../../twin/load-balancer/index.ts';
import { freePort } from '../../twin/servers/index.ts';
import { eventually } from './eventually.ts';
import { createBench, definition, type Handler } from './load-balancer-bench.ts';

describe('the load balancer and its target', () => {
  const { target, balancer: start, serving, end } = createBench();
  afterEach(end);

  const states = ({ transitions }: LoadBalancer): string[] =>
    transitions.map(({ from, to, reason }) => `${from} -> ${to}${reason === undefined ? '' : ` ${reason}`}`);

  test('answers 503 without a target, and while the first check has not passed', async () => {
    const balancer = await start();
    expect((await fetch(balancer.url)).status).toBe(503);
    const { port, answerChecks } = await target((_, response) => void response.end());
    answerChecks(() => undefined);
    balancer.register({ host: '127.0.0.1', port, alive: () => true });
    expect(balancer.target()).toMatchObject({ state: 'initial', reason: 'Elb.RegistrationInProgress' });
    expect((await fetch(balancer.url)).status).toBe(503);
  });

  test.each<[string, Handler]>([
    ['Target.ResponseCodeMismatch', (_, response) => void response.writeHead(204).end()],
    ['Target.FailedHealthChecks', (asked) => void asked.socket.destroy()],
    ['Target.Timeout', () => undefined],
  ])('drops a target whose checks fail by %s, fails open, and takes it back', async (reason, bad) => {
    const { healthCheck } = definition();
    const { balancer, answerChecks } = await serving((_, response) => void response.end('all the same'), {
      healthCheck: { ...healthCheck, timeoutMs: reason === 'Target.Timeout' ? 100 : 2_000 },
    });
    answerChecks(bad);
    await eventually(() => balancer.target()?.state === 'unhealthy');
    expect(balancer.dropped()).toBe(1);
    expect(await (await fetch(balancer.url)).text()).toBe('all the same');
    answerChecks((_, response) => void response.end());
    await eventually(() => balancer.target()?.state === 'healthy');
    expect(states(balancer)).toEqual([
      'initial -> healthy',
      `healthy -> unhealthy ${reason}`,
      'unhealthy -> healthy',
    ]);
    expect(balancer.transitions[1]?.detail).toMatch(/^3 checks in a row failed/);
  });

  test('does not count a target as dropped whose process has ended', async () => {
    const { server, port } = await target(() => undefined);
    const balancer = await start();
    balancer.register({ host: '127.0.0.1', port, alive: () => server.listening });
    await eventually(() => balancer.target()?.state === 'healthy');
    server.close();
    server.closeAllConnections();
    await eventually(() => balancer.target()?.state === 'unhealthy');
    expect(balancer.dropped()).toBe(0);
    expect(states(balancer).at(-1)).toBe('healthy -> unhealthy Target.FailedHealthChecks');
  });

  test('waits for the port of a new target, and takes the next one in its place', async () => {
    const port = await freePort();
    const balancer = await start({ healthCheck: { ...definition().healthCheck, intervalMs: 60_000 } });
    balancer.register({ host: '127.0.0.1', port, alive: () => true });
    await target((_, response) => void response.end('late'), port);
    await eventually(() => balancer.target()?.state === 'healthy');
    const next = await target((_, response) => void response.end('next'));
    balancer.register({ host: '127.0.0.1', port: next.port, alive: () => true });
    await eventually(() => balancer.target()?.state === 'healthy');
    expect(await (await fetch(balancer.url)).text()).toBe('next');
    expect(states(balancer)[1]).toBe('healthy -> draining Target.DeregistrationInProgress');
  });

  test('sends a deregistered target nothing new, and lets it finish', async () => {
    const { promise: finish, resolve } = Promise.withResolvers<void>();
    const { balancer } = await serving((_, response) => {
      response.write('first ');
      void finish.then(() => response.end('last'));
    });
    const underWay = await fetch(balancer.url);
    balancer.deregister();
    expect((await fetch(balancer.url)).status).toBe(503);
    resolve();
    expect(await underWay.text()).toBe('first last');
  });
});
