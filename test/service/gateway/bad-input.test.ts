import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { sendRaw } from '../../fixtures/raw-http.ts';
import { admin, asked, type Gateway, startGateway } from './gateway-fixture.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ MLFLOW_MAX_JSON_BYTES: '1024' });
});
afterAll(() => gateway?.dispose());
afterEach(() => {
  gateway.mlflow.received.length = 0;
});

const quiet = 300;
const head = (target: string, ...lines: string[]): string =>
  [
    `${lines.some((line) => /^(content-length|transfer)/i.test(line)) ? 'POST' : 'GET'} ${target} HTTP/1.1`,
    'Host: x',
    'X-API-Key: hk_admin',
    ...lines,
    '',
    '',
  ].join('\r\n');

/** Whatever was begun at MLflow must never have become a whole request. */
const nothingForwarded = () => expect(asked(gateway)).toEqual([]);

describe('a request target that can be read in two ways', () => {
  it.each([
    '/mlflow/../admin/breakers',
    '/mlflow/api/2.0/mlflow/../../../admin',
    '/mlflow/./health',
    '/mlflow/..',
    '/mlflow/%2e%2e/admin',
    '/mlflow/.%2E/admin',
    '/mlflow/%2e/x',
    '/mlflow/..;/admin',
    '/mlflow/..%2fadmin',
    '/mlflow/a%2Fb',
    '/mlflow/a%5cb',
    '/mlflow/a\\..\\b',
    '/mlflow/%252e%252e/admin',
    '/mlflow/a%252fb',
    '/mlflow//evil.example.com/x',
    '//evil.example.com/mlflow/x',
    '/mlflow/a%00b',
    '/mlflow/a%0d%0aX-Evil:%201',
    '/mlflow/%zz',
    '/mlflow/100%',
    '/%6dlflow/api/2.0/mlflow/runs/get',
    '/mlflow%2fapi/2.0/mlflow/runs/get',
    '/api%2f2.0/mlflow/runs/get',
    '/api/2.0/mlflow/%2e%2e/%2e%2e/%2e%2e/admin/breakers',
    'http://evil.example.com/mlflow/x',
    'http://127.0.0.1/mlflow/x',
    'https://evil.example.com/live',
    '*',
    'mlflow/x',
  ])('is refused: %s', async (target) => {
    const { status, text } = await sendRaw(gateway.api.port, head(target), quiet);
    expect([400, 404]).toContain(status);
    expect(text).not.toContain('evil.example.com');
    nothingForwarded();
  });

  it('is told what is wrong and what to write', async () => {
    const { body } = await gateway.api.get('/mlflow/a%2fb', admin);
    expect(body).toMatchObject({
      detail: 'the path holds an encoded slash or a backslash; write / between segments',
      error_code: 'BAD_REQUEST',
    });
  });
});

describe('a request whose end can be read in two ways', () => {
  const target = '/mlflow/api/2.0/mlflow/runs/create';
  it.each([
    ['two lengths', `${head(target, 'Content-Length: 5', 'Content-Length: 6')}{"a":1}`],
    ['a length and chunks', `${head(target, 'Content-Length: 5', 'Transfer-Encoding: chunked')}0\r\n\r\n`],
    ['chunks and a length', `${head(target, 'Transfer-Encoding: chunked', 'Content-Length: 5')}0\r\n\r\n`],
    ['an unknown coding', `${head(target, 'Transfer-Encoding: chunked, identity')}0\r\n\r\n`],
    ['a coding with a tab', `${head(target, 'Transfer-Encoding:\x0bchunked')}0\r\n\r\n`],
    ['a length with a sign', `${head(target, 'Content-Length: +5')}{"a":`],
    ['a length in hexadecimal', `${head(target, 'Content-Length: 0x5')}{"a":`],
    ['a length that is no number', `${head(target, 'Content-Length: 5 6')}{"a":`],
    ['a negative length', `${head(target, 'Content-Length: -1')}`],
    ['a space before the colon', `${head(target, 'Content-Length : 5')}{"a":`],
    ['a folded header', `${head(target, 'X-More: 1', ' Content-Length: 5')}`],
    ['a bad chunk size', `${head(target, 'Transfer-Encoding: chunked')}zz\r\n{"a":1}\r\n0\r\n\r\n`],
    ['a chunk size with a sign', `${head(target, 'Transfer-Encoding: chunked')}-1\r\n{}\r\n0\r\n\r\n`],
    [
      'a chunk that is longer than it says',
      `${head(target, 'Transfer-Encoding: chunked')}2\r\n{"a":1}\r\n0\r\n\r\n`,
    ],
    ['a bad second chunk', `${head(target, 'Transfer-Encoding: chunked')}2\r\n{}\r\nxyz\r\n`],
    ['two hosts', head(target, 'Host: other')],
  ])('is refused: %s', async (_what, text) => {
    const { status } = await sendRaw(gateway.api.port, text, quiet);
    expect(status).toBe(400);
    nothingForwarded();
  });

  it('is refused in the middle of an upload too, which MLflow never sees as whole', async () => {
    const upload = '/mlflow/api/2.0/mlflow-artifacts/artifacts/0/x';
    const start = head(upload, 'Transfer-Encoding: chunked').replace('POST', 'PUT');
    for (const chunks of ['zz\r\nabc\r\n0\r\n\r\n', '3\r\nabc\r\nzz\r\nabc\r\n0\r\n\r\n']) {
      const { status } = await sendRaw(gateway.api.port, start + chunks, quiet);
      expect(status).toBe(400);
    }
    nothingForwarded();
    expect(gateway.api.breakers.get('mlflow')?.status().failures).toBe(0);
  });

  it('is no second request: what follows a whole one in the same packet needs a key of its own', async () => {
    const first = `${head('/mlflow/x', 'Content-Length: 2')}{}`;
    const { text } = await sendRaw(
      gateway.api.port,
      `${first}GET /mlflow/y HTTP/1.1\r\nHost: x\r\n\r\n`,
      quiet,
    );
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 401']);
    expect(asked(gateway).map(({ target }) => target)).toEqual(['/x']);
  });
});

describe('a header value that no header may have', () => {
  it.each([
    ['a control character', 'X-More: a\x01b'],
    ['NUL', 'X-More: a\x00b'],
    ['a bare line feed', 'X-More: a\nX-Evil: 1\n\n'],
    ['a bare carriage return', 'X-More: a\rX-Evil: 1'],
    ['a name with a space', 'X More: a'],
    ['no name', ': a'],
  ])('is refused: %s', async (_what, line) => {
    const { status } = await sendRaw(gateway.api.port, head('/mlflow/x', line), quiet);
    expect(status).toBe(400);
    nothingForwarded();
  });

  it.each([
    ['/mlflow/x?api_key=a%0d%0aX-Evil:%201', []],
    ['/mlflow/x?api_key=a%00', []],
    ['/mlflow/x', ['Authorization: Bearer caf\xe9']],
    ['/mlflow/x', [`Authorization: Bearer ${'k'.repeat(600)}`]],
  ])('is refused as a key, and nobody is asked about it: %s', async (target, lines) => {
    const before = gateway.auth.begun;
    const text = head(target, ...lines).replace('X-API-Key: hk_admin\r\n', '');
    expect((await sendRaw(gateway.api.port, text, quiet)).status).toBe(401);
    expect(gateway.auth.begun).toBe(before);
    nothingForwarded();
  });

  it('is refused when all of them together are larger than 16 kB', async () => {
    const text = head('/mlflow/x', `X-More: ${'a'.repeat(20_000)}`);
    expect((await sendRaw(gateway.api.port, text, quiet)).status).toBe(431);
    nothingForwarded();
  });
});

describe('a body that is no upload', () => {
  const post = (body: string, headers: Record<string, string> = {}) =>
    gateway.api.post('/mlflow/api/2.0/mlflow/runs/log-batch', { ...admin, ...headers }, body);

  it('passes up to its limit', async () => {
    expect((await post('x'.repeat(1_024))).status).toBe(200);
    expect(asked(gateway)[0]?.body.length).toBe(1_024);
  });

  it('is refused above it, with the limit in the message', async () => {
    expect(await post('x'.repeat(1_025))).toMatchObject({
      status: 413,
      body: { detail: 'the body is larger than 1024 bytes; only uploads of artifacts may be' },
    });
    nothingForwarded();
  });

  it('is refused above it in chunks too', async () => {
    const chunk = `400\r\n${'x'.repeat(1_024)}\r\n`;
    const text = head('/mlflow/api/2.0/mlflow/runs/log-batch', 'Transfer-Encoding: chunked');
    const { status } = await sendRaw(gateway.api.port, `${text}${chunk}${chunk}0\r\n\r\n`, quiet);
    expect(status).toBe(413);
    nothingForwarded();
  });

  it('is refused when it ends early', async () => {
    const text = head('/mlflow/api/2.0/mlflow/runs/log-batch', 'Content-Length: 100');
    await sendRaw(gateway.api.port, `${text}{"a":1}`, quiet);
    nothingForwarded();
    expect(gateway.api.breakers.get('mlflow')?.status().failures).toBe(0);
  });
});
