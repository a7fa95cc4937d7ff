import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTwin, type Twin } from '../../twin/index.ts';
import { developmentAssembly } from './assembly.ts';

describe('what people are sent of a database that is stopped', () => {
  let twin: Twin;
  beforeAll(async () => {
    twin = await startTwin({
      environment: 'development',
      assembly: await developmentAssembly(),
      progress: () => undefined,
      signal: new AbortController().signal,
    });
  });
  afterAll(() => twin?.stop());

  const ticks = async (count: number) => {
    for (let minute = 0; minute < count; minute += 1) await twin.clock.tick();
  };
  const subjects = () =>
    new Set(twin.notifications.map(({ subject = '' }) => subject.replace(/^\[\w+\] /, '')));

  test('nothing, as long as all is well', async () => {
    await ticks(6);
    expect(twin.notifications).toEqual([]);
    expect([...twin.unknownCalls]).toEqual([]);
  });

  test('a page with cause, evidence, remedy and runbook, in one thread', async () => {
    await twin.inject('database-stop');
    await ticks(4);
    const pages = twin.notifications.filter(({ severity }) => severity === 'page');
    expect(pages).toHaveLength(1);
    expect(pages[0]).toMatchObject({
      raw: false,
      topicArn: expect.stringMatching(/:hokusai-development-page-delivery$/),
      threadKey: expect.stringMatching(/^hokusai-development\/postgres-down\/.{16}Z$/),
      subject: expect.stringMatching(/^\[page\] hokusai-development: .*PostgreSQL.* \(since .{16}Z\)$/),
    });
    const { text = '' } = pages[0] ?? {};
    expect(text).toMatch(/^Cause {5}CONNECTION_REFUSED: /m);
    expect(text).toMatch(/^Evidence {2}\w/m);
    expect(text).toMatch(/^Remedy {4}\w/m);
    expect(text).toMatch(/^Runbook {3}runbooks\/network\.md#connection_refused$/m);
    expect(text).toMatch(/^Since {5}.* UTC, /m);
    expect(text).not.toContain('could not be');
  });

  test('the end of it, in the same thread, and nothing that was not explained', async () => {
    await twin.lift('database-stop');
    await ticks(8);
    expect(twin.notifications.at(-1)?.text).toMatch(/^All of it is over\.\n/);
    expect(new Set(twin.notifications.map(({ threadKey }) => threadKey)).size).toBe(1);
    expect(subjects().size).toBe(1);
    expect(twin.notifications.filter(({ raw }) => raw)).toEqual([]);
    expect([...twin.unknownCalls]).toEqual([]);
  });

  test('what is red for more than one reason is more than one thread', async () => {
    const before = twin.notifications.length;
    await Promise.all([twin.inject('mlflow-stop'), twin.inject('auth-stop')]);
    await ticks(4);
    const threads = twin.notifications.slice(before).map(({ threadKey = '' }) => threadKey.split('/')[1]);
    expect(threads.sort()).toEqual(['auth-down', 'mlflow-down']);
    expect(twin.notifications.slice(before).map(({ severity }) => severity)).toEqual(['ticket', 'ticket']);
  });
});
