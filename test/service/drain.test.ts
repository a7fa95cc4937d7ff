import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { startService } from '../../service/start.ts';
import { captureLog, goodSettings } from './settings.ts';

const start = async (delay: string, timeout = '5') => {
  const log = captureLog();
  const env = { ...(await goodSettings()), SHUTDOWN_DELAY: delay, SHUTDOWN_TIMEOUT: timeout };
  const outcome = await startService(env, { log });
  if (!outcome.ok) throw new Error(outcome.message);
  return { log, service: outcome.service, base: `http://127.0.0.1:${outcome.service.port}` };
};

const request =
  'POST /nothing HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 4\r\n\r\n';

/** A request whose body is still on its way: it is in flight until the rest is sent. */
const openRequest = async (port: number): Promise<{ socket: Socket; answer: () => string }> => {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(`${request}nu`);
  await new Promise((resolve) => setTimeout(resolve, 50));
  return { socket, answer: () => text };
};

describe('a draining service', () => {
  it('answers 503 at /health/alb at once and goes on to answer requests until the delay is over', async () => {
    const { service, base, log } = await start('0.5');
    const stopped = service.stop('SIGTERM');
    const began = Date.now();
    const health = await fetch(`${base}/health/alb`);
    expect(health.status).toBe(503);
    expect(await health.json()).toMatchObject({ status: 'draining', timestamp: expect.any(String) });
    expect(health.headers.get('connection')).toBe('close');
    expect((await fetch(`${base}/live`)).status).toBe(200);
    await stopped;
    expect(Date.now() - began).toBeGreaterThanOrEqual(450);
    await expect(fetch(`${base}/live`)).rejects.toThrow();
    const said = log.entries().filter(({ level, msg }) => level === 'info' && msg !== 'metrics');
    expect(said.map(({ msg }) => msg)).toEqual(['listening', 'draining', 'stopped']);
  });

  it('finishes a request that is in flight', async () => {
    const { service } = await start('0');
    const { socket, answer } = await openRequest(service.port);
    const stopped = service.stop('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 200));
    socket.write('ll');
    await Promise.all([stopped, once(socket, 'close')]);
    expect(answer()).toMatch(/^HTTP\/1\.1 404 /);
  });

  it('cuts off a request that does not end in time, and says so', async () => {
    const { service, log } = await start('0', '0.3');
    const { socket, answer } = await openRequest(service.port);
    await service.stop('SIGTERM');
    expect(answer()).toBe('');
    expect(log.text()).toContain('requests in flight were cut off');
    socket.destroy();
  });

  it('waits for the same end when it is asked twice', async () => {
    const { service, log } = await start('0.2');
    await Promise.all([service.stop('SIGTERM'), service.stop('SIGINT')]);
    expect(log.entries().filter(({ msg }) => msg === 'draining')).toHaveLength(1);
  });
});
