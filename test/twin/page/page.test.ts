import { afterEach, describe, expect, test } from '@jest/globals';
import { faultNames } from '../../../twin/faults/index.ts';
import { type Page, type PageTwin, startPage } from '../../../twin/page/index.ts';
import { ask } from './asking.ts';
import { at, createSubject, dashboard, minute } from './subject.ts';

let page: Page | undefined;
afterEach(async () => {
  await page?.close();
  page = undefined;
});

const open = async (change: Partial<PageTwin> = {}) => {
  const { subject, pass } = createSubject(change);
  page = await startPage(subject);
  const { url } = page;
  return {
    subject,
    pass,
    page,
    get: (path: string, headers?: Record<string, string>) => ask(url, path, headers && { headers }),
    send: (method: string, path: string, headers: Record<string, string> = {}) =>
      ask(url, path, { method, headers }),
  };
};

describe('the state', () => {
  test('tells of each alarm since when it is so, why, what it compares, and what it did before', async () => {
    const { get, pass } = await open();
    for (const value of [1, 0, 0] as const) pass(value);
    const { alarms, minute: shown, firstMinuteAt, now } = (await get('/api/state')).json();
    expect([shown, firstMinuteAt, now]).toEqual([3, at, at + 3 * minute]);
    expect(alarms).toEqual([
      {
        name: 'hokusai-development-postgres-down',
        kind: 'metric',
        state: 'ALARM',
        reason: expect.stringContaining('2 out of the last 3 datapoints'),
        since: new Date(at + 3 * minute).toISOString(),
        sinceMinute: 3,
        threshold: 'Minimum of Up (postgres) < 1 in 2 of 3 minutes; missing data: notBreaching',
        description: expect.stringContaining('runbooks/network.md#connect_timeout'),
        history: [
          expect.objectContaining({ minute: 1, from: 'INSUFFICIENT_DATA', to: 'OK', tells: [] }),
          expect.objectContaining({
            minute: 3,
            from: 'OK',
            to: 'ALARM',
            tells: ['hokusai-development-page'],
          }),
        ],
      },
    ]);
  });

  test('has the service, the consumer, what is left out, and every fault', async () => {
    const { get } = await open();
    const state = (await get('/api/state')).json();
    expect(state).toMatchObject({
      environment: 'development',
      tickSeconds: 5,
      service: { url: 'http://127.0.0.1:9', address: '127.0.0.1:8001', target: { state: 'healthy' } },
      consumer: { taken: 3 },
      notifications: [],
      problems: [],
      leftOut: ['the rotation of secrets'],
    });
    expect(state.faults.map(({ name }: { name: string }) => name).sort()).toEqual([...faultNames].sort());
  });

  test('has the notifications as they were sent', async () => {
    const sent = {
      at,
      severity: 'page',
      subject: 'PostgreSQL is down',
      text: 'Cause',
      threadKey: 'k',
      raw: {},
    };
    const { get } = await open({ notifications: [sent] });
    expect((await get('/api/state')).json().notifications).toEqual([
      { ...sent, at: new Date(at).toISOString() },
    ]);
  });
});

describe('changes of configuration', () => {
  test('are told where they are noted, and only there', async () => {
    const change = { at: new Date(at).toISOString(), who: 'an operator', what: 'ModifyDBInstance' };
    const { get } = await open({ changes: { lines: () => [change], problems: () => [] } });
    expect((await get('/api/state')).json().changes).toEqual([change]);
    await page?.close();
    const without = await open();
    expect((await without.get('/api/state')).json().changes).toBe(null);
  });
});

describe('a fault', () => {
  const path = '/api/faults/database-stop';

  test('is injected and lifted, and the twin says so, however often it is asked', async () => {
    const { send, subject } = await open();
    for (const [method, injected] of [
      ['POST', true],
      ['POST', true],
      ['DELETE', false],
      ['DELETE', false],
    ] as const) {
      const { status, json } = await send(method, path);
      expect([status, json()]).toMatchObject([
        200,
        { name: 'database-stop', driven: true, injected, busy: false },
      ]);
      expect(subject.twin.injected()).toEqual(injected ? ['database-stop'] : []);
    }
  });

  test('that two people inject at once is injected once', async () => {
    let times = 0;
    const injected = new Set<string>();
    const { send } = await open({
      inject: async (name) => {
        if (injected.has(name)) return;
        await new Promise((resolve) => setTimeout(resolve, 30));
        injected.add(name);
        times += 1;
      },
      injected: () => [...injected] as never,
    });
    const answers = await Promise.all([send('POST', path), send('POST', path)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(times).toBe(1);
  });

  test('that does not exist is 404 with the ones that do', async () => {
    const { send } = await open();
    for (const name of ['database-stopp', 'toString', '']) {
      const { status, json } = await send('POST', `/api/faults/${name}`);
      expect([status, json().known]).toEqual([404, [...faultNames]]);
      expect(json().error).toContain(name);
    }
  });

  test('that cannot be injected now is 409 with the reason, and can be tried again', async () => {
    let broken = true;
    const { send } = await open({
      inject: async () => {
        if (broken) throw new Error('the database is stopped');
      },
    });
    const { status, json } = await send('POST', path);
    expect([status, json().error]).toEqual([
      409,
      'database-stop cannot be injected now: the database is stopped',
    ]);
    broken = false;
    expect((await send('POST', path)).status).toBe(200);
  });
});

describe('the dashboard', () => {
  test('is the one of the template', async () => {
    const { get } = await open();
    expect((await get('/api/dashboard')).json()).toEqual(dashboard);
  });

  test('is 404 with a reason where the template has none', async () => {
    const { get } = await open({ dashboard: undefined });
    for (const path of ['/api/dashboard', '/api/metrics?widget=1']) {
      const { status, json } = await get(path);
      expect([status, json().error]).toEqual([404, 'The template has no dashboard.']);
    }
  });

  test('has the data of a widget over the last minutes, and says what nothing has published', async () => {
    const { get, pass } = await open();
    for (const value of [1, 0, 1] as const) pass(value);
    expect((await get('/api/metrics?widget=1&minutes=2')).json()).toEqual({
      from: at + minute,
      to: at + 3 * minute,
      period: minute,
      series: [
        {
          label: 'postgres',
          color: '#123456',
          points: [
            [at + minute, 0],
            [at + 2 * minute, 1],
          ],
        },
        { label: 'busy', points: [], problem: 'nothing here has published AWS/RDS CPUUtilization' },
      ],
    });
  });

  test('refuses a widget that is none, and a range that makes no sense', async () => {
    const { get } = await open();
    for (const query of ['', '?widget=', '?widget=0', '?widget=7', '?widget=-1', '?widget=x'])
      expect([query, (await get(`/api/metrics${query}`)).status]).toEqual([query, 404]);
    for (const minutes of ['0', '1.5', 'x', '1441'])
      expect((await get(`/api/metrics?widget=1&minutes=${minutes}`)).status).toBe(400);
  });

  test('has its texts as HTML, with links to the runbooks here', async () => {
    const { get } = await open();
    const { text, headers } = await get('/api/text?widget=0');
    expect(headers['content-type']).toContain('text/html');
    expect(text).toContain('<strong>Lost</strong>');
    expect(text).toContain('<a href="/runbooks/dns.md#dns_timeout">');
  });
});

describe('who listens', () => {
  test('gets the state at once and whenever it changes, from whatever side', async () => {
    const { pass, page: opened, send } = await open();
    const response = await fetch(`${opened.url}/api/events`);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const decoder = new TextDecoder();
    let text = '';
    const states = () =>
      text
        .split('\n\n')
        .slice(0, -1)
        .flatMap((part) => (/^event: state\ndata: (.+)$/.exec(part)?.[1] ?? []) as string)
        .map((data) => JSON.parse(data));
    const until = async (holds: () => boolean) => {
      while (!holds()) text += decoder.decode((await reader.read()).value, { stream: true });
    };
    await until(() => states().length === 1);
    pass(1);
    await opened.changed();
    await until(() => states().at(-1).minute === 1);
    await send('POST', '/api/faults/tls');
    const tls = () =>
      states()
        .at(-1)
        .faults.find(({ name }: { name: string }) => name === 'tls');
    await until(() => tls().injected && !tls().busy);
    await reader.cancel();
  });
});

describe('who may ask', () => {
  test.each(['localhost', '127.0.0.1:80', 'LOCALHOST:1', '[::1]:2'])(
    'Host %s is this machine',
    async (host) => {
      const { get } = await open();
      expect((await get('/api/state', { host })).status).toBe(200);
    },
  );

  test.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:80', '10.0.0.1'])(
    'Host %j is refused, so that no name of somebody else leads here',
    async (host) => {
      const { get, send, subject } = await open();
      for (const path of ['/', '/api/state', '/api/events', '/runbooks/dns.md'])
        expect([path, (await get(path, { host })).status]).toEqual([path, 403]);
      expect((await send('POST', '/api/faults/tls', { host })).status).toBe(403);
      expect(subject.twin.injected()).toEqual([]);
    },
  );

  test.each(['https://evil.example', 'http://localhost:1', 'null'])(
    'a page of %s may change nothing',
    async (origin) => {
      const { send, subject } = await open();
      for (const method of ['POST', 'DELETE'])
        expect((await send(method, '/api/faults/tls', { origin })).status).toBe(403);
      expect(subject.twin.injected()).toEqual([]);
    },
  );

  test('its own page may', async () => {
    const { send, page: opened } = await open();
    expect((await send('POST', '/api/faults/tls', { origin: opened.url })).status).toBe(200);
  });
});

describe('what is served', () => {
  test('is every file that the page names, under a policy that allows nothing else', async () => {
    const { get } = await open();
    const { text, headers } = await get('/');
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|\*|http/);
    expect(text).not.toMatch(/<script(?![^>]*src=)|style="|\son\w+=|https?:\/\//);
    const named = [...text.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path ?? '');
    expect(named.length).toBeGreaterThanOrEqual(6);
    for (const path of named) expect([path, (await get(path)).status]).toEqual([path, 200]);
    const modules = [...(await get('/main.js')).text.matchAll(/from '\.(\/[^']+)'/g)].map(
      ([, path]) => path ?? '',
    );
    expect(modules.length).toBeGreaterThan(3);
    for (const path of modules) {
      const { status, headers: of } = await get(path);
      expect([path, status, of['content-type']]).toEqual([path, 200, 'text/javascript; charset=utf-8']);
    }
  });

  test.each([
    '/../page.ts',
    '/..%2f..%2fpackage.json',
    '/%2e%2e/page.ts',
    '/static/main.js',
    '/constructor',
    '/runbooks/../README.md',
    '/runbooks/..%2fREADME.md',
    '/runbooks/%ff',
    '//',
    '//api/state',
    '///',
    'http://[',
  ])('is nothing at %s', async (path) => {
    const { get } = await open();
    const { status } = await get(path);
    expect([400, 404]).toContain(status);
  });

  test('is refused by another method, with those that it takes', async () => {
    const { send } = await open();
    for (const [method, path, allow] of [
      ['POST', '/api/state', 'GET'],
      ['GET', '/api/faults/tls', 'POST, DELETE'],
      ['DELETE', '/', 'GET'],
    ] as const) {
      const { status, headers } = await send(method, path);
      expect([path, status, headers.allow]).toEqual([path, 405, allow]);
    }
    expect((await send('HEAD', '/')).status).toBe(200);
  });

  test('a port that is taken is named', async () => {
    const { page: opened } = await open();
    const port = Number(new URL(opened.url).port);
    await expect(startPage(createSubject().subject, port)).rejects.toThrow(
      `--page-port ${port}: another program listens there`,
    );
  });
});
