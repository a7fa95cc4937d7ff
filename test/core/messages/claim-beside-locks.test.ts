import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { claim, publishBatch } from '../../../core/messages/index.ts';
import { aMessage, numberOf, type Outbox, startOutbox } from './outbox-fixture.ts';

let at: Outbox;
beforeAll(async () => {
  at = await startOutbox();
});
afterAll(() => at?.dispose());

it('takes nothing behind a message that somebody is changing at this moment', async () => {
  await at.empty();
  await publishBatch(at.database, [aMessage('a', 1), aMessage('a', 2), aMessage('b', 1), aMessage('a', 3)]);
  const beside = await at.database.transaction(async (transaction) => {
    await transaction.query(
      'SELECT 1 FROM breakwater_outbox WHERE id = (SELECT min(id) FROM breakwater_outbox) FOR UPDATE',
    );
    return claim(at.database, { limit: 10, leaseMs: 60_000 });
  });
  expect(beside.map((message) => [message.key, Number(numberOf(message))])).toEqual([['b', 1]]);
  const after = await claim(at.database, { limit: 10, leaseMs: 60_000 });
  expect(after.map((message) => [message.key, Number(numberOf(message))])).toEqual([
    ['a', 1],
    ['a', 2],
    ['a', 3],
  ]);
});
