import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { chatOf } from '../../../lambdas/alarm-notifier/chat.ts';
import { splitDescription } from '../../../lambdas/alarm-notifier/description.ts';
import { subjectOf } from '../../../lambdas/alarm-notifier/mail.ts';
import { notify } from '../../../lambdas/alarm-notifier/run.ts';
import { alarmMessage, createWorld, prefix, refused, reportOf, timeOf } from './world.ts';

const conditions = ['postgres-down', 'mlflow-down', 'connectivity-probe-silent', 'user-impact'];

const logged = (minute: number, ...checks: (typeof refused)[]) => ({
  probe: 'connectivity' as const,
  at: timeOf(minute),
  report: reportOf('connectivity', ...checks),
});

const { cause: _, ...passed } = refused;
const good: typeof refused = { ...passed, ok: true, layer: 'query' };

/** A page about the database, two minutes after its ticket. */
const page = async (
  options: Parameters<typeof createWorld>[1] = { reports: [logged(2, refused), logged(3, refused)] },
) => {
  const world = createWorld(conditions, options);
  await world.minute(3, ['postgres-down']);
  await world.minute(5, ['postgres-down', 'user-impact']);
  return { world, text: world.letters.at(-1)?.text ?? '', chat: world.chats.at(-1)?.text ?? '' };
};

describe('an e-mail', () => {
  test('says what users suffer, then cause, evidence, remedy, since when, what else is red, runbook', async () => {
    const { world, text } = await page();
    expect(world.letters.at(-1)).toMatchObject({
      subject:
        '[page] hokusai-production: The connectivity probe cannot use PostgreSQL (since 2026-01-01 00:03Z)',
      thread: 'hokusai-production/postgres-down/2026-01-01T00:03Z',
    });
    expect(text).toBe(`Requests that use it fail.

Root      hokusai-production-postgres-down: The connectivity probe
          cannot use PostgreSQL
Cause     CONNECTION_REFUSED: The host answered that nothing listens on
          this port; the network path is open both ways.
          nothing listens on 10.30.0.5:5432
Evidence  address=10.30.0.5 port=5432
          (report of the connectivity probe, 2026-01-01T00:03Z, about
          db:5432/mlflow_db)
Remedy    Start the database.
Since     2026-01-01 00:03 UTC, 2 minutes
Also red  hokusai-production-postgres-down since 2026-01-01T00:03Z: The
          connectivity probe cannot use PostgreSQL
Runbook   runbooks/network.md#connection_refused
Alarm     hokusai-production-user-impact is ALARM. Something about
          hokusai-production-user-impact is wrong.
          Threshold Crossed: 2 datapoints were less than the threshold
          (1.0).
Console   https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#alarmsV2:alarm/hokusai-production-user-impact
`);
  });

  test('has lines that every mail program shows as they are, and breaks no address', async () => {
    const { text } = await page();
    const long = text.split('\n').filter((line) => line.length > 72);
    expect(long.filter((line) => !/^\S* +https:\S+$/.test(line))).toEqual([]);
  });

  test('links the runbook where it is known where people read it', async () => {
    const { world } = await page();
    const runbooks = 'https://git.example.com/team/breakwater';
    await notify(alarmMessage(`${prefix}-user-impact`, 'OK', 'ALARM', timeOf(5)), 'page', {
      ...world.notifier,
      runbooks,
    });
    expect(world.letters.at(-1)?.text).toContain(
      '\nRunbook   https://git.example.com/team/breakwater/runbooks/network.md#connection_refused\n',
    );
  });

  test('of requests that fail has the first that a probe has found, whichever probe it is', async () => {
    const blocked: typeof refused = {
      ...refused,
      layer: 'query',
      cause: 'LOCK_HELD',
      detail: '11 sessions wait for a lock that is held by psql as app, pid 4711',
      remedy: 'End it.',
      runbook: 'runbooks/query.md#lock_held',
    };
    const world = createWorld(['requests-failing', 'errors-1h', 'user-impact'], {
      reports: [
        logged(2, good, { ...good, dependency: 'mlflow' }),
        { ...logged(2, blocked), probe: 'capacity', report: reportOf('capacity', blocked) },
      ],
    });
    await world.minute(3, ['requests-failing', 'errors-1h', 'user-impact']);
    const { text = '' } = world.letters.at(-1) ?? {};
    expect(text).toContain('\nCause     LOCK_HELD: ');
    expect(text.replaceAll(/\s+/g, ' ')).toContain('pid 4711');
    expect(text).toContain('\nRunbook   runbooks/query.md#lock_held\n');
  });

  test('of requests that fail, while no probe finds anything, says which have looked and where to look', async () => {
    const world = createWorld(['requests-failing', 'user-impact'], {
      reports: [logged(2, good, { ...good, dependency: 'mlflow' })],
    });
    await world.minute(3, ['requests-failing', 'user-impact']);
    const text = world.letters.at(-1)?.text.replaceAll(/\s+/g, ' ');
    expect(text).toContain(
      'Cause No probe finds anything wrong (connectivity of postgres, connectivity of mlflow). The errors in the log of the service say more.',
    );
  });

  test('of what its own probe finds well has what another has found', async () => {
    const denied: typeof refused = { ...refused, cause: 'SCHEMA_MISSING', detail: 'a table is gone' };
    const redis: typeof refused = { ...good, dependency: 'redis' };
    const world = createWorld(['messages-waiting'], {
      reports: [
        logged(2, redis),
        { ...logged(1, denied), probe: 'database-name', report: reportOf('database-name', denied) },
      ],
    });
    await world.minute(3, ['messages-waiting']);
    expect(world.letters.at(-1)?.text).toContain('\nCause     SCHEMA_MISSING: ');
  });

  test('takes the last report that failed, and says when a later one is good', async () => {
    const later = { ...refused, cause: 'CONNECT_TIMEOUT', detail: 'no answer' } as const;
    const { text } = await page({ reports: [logged(2, refused), logged(3, later), logged(5, good)] });
    expect(text).toContain('CONNECT_TIMEOUT');
    expect(text).toContain('2026-01-01T00:05Z, finds nothing wrong');
  });

  test('names what blocks the way, where the network-path probe has found it', async () => {
    const blocked = {
      ...refused,
      cause: 'NETWORK_ACL_BLOCKS',
      detail: 'network ACL acl-1 outbound entry 100 denies tcp/1024-65535',
    } as const;
    const { text } = await page({
      reports: [
        logged(3, { ...refused, cause: 'CONNECT_TIMEOUT' }),
        { probe: 'network-path', at: timeOf(4), report: reportOf('network-path', blocked) },
      ],
    });
    expect(text).toContain('NETWORK_ACL_BLOCKS');
    expect(text).toContain('acl-1 outbound entry 100');
  });

  test('says what it was where that is still in the log, and asks for no repair', async () => {
    const { world } = await page();
    await world.minute(7, []);
    const { text = '' } = world.letters.at(-1) ?? {};
    expect(text).toMatch(/^It was {4}CONNECTION_REFUSED: The host answered/m);
    expect(text).toMatch(/^Alarm {5}hokusai-production-user-impact is OK\.$/m);
    expect(text).not.toMatch(/^(Cause|Evidence|Remedy) /m);
  });

  test('says how long it lasted when all is over', async () => {
    const { world } = await page();
    await world.minute(75, []);
    const { text, severity } = world.letters.at(-2) ?? { text: '', severity: '' };
    expect(severity).toBe('page');
    expect(text).toMatch(/^All of it is over\.\n/);
    expect(text).toContain('\nLasted    from 2026-01-01 00:03 UTC, 72 minutes\n');
    expect(text).toContain('\nAlso red  nothing\n');
    expect(text).not.toMatch(/^(Cause|Remedy) /m);
  });

  test('has a subject that SNS takes, with its time, however long and foreign the name is', () => {
    const subject = subjectOf('page', `hokusai: ${'x'.repeat(200)} ü\n (since 2026-01-01 00:03Z)`);
    expect(subject).toMatch(/^\[page\] hokusai: x+\.\.\. \(since 2026-01-01 00:03Z\)$/);
    expect(subject.length).toBeLessThanOrEqual(100);
    expect(subjectOf('ticket', 'ü\nb')).toBe('[ticket] ?b');
  });
});

test('a chat message has what the e-mail has, and its thread', async () => {
  const { world, chat } = await page();
  expect(world.chats.at(-1)).toMatchObject({
    thread_key: 'hokusai-production/postgres-down/2026-01-01T00:03Z',
    severity: 'page',
  });
  expect(chat).toMatch(/^\*\[page\] hokusai-production: .*\*\nRequests that use it fail\.\n\*Root\* /);
  expect(chat).toContain('*Cause* CONNECTION_REFUSED');
  const text = chatOf({
    title: '<!here> & all',
    threadKey: '',
    severity: 'page',
    headline: 'x'.repeat(9_999),
    fields: [],
  }).text;
  expect(text).toMatch(/^\*\[page\] &lt;!here&gt; &amp; all\*/);
  expect(text.length).toBeLessThan(4_000);
});

describe('a chat message that is too long', () => {
  const unescaped = (text: string): string =>
    text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  const needed = {
    Cause: 'CONNECTION_REFUSED: nothing listens & nobody answers <here>',
    Remedy: 'Start the database & look whether it stays.',
    Since: '2026-01-01 00:03 UTC, 2 minutes',
    Runbook: 'https://git.example.com/runbooks/network.md#connection_refused',
  };

  test('has cause, remedy, since and runbook whole, whatever the rest is, and splits no sign', () => {
    const long = fc
      .tuple(fc.nat(5), fc.constantFrom('&', '<', 'word ', '\u{1f525}'), fc.nat(3_000))
      .map(([before, sign, count]) => `${'x'.repeat(before)}${sign.repeat(count)}`);
    fc.assert(
      fc.property(fc.array(long, { minLength: 5, maxLength: 5 }), (texts) => {
        const [headline = '', detail = '', evidence = '', red = '', reason = ''] = texts;
        const { text } = chatOf({
          ...{ title: 'hokusai: Users suffer', threadKey: 'a', severity: 'page', headline },
          fields: [
            ['Cause', [needed.Cause, detail]],
            ['Evidence', [evidence, evidence, '(report of the connectivity probe)']],
            ['Remedy', [needed.Remedy]],
            ['Since', [needed.Since]],
            ['Also red', red.split(' ')],
            ['Runbook', [needed.Runbook]],
            ['Alarm', ['x is ALARM.', reason]],
          ],
        });
        expect(text.length).toBeLessThanOrEqual(3_500);
        for (const [label, whole] of Object.entries(needed))
          expect(unescaped(text)).toContain(`*${label}* ${whole}`);
        expect(text).not.toMatch(/&(?!(amp|lt|gt);)/);
        expect(text.isWellFormed()).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test('gives each of what is long its share, and what is short all of its own', () => {
    const { text } = chatOf({
      ...{ title: 't', threadKey: 'a', severity: 'page', headline: 'h' },
      fields: [
        ['Evidence', ['e'.repeat(5_000), 'took 3 ms', '(report of the connectivity probe)']],
        ['Also red', Array.from({ length: 40 }, (_, place) => `alarm-${place} ${'r'.repeat(80)}`)],
        ['Runbook', ['runbooks/network.md']],
      ],
    });
    expect(text).toMatch(
      /^\*\[page\] t\*\nh\n\*Evidence\* e{1500,}\.\.\.\ntook 3 ms\n\(report of the connectivity probe\)\n\*Also red\* alarm-0 r+\nalarm-1 [\s\S]{1500,}\.\.\.\n\*Runbook\* runbooks\/network\.md$/,
    );
    expect(text.length).toBeGreaterThan(3_450);
  });

  test('has room for what is needed although that itself is too long', () => {
    const fields = ['Cause', 'Remedy', 'Runbook'].map((label) => [label, ['x'.repeat(4_000)]] as const);
    const { text } = chatOf({ title: 't', threadKey: 'a', severity: 'page', headline: 'h', fields });
    expect(text).toMatch(/^\*\[page\] t\*\n\*Cause\* x+\.\.\.\n\*Remedy\* x+\.\.\.\n\*Runbook\* x+\.\.\.$/);
    expect(text.length).toBeLessThanOrEqual(3_500);
  });
});

describe('what shows while nothing fails yet', () => {
  const reached = {
    ...{ ...good, phases: { dnsMs: 0.4, tcpMs: 2.1, tlsMs: 3_470, authMs: 8, queryMs: 4_000 } },
    ...{ durationMs: 7_480.5, detail: undefined, remedy: undefined, runbook: undefined },
    evidence: {
      address: '10.30.0.5',
      certificate: { subject: 'db', validTo: '2026-01-11T09:30:00.000Z', daysLeft: 10 },
    },
  };
  const told = async (condition: string, limit: number, ...reports: ReturnType<typeof logged>[]) => {
    const world = createWorld([condition], { reports });
    const message = JSON.parse(alarmMessage(`${prefix}-${condition}`, 'OK', 'ALARM', timeOf(3)));
    const Trigger = { ...message.Trigger, Threshold: limit };
    await notify(JSON.stringify({ ...message, Trigger }), 'ticket', world.notifier);
    return world.letters[0]?.text.replaceAll(/\n {10}/g, ' ') ?? '';
  };

  test('a certificate: its last day, days left and limit, evidence and phases, and how to replace it', async () => {
    const text = await told('postgres-certificate-expiring', 21, logged(3, reached));
    expect(text).toMatch(
      /^Cause {5}The certificate of PostgreSQL is about to expire\. It is valid to 2026-01-11 09:30 UTC, 10 days after this report; told below 21 days\. The connectivity probe finds nothing else wrong with postgres\.$/m,
    );
    expect(text).toMatch(
      /^Evidence {2}address=10\.30\.0\.5 certificate=subject db, validTo .*, daysLeft 10 took 7480\.5 ms \(dns 0\.4 ms, tcp 2\.1 ms, tls 3470 ms, auth 8 ms, query 4000 ms\) \(report of the connectivity probe, 2026-01-01T00:03Z, about db:5432\/mlflow_db\)$/m,
    );
    expect(text).toMatch(/^Remedy {4}Rotate the certificate before that day: /m);
    expect(text).toMatch(/^Runbook {3}runbooks\/probes\.md#silence$/m);
  });

  test('an authority that ends before the certificate of the server does', async () => {
    const firstToExpire = { subject: 'the CA', validTo: '2026-01-02T00:03:00.000Z' };
    const certificate = { subject: 'db', validTo: '2027-01-01T00:00:00.000Z', daysLeft: 1, firstToExpire };
    const shown = { ...reached, dependency: 'auth' as const, evidence: { certificate } };
    expect(await told('auth-certificate-expiring', 21, logged(3, shown))).toMatch(
      /^Cause .* The certificate of "the CA", which it depends on, is valid to 2026-01-02 00:03 UTC, 1 day after this report; told below 21 days\./m,
    );
  });

  test('connecting that takes long: how long until it was ready, in which phase, and the limit', async () => {
    expect(await told('postgres-connect-slow', 2_000, logged(3, reached))).toMatch(
      /^Cause {5}Connecting to PostgreSQL takes longer than it should\. It took 3,481 ms until it was ready for queries, most of it tls; told above 2,000 ms\. /m,
    );
    const fast = { ...reached, phases: { dnsMs: 1, tcpMs: 2 } };
    expect(await told('postgres-connect-slow', 2_000, logged(3, fast))).toMatch(
      /It took 3 ms .*most of it tcp; told above 2,000 ms, and within that again\./,
    );
  });

  test('a report that failed beside is said, and is not taken for the cause', async () => {
    const text = await told('postgres-certificate-expiring', 21, logged(1, reached), logged(2, refused));
    expect(text).toMatch(/^Cause {5}The certificate .* 10 days after this report/m);
    expect(text).toContain('But its report of 2026-01-01T00:02Z does: CONNECTION_REFUSED: ');
    expect(await told('postgres-certificate-expiring', 21, logged(2, refused))).toMatch(
      /^Cause {5}CONNECTION_REFUSED/m,
    );
  });

  test('what a probe looks at and does not see is told as what it is, with all that the probe measured', async () => {
    const evidence = { used: 12, limit: 100 };
    const capacity = { ...reached, evidence, phases: { tcpMs: 2 }, durationMs: 2 };
    const report = { probe: 'capacity' as const, at: timeOf(3), report: reportOf('capacity', capacity) };
    const world = createWorld(['queries-slow'], { reports: [report] });
    await world.minute(3, ['queries-slow']);
    const text = world.letters[0]?.text.replaceAll(/\n {10}/g, ' ') ?? '';
    expect(text).toMatch(
      /^Cause {5}Queries of the service take too long\. The capacity probe finds nothing wrong with postgres\.$/m,
    );
    expect(text).toMatch(/^Evidence {2}used=12 limit=100 took 2 ms \(tcp 2 ms\) /m);
    expect(text).toMatch(/^Remedy {4}See the runbook\.$/m);
  });
});

describe('what cannot be read is said, and keeps nothing back', () => {
  const denied = Object.assign(new Error('not authorized'), { name: 'AccessDenied' });

  test.each<[string, Parameters<typeof createWorld>[1], RegExp]>([
    [
      'reports',
      { fail: { reports: denied } },
      /Cause +The report of the connectivity probe could not be read:\s+AccessDenied: not authorized\./,
    ],
    ['no report', {}, /Cause +The connectivity probe has logged no report about postgres\s+shortly before/],
    [
      'alarms',
      { fail: { describe: denied } },
      /Not read +What else is red could not be read: AccessDenied: not\s+authorized\./,
    ],
    [
      'histories',
      { fail: { history: denied } },
      /Not read +The history of hokusai-production-user-impact could not be\s+read: AccessDenied/,
    ],
  ])('%s', async (_name, options, expected) => {
    const { world, text } = await page(options);
    expect(world.letters.map(({ severity }) => severity)).toEqual(['ticket', 'page']);
    expect(text).toMatch(expected);
  });

  test('what does not answer within its deadline', async () => {
    const world = createWorld(conditions);
    const never = () => new Promise<never>(() => undefined);
    const notifier = {
      ...world.notifier,
      readTimeoutMs: 30,
      alarms: { describe: never, history: never },
      reports: { reports: never },
    };
    await notify(alarmMessage(`${prefix}-postgres-down`, 'OK', 'ALARM', timeOf(3)), 'page', notifier);
    expect(world.letters[0]?.text).toMatch(/could not be\s+read: no answer within the deadline/);
  });
});

describe('the alarm arrives as it came', () => {
  test.each([
    ['no JSON'],
    ['[]'],
    ['{"AlarmName":"a"}'],
    ['null'],
    [''],
    ['{"AlarmName":"a","NewStateValue":"RED","StateChangeTime":"2026-01-01"}'],
  ])('when the message is %p', async (message) => {
    const world = createWorld(conditions);
    await notify(message, 'page', world.notifier);
    expect(world.letters).toHaveLength(1);
    expect(world.letters[0]).toMatchObject({ severity: 'page', thread: undefined });
    expect(world.letters[0]?.text).toBe(
      `This message is no change of an alarm. This is what came, unchanged:\n\n${message}\n`,
    );
    expect(world.chats).toHaveLength(1);
    expect(world.chats[0]).toMatchObject({ severity: 'page' });
    expect(world.chats[0]?.text).toBe(
      `*[page] hokusai-production: A message to the alarm topic (not explained)*\nThis message is no change of an alarm.${message === '' ? '' : `\n*Came* ${message}`}`,
    );
  });

  test('when the notifier fails, with the reason', async () => {
    const world = createWorld(conditions, { fail: { publish: ({ thread }) => thread !== undefined } });
    const message = alarmMessage(`${prefix}-user-impact`, 'OK', 'ALARM', timeOf(3));
    expect(await notify(message, 'page', world.notifier)).toMatchObject({ kind: 'raw', sent: ['page'] });
    expect(world.letters[0]?.subject).toBe('[page] hokusai-production-user-impact (not explained)');
    expect(world.letters[0]?.text).toContain('The notifier failed (Error: the topic is away).');
    expect(world.letters[0]?.text).toContain(message);
    expect(JSON.parse(world.log[0] ?? '')).toMatchObject({ level: 'error', kind: 'raw' });
    // The chat had it before, explained.
    expect(world.chats).toHaveLength(1);
    expect(world.chats[0]?.text).toMatch(/^\*\[page\] hokusai-production: Users suffer /);
  });

  test('to the list alone that the explained one did not reach', async () => {
    const world = createWorld(conditions, {
      fail: { publish: ({ severity, thread }) => severity === 'ticket' && thread !== undefined },
    });
    await world.minute(3, ['postgres-down']);
    await world.minute(5, ['postgres-down', 'user-impact']);
    world.letters.length = 0;
    await world.minute(9, []);
    expect(world.letters.map(({ severity, thread }) => [severity, thread === undefined])).toEqual([
      ['page', false],
      ['ticket', true],
    ]);
    expect(world.outcomes.at(-1)).toMatchObject({ sent: ['page', 'ticket'], chat: 'told', kind: 'raw' });
  });

  test('when explaining it fails: in the chat with the runbook, however long it is', async () => {
    const world = createWorld(conditions);
    const description = `${'Everything & all. '.repeat(300)} Runbook: runbooks/service.md#user-impact`;
    const message = alarmMessage(`${prefix}-user-impact`, 'OK', 'ALARM', timeOf(3), description);
    // No deadline that could be set.
    await notify(message, 'page', { ...world.notifier, readTimeoutMs: -1 });
    expect(world.letters[0]?.text).toContain(message);
    expect(world.chats).toHaveLength(1);
    const { text = '', thread_key: thread } = world.chats[0] ?? {};
    expect(thread).toBe('hokusai-production/not-explained/hokusai-production-user-impact');
    expect(text).toMatch(
      /^\*\[page\] hokusai-production: hokusai-production-user-impact \(not explained\)\*\nThe notifier failed \(RangeError: .*\n\*Runbook\* runbooks\/service\.md#user-impact\n\*Alarm\* hokusai-production-user-impact is ALARM\. Everything &amp; all\./,
    );
    expect(text.length).toBeLessThanOrEqual(3_500);
  });

  test('through Lambda, which is told of the failure, when nothing can be published', async () => {
    const world = createWorld(conditions, { fail: { publish: () => true } });
    const message = alarmMessage(`${prefix}-user-impact`, 'OK', 'ALARM', timeOf(3));
    await expect(notify(message, 'page', world.notifier)).rejects.toThrow('the topic is away');
  });
});

test.each([
  [
    'Nothing answers. A probe says so. Requests fail. Runbook: runbooks/dns.md#dns_timeout',
    {
      wrong: 'Nothing answers. A probe says so.',
      consequence: 'Requests fail.',
      runbook: 'runbooks/dns.md#dns_timeout',
    },
  ],
  [
    'Requests fail at 5.5 % and more.',
    { wrong: '', consequence: 'Requests fail at 5.5 % and more.', runbook: undefined },
  ],
  ['', { wrong: '', consequence: '', runbook: undefined }],
])('the description %p is read', (description, expected) => {
  expect(splitDescription(description)).toEqual(expected);
});
