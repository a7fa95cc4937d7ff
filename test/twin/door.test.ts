import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http';
import { createServer as createTlsServer, request as requestTls } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createCertificateAuthority, localNames } from '../../twin/certificates.ts';
import { type Door, type DoorFault, type DoorOptions, startDoor } from '../../twin/door/index.ts';
import { eventually } from './eventually.ts';

const forbidden = { status: 403, server: 'gunicorn', contentType: 'text/html', body: 'Permission denied' };

/** Undone last first. */
const undo: (() => unknown)[] = [];
afterEach(async () => {
  while (undo.length > 0) await undo.pop()?.();
});

const listening = async (server: Server): Promise<number> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  undo.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
};

const doorTo = async (target: string, more: Partial<DoorOptions> = {}): Promise<Door> => {
  const door = await startDoor({ target: new URL(target), forbidden, ...more });
  undo.push(() => door.close());
  return door;
};

interface Seen {
  method: string | undefined;
  path: string | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A server that answers with what it was asked. */
const startEcho = async (): Promise<{ url: string; asked: Seen[] }> => {
  const asked: Seen[] = [];
  const server = createServer(async (incoming, response) => {
    const { method, url: path, headers } = incoming;
    asked.push({ method, path, headers, body: await text(incoming) });
    response.writeHead(201, 'Made', [
      ...['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'Content-Type', 'text/plain'],
      ...['Server', 'echo'],
    ]);
    response.end(asked.at(-1)?.body);
  });
  return { url: `http://127.0.0.1:${await listening(server)}`, asked };
};

const status = async (url: string): Promise<number | string> =>
  fetch(url, { signal: AbortSignal.timeout(1_000) }).then(
    (answer) => answer.status,
    (error) => (error.name === 'TimeoutError' ? 'silent' : (error.cause?.code ?? String(error))),
  );

/** A connection on which the first request has been answered. */
const usedConnection = async (url: string): Promise<{ socket: Socket; said: () => string }> => {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  undo.push(() => socket.destroy());
  socket.on('error', () => undefined);
  let received = '';
  socket.setEncoding('utf8').on('data', (piece) => {
    received += piece;
  });
  socket.write('GET /first HTTP/1.1\r\nHost: x\r\n\r\n');
  await eventually(() => received.includes('201 Made'));
  return { socket, said: () => received };
};

describe('the door in front of an upstream', () => {
  test('passes method, path, query, headers and body on, and the answer back', async () => {
    const { url, asked } = await startEcho();
    const door = await doorTo(url);
    const answer = await fetch(`${door.url}/a%2Fb/c?x=1&y=%20`, {
      method: 'PUT',
      headers: { authorization: 'Bearer key', connection: 'keep-alive', 'content-type': 'text/plain' },
      body: 'hello',
    });
    expect([answer.status, answer.statusText, await answer.text()]).toEqual([201, 'Made', 'hello']);
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(answer.headers.get('server')).toBe('echo');
    expect(asked).toMatchObject([
      { method: 'PUT', path: '/a%2Fb/c?x=1&y=%20', body: 'hello', headers: { authorization: 'Bearer key' } },
    ]);
  });

  test('names the host of the server behind, with its port', async () => {
    const { url, asked } = await startEcho();
    const door = await doorTo(url);
    await fetch(door.url, { headers: { host: 'other.example' } });
    expect(asked[0]?.headers.host).toBe(new URL(url).host);
  });

  test('has the path of the server behind in its address', async () => {
    const { url, asked } = await startEcho();
    const door = await doorTo(`${url}/mlflow/`);
    expect(new URL(door.url).pathname).toBe('/mlflow');
    await fetch(`${door.url}/version`);
    expect(asked[0]?.path).toBe('/mlflow/version');
  });

  test('passes each piece of an answer on when it comes, and of a request', async () => {
    let incoming: { received: string } | undefined;
    const server = createServer((asked, response) => {
      const seen = { received: '' };
      incoming = seen;
      asked.setEncoding('utf8').on('data', (piece) => {
        seen.received += piece;
        response.write(`got ${piece}`);
      });
      response.flushHeaders();
      asked.on('end', () => response.end());
    });
    const door = await doorTo(`http://127.0.0.1:${await listening(server)}`);
    const sending = request(door.url, { method: 'POST' });
    sending.flushHeaders();
    const [answer] = await once(sending, 'response');
    let received = '';
    answer.setEncoding('utf8').on('data', (piece: string) => {
      received += piece;
    });
    sending.write('one');
    await eventually(() => received === 'got one');
    expect(incoming?.received).toBe('one');
    sending.end('two');
    await once(answer, 'end');
    expect(received).toBe('got onegot two');
  });

  test('lets a client ask whether to go on', async () => {
    const { url, asked } = await startEcho();
    const door = await doorTo(url);
    const sending = request(door.url, {
      method: 'PUT',
      headers: { expect: '100-continue', 'content-length': 2 },
    });
    sending.flushHeaders();
    await once(sending, 'continue');
    sending.end('ok');
    const [answer] = await once(sending, 'response');
    expect([answer.statusCode, await text(answer), asked[0]?.body]).toEqual([201, 'ok', 'ok']);
  });

  test('leaves the server behind when the client leaves', async () => {
    let gone = false;
    const server = createServer((_, response) => {
      response.write('begin');
      response.once('close', () => {
        gone = true;
      });
    });
    const door = await doorTo(`http://127.0.0.1:${await listening(server)}`);
    const leaving = new AbortController();
    const answer = await fetch(door.url, { signal: leaving.signal });
    expect(answer.status).toBe(200);
    leaving.abort();
    await eventually(() => gone);
  });

  test('breaks off when the server behind does', async () => {
    const server = createServer((_, response) => {
      response.write('begin');
      setTimeout(() => response.destroy(), 50);
    });
    const door = await doorTo(`http://127.0.0.1:${await listening(server)}`);
    const answer = await fetch(door.url);
    await expect(answer.text()).rejects.toThrow();
  });

  test('answers 502 and says why when nothing is behind it', async () => {
    const door = await doorTo('http://127.0.0.1:1');
    const answer = await fetch(door.url, { method: 'POST', body: 'x'.repeat(100_000) });
    expect([answer.status, answer.headers.get('server')]).toEqual([502, 'breakwater-twin']);
    expect(await answer.text()).toContain('<title>502 ECONNREFUSED at 127.0.0.1:1</title>');
  });

  test('verifies the certificate of a server behind it that speaks TLS', async () => {
    const authority = await createCertificateAuthority();
    const { certificatePem: cert, keyPem: key } = await authority.issue({ names: ['localhost'] });
    const server = createTlsServer({ cert, key }, (_, response) => response.end());
    const door = await doorTo(`https://localhost:${await listening(server)}`);
    expect(await (await fetch(door.url)).text()).toMatch(
      /<title>502 [A-Z_]*(CERT|SIGNATURE)[A-Z_]* at localhost/,
    );
  });
});

describe('a fault at the door', () => {
  test.each<[DoorFault, number | string]>([
    ['stop', 'ECONNREFUSED'],
    ['hang', 'silent'],
    ['403', 403],
    ['502', 502],
    ['slow', 'silent'],
  ])('%s is there until it is undone', async (fault, seen) => {
    const { url } = await startEcho();
    const door = await doorTo(url);
    expect(await status(door.url)).toBe(201);
    const lift = await door.inject(fault);
    expect(await status(door.url)).toBe(seen);
    await lift();
    expect(await status(door.url)).toBe(201);
  });

  test('stop may be there twice, and is over for both', async () => {
    const { url } = await startEcho();
    const door = await doorTo(url);
    const lifts = [await door.inject('stop'), await door.inject('stop')];
    for (const lift of lifts) await lift();
    expect(await status(door.url)).toBe(201);
  });

  test('stop ends the connections that are open', async () => {
    const { url } = await startEcho();
    const door = await doorTo(url);
    const { socket } = await usedConnection(door.url);
    await door.inject('stop');
    await eventually(() => socket.destroyed);
  });

  test('hang keeps a connection that has been used open and silent, and answers once it is undone', async () => {
    const { url } = await startEcho();
    const door = await doorTo(url);
    const { socket, said } = await usedConnection(door.url);
    const before = said();
    const lift = await door.inject('hang');
    socket.write('GET /second HTTP/1.1\r\nHost: x\r\n\r\n');
    await sleep(200);
    expect([said(), socket.destroyed]).toEqual([before, false]);
    await lift();
    await eventually(() => said() !== before);
  });

  test('hang sends nothing on for a client that has left, once it is undone', async () => {
    const { url, asked } = await startEcho();
    const door = await doorTo(url);
    const lift = await door.inject('hang');
    expect(await status(`${door.url}/left`)).toBe('silent');
    await sleep(50);
    await lift();
    expect(await status(`${door.url}/next`)).toBe(201);
    expect(asked.map(({ path }) => path)).toEqual(['/next']);
  });

  test('hang stops an answer in the middle', async () => {
    let response: { write(piece: string): unknown; end(): unknown } | undefined;
    const server = createServer((_, answer) => {
      answer.write('one');
      response = answer;
    });
    const door = await doorTo(`http://127.0.0.1:${await listening(server)}`);
    const answer = await fetch(door.url);
    let received = '';
    const reading = (async () => {
      for await (const piece of answer.body ?? []) received += Buffer.from(piece);
    })();
    await eventually(() => received === 'one');
    const lift = await door.inject('hang');
    response?.write('two');
    response?.end();
    await sleep(200);
    expect(received).toBe('one');
    await lift();
    await reading;
    expect(received).toBe('onetwo');
  });

  test.each([
    ['what is no HTTP', '*1\r\n$4\r\nPING\r\n'],
    ['a request without a host', 'GET / HTTP/1.1\r\n\r\n'],
    [
      'a request that asks whether to go on',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n',
    ],
  ])('hang answers nothing to %s, and lets go of whoever leaves', async (_, said) => {
    const door = await doorTo((await startEcho()).url);
    const lift = await door.inject('hang');
    const socket = connect(Number(new URL(door.url).port), '127.0.0.1');
    undo.push(() => socket.destroy());
    let received = '';
    socket.setEncoding('utf8').on('data', (piece) => {
      received += piece;
    });
    socket.write(said);
    await sleep(200);
    expect(received).toBe('');
    // A half-closed connection is one whose client has left.
    socket.end();
    await once(socket, 'close');
    expect(received).toBe('');
    await lift();
  });

  test('403 is a plain one of the upstream, and 502 the page of a load balancer', async () => {
    const door = await doorTo((await startEcho()).url);
    const page = async () => {
      const answer = await fetch(door.url, { method: 'POST', body: 'x' });
      return [answer.status, answer.headers.get('server'), await answer.text()];
    };
    const lift = await door.inject('403');
    expect(await page()).toEqual([403, 'gunicorn', 'Permission denied']);
    await lift();
    await door.inject('502');
    expect(await page()).toEqual([
      502,
      'awselb/2.0',
      expect.stringContaining('<title>502 Bad Gateway</title>'),
    ]);
  });

  test('slow answers in the end', async () => {
    const door = await doorTo((await startEcho()).url, { lateMs: 400 });
    await door.inject('slow');
    const began = performance.now();
    expect((await fetch(door.url)).status).toBe(201);
    // Timers of Node may fire a millisecond early.
    expect(performance.now() - began).toBeGreaterThan(395);
  });

  test('several at the same time are undone one by one, in any order', async () => {
    const door = await doorTo((await startEcho()).url);
    const forbid = await door.inject('403');
    const hang = await door.inject('hang');
    const gateway = await door.inject('502');
    expect(await status(door.url)).toBe('silent');
    await hang();
    expect(await status(door.url)).toBe(502);
    await forbid();
    expect(await status(door.url)).toBe(502);
    await gateway();
    expect(await status(door.url)).toBe(201);
  });

  test.each<[DoorFault]>([['stop'], ['hang'], ['slow']])(
    '%s does not keep the door from being closed',
    async (fault) => {
      const door = await doorTo((await startEcho()).url);
      await door.inject(fault);
      const asked = status(door.url);
      await sleep(50);
      await door.close();
      expect(await asked).not.toBe(201);
      expect(await status(door.url)).toBe('ECONNREFUSED');
    },
  );
});

describe('a door with a certificate', () => {
  const day = 86_400_000;

  const opened = async () => {
    const authority = await createCertificateAuthority();
    const issue = (more: { notBefore?: Date; notAfter?: Date } = {}) =>
      authority.issue({ names: localNames, ...more });
    const door = await doorTo((await startEcho()).url, { certificate: await issue() });
    /** What a client that trusts the authority gets: the status, or what it does not accept. */
    const ask = (): Promise<number | string | undefined> =>
      new Promise((resolve) => {
        requestTls(door.url, { ca: authority.certificatePem, agent: false }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        })
          .on('error', ({ code }: NodeJS.ErrnoException) => resolve(code))
          .end();
      });
    return { door, ask, issue };
  };

  test('speaks TLS in front of a server that does not, and its faults are the same', async () => {
    const { door, ask } = await opened();
    expect(door.url).toMatch(/^https:\/\/localhost:\d+$/);
    expect(await ask()).toBe(201);
    const lift = await door.inject('502');
    expect(await ask()).toBe(502);
    await lift();
    const listen = await door.inject('stop');
    expect(await ask()).toBe('ECONNREFUSED');
    await listen();
    expect(await ask()).toBe(201);
  });

  test('shows another certificate when it is told to, and ends what is open', async () => {
    const { door, ask, issue } = await opened();
    const socket = connect(Number(new URL(door.url).port), '127.0.0.1');
    undo.push(() => socket.destroy());
    await once(socket, 'connect');
    const ended = once(socket, 'close');
    const times = { notBefore: new Date(Date.now() - 2 * day), notAfter: new Date(Date.now() - day) };
    door.present(await issue(times));
    await ended;
    expect(await ask()).toBe('CERT_HAS_EXPIRED');
    door.present(await issue());
    expect(await ask()).toBe(201);
  });

  test('ends a connection that does not speak TLS, and goes on', async () => {
    const { door, ask } = await opened();
    const socket = connect(Number(new URL(door.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'close');
    expect(await ask()).toBe(201);
  });

  test('one without says that it has none', async () => {
    const door = await doorTo((await startEcho()).url);
    const certificate = await (await createCertificateAuthority()).issue({ names: localNames });
    expect(() => door.present(certificate)).toThrow(/plain HTTP/);
  });
});
