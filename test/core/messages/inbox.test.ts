import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { firstTime, forgetReceived, type Sql } from '../../../core/messages/index.ts';
import { type Outbox, startOutbox } from './outbox-fixture.ts';

let at: Outbox;
beforeAll(async () => {
  at = await startOutbox();
});
afterAll(() => at?.dispose());
beforeEach(() => at.empty());

describe('the inbox of a consumer', () => {
  it('says whether a message comes for the first time, to each consumer for itself', async () => {
    const id = randomUUID();
    expect(await firstTime(at.database, 'deployer', id)).toBe(true);
    expect(await firstTime(at.database, 'deployer', id)).toBe(false);
    expect(await firstTime(at.database, 'site', id)).toBe(true);
    expect(await firstTime(at.database, 'deployer', randomUUID())).toBe(true);
  });

  it('belongs to the transaction of what is done with the message', async () => {
    const id = randomUUID();
    const failing = at.database.transaction(async (transaction) => {
      expect(await firstTime(transaction, 'deployer', id)).toBe(true);
      throw new Error('the work failed');
    });
    await expect(failing).rejects.toThrow('the work failed');
    expect(await firstTime(at.database, 'deployer', id)).toBe(true);
  });

  it('lets one of two that have the same message at once do it', async () => {
    const id = randomUUID();
    let done = 0;
    const consume = () =>
      at.database.transaction(async (transaction) => {
        if (!(await firstTime(transaction, 'deployer', id))) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
        done += 1;
      });
    await Promise.all([consume(), consume(), consume()]);
    expect(done).toBe(1);
  });

  it('leaves it to the other one when the first one fails', async () => {
    const id = randomUUID();
    const begun = Promise.withResolvers<void>();
    const failing = at.database.transaction(async (transaction) => {
      await firstTime(transaction, 'deployer', id);
      begun.resolve();
      await new Promise((resolve) => setTimeout(resolve, 50));
      throw new Error('the work failed');
    });
    await begun.promise;
    const other = firstTime(at.database, 'deployer', id);
    await expect(failing).rejects.toThrow();
    expect(await other).toBe(true);
  });

  it('forgets what is older than it is told, and nothing else', async () => {
    const [old, young] = [randomUUID(), randomUUID()];
    await firstTime(at.database, 'deployer', old);
    await at.sql(`UPDATE breakwater_inbox SET received_at = now() - interval '2 hours'`);
    await firstTime(at.database, 'deployer', young);
    expect(await forgetReceived(at.database, 3_600_000)).toBe(1);
    expect(await firstTime(at.database, 'deployer', young)).toBe(false);
    expect(await firstTime(at.database, 'deployer', old)).toBe(true);
  });

  it('forgets however many there are, in parts that a statement can do in its time', async () => {
    await at.sql(
      `INSERT INTO breakwater_inbox (consumer, message_id, received_at)
       SELECT 'deployer', gen_random_uuid(), now() - interval '1 year' FROM generate_series(1, 20_500)`,
    );
    const parts: number[] = [];
    const counted: Sql = {
      query: async <Row extends Record<string, unknown>>(text: string, values?: unknown[]) => {
        const result = await at.database.query<Row>(text, values);
        parts.push(result.rowCount ?? 0);
        return result;
      },
    };
    expect(await forgetReceived(counted, 3_600_000)).toBe(20_500);
    expect(parts).toEqual([10_000, 10_000, 500]);
  });
});
