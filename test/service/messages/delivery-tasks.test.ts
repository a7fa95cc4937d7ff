import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { anEvent } from '../registration/registration-fixture.ts';
import { type Delivery, receive, redisServer, runOf, startDelivery, until } from './delivery-fixture.ts';

/** The first task only publishes: what is delivered, the others deliver. */
(redisServer ? describe : describe.skip)('several tasks of the service', () => {
  let on: Delivery;
  beforeAll(async () => {
    on = await startDelivery({ MESSAGE_QUEUE_TYPE: 'none' });
  });
  afterAll(() => on?.dispose());

  const pending = async () =>
    (
      await on.at.sql<{ run: string }>(
        `SELECT payload->>'mlflow_run_id' AS run FROM breakwater_outbox
         WHERE sent_at IS NULL AND dead_at IS NULL ORDER BY id`,
      )
    ).map(({ run }) => run);
  const listeners = () =>
    on.at.sql(
      `SELECT FROM pg_stat_activity WHERE application_name = 'breakwater-relay' AND query LIKE 'LISTEN%' AND state = 'idle'`,
    );

  it('keep events where there is no transport, and lose none when one of them is told to end while it delivers', async () => {
    const announced: string[] = [];
    for (let number = 0; number < 10; number += 1) {
      const run = `early-${number}`;
      expect((await on.at.announce(anEvent('a-model', { mlflow_run_id: run }))).status).toBe(200);
      announced.push(run);
    }
    expect(await pending()).toEqual(announced);
    expect(await on.entries('')).toBe(0);

    const first = await on.task();
    let ending: Promise<number | null> | undefined;
    for (let number = 0; number < 400; number += 1) {
      const run = `late-${number}`;
      const status = await first.announce(anEvent('a-model', { mlflow_run_id: run }));
      if (status === 200) announced.push(run);
      else if (ending) break;
      if (number === 100) ending = first.end();
    }
    expect(await ending).toBe(0);

    const second = await on.task();
    const lists = await on.consumer();
    const received: unknown[] = [];
    while (!received.includes(announced.at(-1))) {
      const entry = await receive(lists);
      received.push(runOf(entry));
      await lists.done(entry);
    }
    lists.close();
    await second.end();
    // Without an answer one may be there all the same.
    const firsts = [...new Set(received)].filter((run) => announced.includes(String(run)));
    expect(firsts).toEqual(announced);
    expect(announced.length).toBeGreaterThan(100);
  });

  it('wake each other: what one publishes the other delivers without waiting for its next look', async () => {
    await on.task({ MESSAGE_POLL_INTERVAL: '60' });
    await until(async () => (await listeners()).length === 1, 'a task that listens');
    const lists = await on.consumer();
    const reaches = async (run: string) => {
      expect((await on.at.announce(anEvent('a-model', { mlflow_run_id: run }))).status).toBe(200);
      const entry = await receive(lists);
      expect(runOf(entry)).toBe(run);
      await lists.done(entry);
    };
    // This one may have come with a look that was made in any case: the first ones are, until Redis is connected.
    await reaches('first');
    await until(async () => (await pending()).length === 0, 'an empty outbox');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await reaches('at once');
    lists.close();
  });
});
