import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Check } from '../../../core/checks/index.ts';
import { diagnose, runVersion } from '../../../core/diagnosis/index.ts';
import type { Checkout, CommitRelation } from '../../../core/drift/index.ts';
import { readSettings } from '../../../core/settings/index.ts';
import { freePort } from '../../../twin/servers/free-port.ts';
import { scriptedServer } from '../../fixtures/scripted-server.ts';

const meant = 'aaaaaaaaaaaa0000000000000000000000000000';
const old = 'bbbbbbbbbbbb0000000000000000000000000000';
const strange = 'cccccccccccc0000000000000000000000000000';

/** A checkout that knows three commits. */
const checkout: Checkout = {
  intended: async () => ({ ok: true, value: { commit: meant, time: '2026-01-02T03:04:05Z' } }),
  relation: async (running) =>
    (({ [meant]: 'same files', [old]: 'older' }) as Record<string, CommitRelation>)[running] ??
    'not known here',
};

type Answer = { status?: number; headers?: Record<string, string>; body: string };
const tells = (git_commit: unknown, version = '0.1.0'): Answer => ({
  body: JSON.stringify({ version, git_commit, api_version: 'v1' }),
});
const page: Answer = {
  headers: { 'content-type': 'text/html' },
  body: '<html><head><title>Log in</title></head></html>',
};
const badGateway: Answer = {
  status: 502,
  headers: { server: 'awselb/2.0', 'content-type': 'text/html' },
  body: '<html></html>',
};

let dispose: (() => void)[] = [];
afterEach(() => {
  for (const end of dispose) end();
  dispose = [];
});

/** A load balancer whose tasks take turns; how many connections came, and which paths were asked for. */
const serve = async (...answers: Answer[]) => {
  const seen = { connections: 0, paths: [] as (string | undefined)[] };
  let turn = 0;
  const respond = (request: IncomingMessage, response: ServerResponse): void => {
    seen.paths.push(request.url);
    const answer = answers[turn++ % answers.length];
    const headers = { 'content-type': 'application/json', ...answer?.headers };
    response.writeHead(answer?.status ?? 200, headers).end(answer?.body);
  };
  const server: Server = createServer(respond).listen(0, '127.0.0.1');
  server.on('connection', () => {
    seen.connections += 1;
  });
  await once(server, 'listening');
  dispose.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as { port: number }).port}`, seen };
};

const reportAt = async (url: string, more: Record<string, string> = {}, from: Checkout = checkout) => {
  const environment = { SERVICE_URL: url, HEALTH_CHECK_TIMEOUT: '1', PROBE_DEADLINE: '3', ...more };
  const settings = readSettings(environment, { reader: 'version-probe' });
  return (await runVersion({ settings, checkout: from })).report;
};
const checksAt = async (...args: Parameters<typeof reportAt>): Promise<Check[]> =>
  (await reportAt(...args)).checks;

describe('the commit that runs', () => {
  it('is good when it is the one that is meant to run, and the check shows both', async () => {
    const { url, seen } = await serve(tells(meant));
    const report = await reportAt(url);
    expect(report).toMatchObject({ probe: 'version', ok: true });
    expect(report.checks).toMatchObject([
      {
        dependency: 'service',
        target: `${url}/version`,
        ok: true,
        layer: 'query',
        evidence: { running: [{ commit: meant, version: '0.1.0', answers: 5 }], expected: meant },
      },
    ]);
    expect(seen).toEqual({ connections: 5, paths: Array(5).fill('/version') });
  });

  it('is asked for below the path of the base address', async () => {
    const { url, seen } = await serve(tells(meant));
    await checksAt(`${url}/api/`);
    expect(seen.paths[0]).toBe('/api/version');
  });

  it('is a finding when it is another, with both commits, the version and what to do', async () => {
    const [check, ...more] = await checksAt((await serve(tells(old, '0.0.9'))).url);
    expect(check).toMatchObject({
      dependency: 'service',
      ok: false,
      layer: 'config',
      cause: 'TASK_DEFINITION_DRIFT',
      detail: expect.stringMatching(
        /^commit bbbbbbbbbbbb runs \(version 0\.0\.9\), which is older; aaaaaaaaaaaa/,
      ),
      evidence: {
        running: [{ commit: old, version: '0.0.9', answers: 5, relation: 'older' }],
        expected: meant,
        expectedTime: '2026-01-02T03:04:05Z',
      },
      remedy: expect.stringContaining('Deploy the service stack'),
      runbook: 'runbooks/configuration.md#task_definition_drift',
    });
    expect(more).toEqual([]);
  });

  it('may be unknown to the checkout, which then is to be brought up to date first', async () => {
    const [check] = await checksAt((await serve(tells(strange))).url);
    expect(check).toMatchObject({ cause: 'TASK_DEFINITION_DRIFT', remedy: expect.stringMatching(/^Fetch/) });
    expect(check?.detail).toContain('not known to this checkout');
  });

  it('is told for every task that answers, while several run', async () => {
    const [check] = await checksAt((await serve(tells(meant), tells(old))).url);
    expect(check).toMatchObject({
      cause: 'TASK_DEFINITION_DRIFT',
      detail: expect.stringContaining('2 commits run at the same time'),
      remedy: expect.stringMatching(/^Wait for the end of a roll-out/),
    });
    expect(check?.evidence?.running).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ commit: meant, relation: 'same files' }),
        expect.objectContaining({ commit: old, relation: 'older' }),
      ]),
    );
  });

  it.each([
    ['unknown', 'commit unknown (version 0.1.0)'],
    ['', 'commit  (version 0.1.0)'],
    ['v1.2', 'commit v1.2 (version 0.1.0)'],
  ])('is compared with nothing when the service answers %p for it', async (told, shown) => {
    const [check, ...more] = await checksAt((await serve(tells(told))).url);
    expect(check).toMatchObject({ ok: true, skipped: true, reason: expect.stringContaining('GIT_COMMIT') });
    expect(check?.reason).toContain(shown);
    expect(more).toEqual([]);
  });

  it('is compared as far as it is known', async () => {
    const good = await checksAt((await serve(tells(meant), tells('unknown'))).url);
    expect(good.map(({ ok, skipped }) => [ok, skipped])).toEqual([[true, undefined]]);
    const [bad] = await checksAt((await serve(tells(old), tells('unknown'))).url);
    expect(bad?.detail).toContain('unknown (version 0.1.0, 2 answers, which does not say what it is)');
  });

  it('is shown and compared with nothing when the checkout cannot tell which one is meant', async () => {
    const shallow: Checkout = {
      ...checkout,
      intended: async () => ({ ok: false, reason: 'this checkout is shallow' }),
    };
    const [check] = await checksAt((await serve(tells(old))).url, {}, shallow);
    expect(check).toMatchObject({
      ok: true,
      skipped: true,
      reason: `this checkout is shallow; the service answers commit ${old} (version 0.1.0)`,
    });
  });

  it('is not asked for where nobody says where the service is', async () => {
    expect(await checksAt('')).toMatchObject([
      { ok: true, skipped: true, reason: expect.stringContaining('SERVICE_URL is not set') },
    ]);
  });
});

describe('an answer that is not that of the service', () => {
  it.each<[string, Answer, Partial<Check>]>([
    ['a page', page, { cause: 'UNEXPECTED_CONTENT', layer: 'protocol' }],
    ['JSON of another service', { body: '{"version":"2"}' }, { cause: 'UNEXPECTED_CONTENT' }],
    ['JSON whose commit is no text', tells(7), { cause: 'UNEXPECTED_CONTENT' }],
    [
      'a path that is not there',
      { status: 404, body: '{"detail":"Not Found"}' },
      { cause: 'PATH_NOT_FOUND' },
    ],
    [
      'a redirect to https',
      { status: 301, headers: { location: 'https://api.example.com/version' }, body: '' },
      { cause: 'REDIRECTED' },
    ],
    ['a load balancer without tasks', { ...badGateway, status: 503 }, { cause: 'NO_HEALTHY_TARGET' }],
    ['an error', { status: 500, body: '{}' }, { cause: 'UPSTREAM_ERROR' }],
  ])('%s has a cause of its own, and is no drift', async (_what, answer, wanted) => {
    const checks = await checksAt((await serve(answer)).url);
    expect(checks).toMatchObject([
      { dependency: 'service', ok: false, evidence: { questions: 5, failed: 5 }, ...wanted },
    ]);
  });

  it('is told beside the commits of the tasks that do answer', async () => {
    const checks = await checksAt((await serve(tells(old), badGateway)).url);
    expect(checks.map(({ cause }) => cause)).toEqual(['TASK_DEFINITION_DRIFT', 'BAD_GATEWAY']);
    expect(checks[1]?.evidence).toMatchObject({ questions: 5, failed: 2 });
    const report = await reportAt((await serve(tells(meant), badGateway)).url);
    expect(report.checks.map(({ ok, cause }) => cause ?? ok)).toEqual([true, 'BAD_GATEWAY']);
    expect(report.ok).toBe(false);
  });

  it('does not reach a terminal with its control characters', async () => {
    const checks = await checksAt((await serve(tells('\u001b[2Junknown', '1\u0007'.repeat(500)))).url);
    expect(checks[0]?.reason).toContain('commit  [2Junknown (version 1 1 ');
    expect(checks[0]?.reason?.length).toBeLessThan(300);
  });
});

describe('a service that cannot be reached', () => {
  it('has the cause of its layer, once', async () => {
    const checks = await checksAt(`http://127.0.0.1:${await freePort()}`);
    expect(checks).toMatchObject([{ dependency: 'service', cause: 'CONNECTION_REFUSED', layer: 'tcp' }]);
    const name = await checksAt('http://no-such-host.invalid');
    expect(name).toMatchObject([{ layer: 'dns' }]);
  });

  it('costs no more than the deadline when it is silent', async () => {
    const silent = await scriptedServer();
    dispose.push(silent.dispose);
    const began = performance.now();
    const checks = await checksAt(`http://127.0.0.1:${silent.port}`, { HEALTH_CHECK_TIMEOUT: '0.3' });
    expect(checks).toMatchObject([{ cause: 'RESPONSE_TIMEOUT', evidence: { failed: 5 } }]);
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});

it('what is wrong with one task explains nothing of another', async () => {
  const report = await reportAt((await serve(tells(old), badGateway)).url);
  const told = diagnose([report]).map(({ check, follows }) => [
    check.dependency,
    check.cause,
    follows.length,
  ]);
  expect(told).toEqual([
    ['service', 'TASK_DEFINITION_DRIFT', 0],
    ['service', 'BAD_GATEWAY', 0],
  ]);
});
