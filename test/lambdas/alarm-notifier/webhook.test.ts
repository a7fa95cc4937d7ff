import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { notify } from '../../../lambdas/alarm-notifier/run.ts';
import { sendToWebhook, webhookAddress } from '../../../lambdas/alarm-notifier/webhook.ts';
import { type HttpServer, sendJson, startHttpServer } from '../../fixtures/http-server.ts';
import { alarmMessage, createWorld, prefix, timeOf } from './world.ts';

const message = { text: 'text', thread_key: 'a/b/c', severity: 'page' };
const path = '/services/T000/B000/s3cr3t-path';

describe('the webhook', () => {
  let server: HttpServer;
  beforeAll(async () => {
    server = await startHttpServer(() => undefined);
  });
  afterAll(() => server.close());
  beforeEach(() => {
    server.received.length = 0;
  });

  const send = (address = `${server.url}${path}`, timeoutMs = 5_000) =>
    sendToWebhook(message, { secret: async () => address, fetch, timeoutMs, pauseMs: 1 });

  const answers = (...statuses: number[]) => {
    server.answer = (_request, response) => sendJson(response, statuses.shift() ?? 500, {});
  };

  test('gets the message as JSON, with its thread', async () => {
    answers(200);
    expect(await send()).toEqual({ ok: true });
    expect(server.received.map(({ target, body }) => [target, JSON.parse(body.toString())])).toEqual([
      [path, message],
    ]);
    expect(server.received[0]?.headers['content-type']).toBe('application/json');
  });

  test.each([
    ['a second time when it fails', [503, 200], { ok: true }, 2],
    ['a second time when it has too many', [429, 200], { ok: true }, 2],
    ['no third time', [503, 502, 200], { ok: false, why: 'it answered 503, then it answered 502' }, 2],
    ['once when it refuses', [404, 200], { ok: false, why: 'it answered 404' }, 1],
  ])('is asked %s', async (_name, statuses, expected, times) => {
    answers(...statuses);
    expect(await send()).toEqual(expected);
    expect(server.received).toHaveLength(times);
  });

  test('is not followed to another address', async () => {
    server.answer = (_request, response) =>
      response.writeHead(302, { location: `${server.url}/other` }).end();
    expect(await send()).toMatchObject({ ok: false });
    expect(server.received.filter(({ target }) => target === '/other')).toEqual([]);
  });

  test('may hang, and is left', async () => {
    server.answer = () => undefined;
    expect(await send(undefined, 50)).toEqual({ ok: false, why: 'TimeoutError, then TimeoutError' });
  });

  test('never shows its address, whatever fails', async () => {
    const nobody = await startHttpServer(() => undefined);
    await nobody.close();
    const sent = await send(`${nobody.url}${path}`);
    expect(sent).toEqual({ ok: false, why: 'TypeError (ECONNREFUSED), then TypeError (ECONNREFUSED)' });

    const world = createWorld(['user-impact']);
    const chat = () => send(`${nobody.url}${path}`);
    const outcome = await notify(alarmMessage(`${prefix}-user-impact`, 'OK', 'ALARM', timeOf(3)), 'page', {
      ...world.notifier,
      chat,
    });
    expect(outcome).toMatchObject({
      sent: ['page'],
      kind: 'opened',
      why: expect.stringContaining('its webhook failed'),
    });
    expect(JSON.parse(world.log[0] ?? '')).toMatchObject({ level: 'error', chat: 'failed' });
    expect(world.letters.map(({ text }) => text.replaceAll(/\s+/g, ' '))).toEqual([
      expect.stringContaining(
        'Chat This did not reach the chat: its webhook failed (TypeError (ECONNREFUSED), then TypeError (ECONNREFUSED)).',
      ),
    ]);
    expect(JSON.stringify([outcome, world.log, world.letters])).not.toMatch(/s3cr3t|127\.0\.0\.1/);
  });

  test('is called although the e-mail fails', async () => {
    answers(200);
    const world = createWorld(['user-impact'], { fail: { publish: () => true } });
    const run = notify(alarmMessage(`${prefix}-user-impact`, 'OK', 'ALARM', timeOf(3)), 'page', {
      ...world.notifier,
      chat: () => send(),
    });
    await expect(run).rejects.toThrow('the topic is away');
    expect(server.received).toHaveLength(1);
  });

  describe.each<[string, string, string]>([
    [
      'an alarm',
      alarmMessage(`${prefix}-user-impact`, 'OK', 'ALARM', timeOf(3)),
      'hokusai-production-user-impact',
    ],
    ['a message that is none', 'no JSON', 'a message to the alarm topic'],
  ])('that refuses %s', (_name, told, name) => {
    const run = (subscribed: () => Promise<boolean>) => {
      answers(404);
      const world = createWorld(['user-impact']);
      return { world, outcome: notify(told, 'page', { ...world.notifier, subscribed, chat: () => send() }) };
    };

    test('fails no run where the e-mail has a reader, who would get a second one, and reads of it', async () => {
      const { world, outcome } = run(async () => true);
      expect(await outcome).toMatchObject({ sent: ['page'], chat: 'failed' });
      expect(world.letters).toHaveLength(1);
      expect(world.letters[0]?.text.replaceAll(/\s+/g, ' ')).toContain(
        'This did not reach the chat: its webhook failed (it answered 404).',
      );
    });

    test.each<[string, () => Promise<boolean>]>([
      ['where nobody subscribes', async () => false],
      ['where nobody knows whether anybody does', () => Promise.reject(new Error('SNS is away'))],
    ])('fails the run %s, so that it is repeated and counted', async (_where, subscribed) => {
      const { world, outcome } = run(subscribed);
      await expect(outcome).rejects.toThrow(`Nobody was told of ${name}: `);
      await expect(outcome).rejects.toThrow(
        'its webhook failed (it answered 404). Nobody is known to subscribe to page.',
      );
      expect(JSON.parse(world.log[0] ?? '')).toMatchObject({ level: 'error', chat: 'failed' });
    });
  });

  test('that cannot be looked up is a reason, not a failure', async () => {
    const secret = () =>
      Promise.reject(Object.assign(new Error('no such secret'), { name: 'ResourceNotFound' }));
    expect(await sendToWebhook(message, { secret, fetch, timeoutMs: 1_000, pauseMs: 1 })).toEqual({
      ok: false,
      why: 'its secret could not be read: ResourceNotFound: no such secret',
    });
  });
});

test.each([
  ['https://hooks.example.com/a', 'https://hooks.example.com/a'],
  ['{"url":"https://hooks.example.com/a"}', 'https://hooks.example.com/a'],
  ['http://hooks.example.com/a', undefined],
  ['{"address":"https://hooks.example.com/a"}', undefined],
  ['{broken', undefined],
  ['hooks', undefined],
  ['', undefined],
])('a secret with %p gives the address %p', (text, address) => {
  expect(webhookAddress(text)?.reveal()).toBe(address);
});
