import { afterEach, describe, expect, it } from '@jest/globals';
import { knowErrorsOfNode, setAwsEnvironment } from '../../fixtures/aws-environment.ts';
import { anEvent, type Registering, startRegistering } from '../registration/registration-fixture.ts';
import { type SqsServer, startSqsServer } from './sqs-server.ts';

let at: Registering | undefined;
let sqs: SqsServer | undefined;
afterEach(async () => {
  await at?.dispose();
  await sqs?.close();
  at = undefined;
  sqs = undefined;
});

setAwsEnvironment();
knowErrorsOfNode();

const start = async (queueUrl: string): Promise<Registering> => {
  at = await startRegistering({
    MESSAGE_QUEUE_TYPE: 'sqs',
    MESSAGE_QUEUE_URL: queueUrl,
    MESSAGE_SEND_TIMEOUT: '1',
  });
  return at;
};

const pending = async (on: Registering): Promise<number> =>
  Number(
    (await on.sql('SELECT count(*) FROM breakwater_outbox WHERE sent_at IS NULL AND dead_at IS NULL'))[0]
      ?.count,
  );

describe('a service whose events go through SQS', () => {
  it('sends each to the queue, by the SDK that it loads for that', async () => {
    sqs = await startSqsServer();
    const on = await start(sqs.queueUrl);
    for (const run of ['one', 'two']) await on.announce(anEvent('through sqs', { mlflow_run_id: run }));
    const end = performance.now() + 15_000;
    while ((await pending(on)) > 0 && performance.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await pending(on)).toBe(0);
    const sent: { MessageGroupId: string; MessageBody: string }[] = sqs.requests.flatMap(
      ({ input }) => input.Entries,
    );
    const runs = sent.map(({ MessageBody }) => JSON.parse(MessageBody).payload.mlflow_run_id);
    expect(runs).toEqual(['one', 'two']);
    expect(new Set(sent.map(({ MessageGroupId }) => MessageGroupId)).size).toBe(1);
  });

  it('works while the queue cannot be reached: events wait, and requests notice nothing', async () => {
    const on = await start('http://127.0.0.1:9/123456789012/events.fifo');
    expect((await on.announce(anEvent('waits for sqs'))).status).toBe(200);
    const end = performance.now() + 10_000;
    const told = () => on.api.log.entries().some(({ msg }) => msg === 'messages wait: the transport is down');
    while (!told() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(told()).toBe(true);
    expect(await pending(on)).toBe(1);
    expect((await on.sql('SELECT attempts, dead_at FROM breakwater_outbox'))[0]).toEqual({
      attempts: 0,
      dead_at: null,
    });
  });
});
