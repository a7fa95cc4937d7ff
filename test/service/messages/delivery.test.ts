import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { anEvent } from '../registration/registration-fixture.ts';
import { type Delivery, receive, redisServer, runOf, startDelivery, until } from './delivery-fixture.ts';

(redisServer ? describe : describe.skip)('the event of a registered model', () => {
  let on: Delivery;
  beforeAll(async () => {
    on = await startDelivery();
  });
  afterAll(() => on?.dispose());

  const announce = async (run: string) => {
    const { status } = await on.at.announce(anEvent('a-model', { mlflow_run_id: run }));
    expect(status).toBe(200);
  };
  const metrics = async (): Promise<string> => (await on.at.api.get('/metrics')).body;
  const metric = async (name: string): Promise<number | undefined> => {
    const value = new RegExp(`^${name} (.*)$`, 'm').exec(await metrics())?.[1];
    return value === undefined ? undefined : Number(value);
  };
  const dead = () =>
    on.at.sql<{ run: string; reason: string }>(
      `SELECT payload->>'mlflow_run_id' AS run, dead_reason AS reason FROM breakwater_outbox WHERE dead_at IS NOT NULL`,
    );

  it('reaches its consumer, and is gone from the lists once that is done with it', async () => {
    const lists = await on.consumer();
    await announce('delivered');
    const entry = await receive(lists);
    expect(entry).toMatchObject({ retryCount: 0, maxRetries: 3 });
    expect(entry.payload).toMatchObject({
      model_id: 'a-model/3/HOK-1',
      model_name: 'a-model',
      model_version: '3',
      mlflow_run_id: 'delivered',
      status: 'registered',
      message_version: '1.0',
    });
    await lists.done(entry);
    lists.close();
    expect(await on.entries('', ':processing')).toBe(0);
  });

  it('reaches the next consumer when the first one dies with it', async () => {
    const [first, second] = [await on.consumer(), await on.consumer()];
    await announce('orphaned');
    const taken = await receive(first);
    first.close();
    const again = await receive(second);
    expect([again.messageId, runOf(again)]).toEqual([taken.messageId, 'orphaned']);
    await second.done(again);
    second.close();
  });

  it('that its consumer gives up is a dead letter of the outbox, and can be delivered again', async () => {
    const lists = await on.consumer();
    await announce('hopeless');
    for (let attempt = 0; attempt <= 3; attempt += 1) {
      const entry = await receive(lists);
      expect([runOf(entry), entry.retryCount]).toEqual(['hopeless', attempt]);
      await lists.fail(entry, 'no such token');
    }
    await until(async () => (await dead()).length === 1, 'the dead letter');
    expect(await dead()).toEqual([{ run: 'hopeless', reason: 'no such token' }]);
    await until(async () => (await on.entries(':dlq')) === 0, 'an empty list');
    await until(async () => (await metric('breakwater_dead_letters')) === 1, 'the metric');

    await on.messages('redrive', '--key', 'a-model', '--reason', 'no such token');
    const again = await receive(lists);
    expect([runOf(again), again.retryCount]).toEqual(['hopeless', 0]);
    await lists.done(again);
    lists.close();
    await until(async () => (await metric('breakwater_dead_letters')) === 0, 'the metric');
  });

  it('that nobody takes makes the time grow for which nobody has consumed, until somebody does', async () => {
    await announce('unwanted');
    const idle = async () => (await metric('breakwater_consumer_idle_seconds')) ?? 0;
    await until(async () => (await idle()) > 0, 'the metric');
    const before = await idle();
    await until(async () => (await idle()) > before, 'a metric that grows');
    const lists = await on.consumer();
    await lists.done(await receive(lists));
    lists.close();
    await until(async () => (await idle()) === 0, 'a metric that has fallen');
  });

  it('is no number while PostgreSQL is away, and what a consumer gives up meanwhile is not lost', async () => {
    const lists = await on.consumer();
    await announce('meanwhile');
    const entry = await receive(lists);
    await on.at.around.postgres.refuse();
    on.at.around.postgres.cut();
    try {
      await lists.fail({ ...entry, retryCount: 3 }, 'given up in an outage');
      lists.close();
      await until(async () => (await metric('breakwater_outbox_depth')) === undefined, 'a missing metric');
      expect(await metrics()).not.toMatch(/breakwater_(dead_letters|outbox|consumer_idle)/);
      expect(await metrics()).toMatch(/breakwater_health_status \d/);
      expect(await on.entries(':dlq')).toBe(1);
    } finally {
      await on.at.around.postgres.listen();
    }
    await until(async () => (await metric('breakwater_dead_letters')) === 1, 'the metric');
    expect(await dead()).toEqual([{ run: 'meanwhile', reason: 'given up in an outage' }]);
    await until(async () => (await on.entries(':dlq', ':unparsable')) === 0, 'an empty list');
  });
});
