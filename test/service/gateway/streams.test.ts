import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sendJson } from '../../fixtures/http-server.ts';
import { admin, type Gateway, startGateway } from './gateway-fixture.ts';

const artifact = '/api/2.0/mlflow-artifacts/artifacts/0/model.bin';
const MiB = 1024 * 1024;

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ MLFLOW_PROXY_TIMEOUT: '1' }, { early: true });
});
afterAll(async () => {
  agent.destroy();
  await gateway?.dispose();
});

const failures = () => gateway.api.breakers.get('mlflow')?.status().failures;
/** Random bytes, the same ones again from the same block. */
const bytes = (mebibytes: number) => {
  const block = randomBytes(MiB);
  const hash = createHash('sha256');
  for (let index = 0; index < mebibytes; index++) hash.update(block);
  const stream = () =>
    Readable.from(
      (function* () {
        for (let index = 0; index < mebibytes; index++) yield block;
      })(),
    );
  return { stream, digest: hash.digest('hex'), length: mebibytes * MiB };
};

/** Connections that live on, as clients and load balancers have them: an answer in the middle of an upload can be read. */
const agent = new Agent({ keepAlive: true });

const put = (body: Readable, headers: Record<string, string | number> = {}) =>
  new Promise<{ status: number; text: string }>((resolve, reject) => {
    const outgoing = request(
      `${gateway.api.base}${artifact}`,
      { method: 'PUT', headers: { ...admin, ...headers }, agent },
      async (incoming) => {
        let text = '';
        for await (const chunk of incoming.setEncoding('utf8')) text += chunk;
        resolve({ status: incoming.statusCode ?? 0, text });
      },
    );
    outgoing.on('error', reject);
    body.pipe(outgoing);
  });

describe('an upload', () => {
  it.each(['with its length', 'in chunks'])('of 48 MiB is passed on %s, byte by byte', async (how) => {
    const file = bytes(48);
    const hash = createHash('sha256');
    gateway.mlflow.answer = async (incoming, response) => {
      for await (const chunk of incoming) hash.update(chunk);
      sendJson(response, 200, { length: incoming.headers['content-length'] ?? null });
    };
    const known = how === 'with its length';
    const { status, text } = await put(file.stream(), known ? { 'content-length': file.length } : {});
    expect([status, JSON.parse(text)]).toEqual([200, { length: known ? String(file.length) : null }]);
    expect(hash.digest('hex')).toBe(file.digest);
  });

  it('is not read faster than MLflow takes it', async () => {
    let arrived = 0;
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    gateway.mlflow.answer = async (incoming, response) => {
      await held;
      for await (const chunk of incoming) arrived += chunk.length;
      sendJson(response, 200, {});
    };
    const file = bytes(64);
    let sent = 0;
    const counted = file.stream().map((chunk: Buffer) => {
      sent += chunk.length;
      return chunk;
    });
    const done = put(counted, { 'content-length': file.length });
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(sent).toBeLessThan(32 * MiB);
    release();
    expect((await done).status).toBe(200);
    expect(arrived).toBe(file.length);
  });

  it('may take longer than any answer may, as long as it goes on', async () => {
    gateway.mlflow.answer = async (incoming, response) => {
      incoming.resume();
      await once(incoming, 'end');
      sendJson(response, 200, {});
    };
    const slow = Readable.from(
      (async function* () {
        for (let index = 0; index < 8; index++) {
          await new Promise((resolve) => setTimeout(resolve, 300));
          yield Buffer.alloc(1_000);
        }
      })(),
    );
    expect((await put(slow)).status).toBe(200);
  });

  it('that MLflow refuses in its middle is answered with that refusal', async () => {
    gateway.mlflow.answer = (incoming, response) => {
      incoming.once('data', () => {
        sendJson(response, 403, { error_code: 'PERMISSION_DENIED', message: 'no' });
        incoming.resume();
      });
    };
    const file = bytes(8);
    const { status, text } = await put(file.stream(), { 'content-length': file.length });
    expect([status, JSON.parse(text).error_code]).toEqual([403, 'PERMISSION_DENIED']);
  });

  it('in whose middle MLflow dies is answered with 502, and counts for the breaker', async () => {
    gateway.mlflow.answer = (incoming) => incoming.once('data', () => incoming.socket.destroy());
    const file = bytes(8);
    const before = failures() ?? 0;
    const { status, text } = await put(file.stream(), { 'content-length': file.length });
    expect([status, JSON.parse(text).error_code]).toEqual([502, 'TEMPORARILY_UNAVAILABLE']);
    expect(failures()).toBe(before + 1);
    gateway.api.breakers.get('mlflow')?.reset('test', 'end of the test');
  });

  it('that the client gives up ends at MLflow too, and counts for nothing', async () => {
    let ended: Promise<unknown> = Promise.resolve();
    const begun = new Promise<void>((resolve) => {
      gateway.mlflow.answer = (incoming) => {
        incoming.on('error', () => undefined).resume();
        ended = new Promise((done) => incoming.once('close', done));
        incoming.once('data', () => resolve());
      };
    });
    const socket = connect(gateway.api.port, '127.0.0.1');
    socket.write(
      `PUT ${artifact} HTTP/1.1\r\nHost: x\r\nX-API-Key: hk_admin\r\nContent-Length: 100000\r\n\r\nabc`,
    );
    await begun;
    socket.destroy();
    await ended;
    expect(failures()).toBe(0);
  });

  it('whose client stops sending is ended, and MLflow is not to blame', async () => {
    gateway.mlflow.answer = (incoming) => incoming.on('error', () => undefined).resume();
    const socket = connect(gateway.api.port, '127.0.0.1');
    socket.write(
      `PUT ${artifact} HTTP/1.1\r\nHost: x\r\nX-API-Key: hk_admin\r\nContent-Length: 100000\r\n\r\nabc`,
    );
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 408/);
    socket.destroy();
    expect(failures()).toBe(0);
  });
});

describe('a download', () => {
  const get = () =>
    new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
      request(`${gateway.api.base}${artifact}`, { headers: admin, agent: false }, resolve)
        .on('error', reject)
        .end();
    });

  it('of 48 MiB comes byte by byte, with its length', async () => {
    const file = bytes(48);
    gateway.mlflow.answer = (_incoming, response) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': file.length });
      file.stream().pipe(response);
    };
    const incoming = await get();
    const hash = createHash('sha256');
    await pipeline(incoming, async (chunks) => {
      for await (const chunk of chunks) hash.update(chunk as Buffer);
    });
    expect(hash.digest('hex')).toBe(file.digest);
    expect(incoming.headers['content-length']).toBe(String(file.length));
  });

  it('that ends early at MLflow ends early for the client, and never looks whole', async () => {
    gateway.mlflow.answer = (_incoming, response) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream' });
      response.write(Buffer.alloc(100_000));
      setTimeout(() => response.socket?.destroy(), 50);
    };
    const before = failures() ?? 0;
    const incoming = await get();
    await expect(incoming.resume().toArray()).rejects.toThrow('aborted');
    expect(failures()).toBe(before + 1);
  });

  it('that stops in its middle is ended and counts for the breaker', async () => {
    gateway.api.breakers.get('mlflow')?.reset('test', 'a new start');
    gateway.mlflow.answer = (_incoming, response) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': 1_000 });
      response.write(Buffer.alloc(100));
    };
    const incoming = await get();
    await expect(incoming.resume().toArray()).rejects.toThrow('aborted');
    expect(failures()).toBe(1);
  });

  it('that the client gives up ends at MLflow too, and counts for nothing', async () => {
    gateway.api.breakers.get('mlflow')?.reset('test', 'a new start');
    let closed: Promise<unknown> = Promise.resolve();
    gateway.mlflow.answer = (_incoming, response) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream' });
      closed = once(response, 'close');
      bytes(64)
        .stream()
        .on('error', () => undefined)
        .pipe(response);
    };
    const incoming = await get();
    await once(incoming, 'data');
    incoming.destroy();
    await closed;
    expect(failures()).toBe(0);
  });
});
