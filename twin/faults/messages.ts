import { randomUUID } from 'node:crypto';
import type { FaultDefinition } from './fault.ts';

const queue = 'hokusai:model_ready_queue';

/** As a consumer writes it that has given up an event. */
const givenUp = (id: string): string =>
  JSON.stringify({
    message_id: id,
    message_type: 'model_ready_to_deploy',
    payload: { model_id: 'twin/1/TWIN' },
    timestamp: new Date().toISOString(),
    retry_count: 3,
    max_retries: 3,
    error: 'the consumer of the twin has given it up',
    failed_at: new Date().toISOString(),
  });

export const deadLetter: FaultDefinition = {
  doc: 'A consumer has given up an event and put it into the list of dead letters.',
  driven: true,
  parts: ['database', 'redis'],
  breaks: ['dead-letters'],
  // The relay looks after the lists every 5 s of real time.
  minutes: 10,
  needs: 'redis-server',
  inject: async ({ cache, database, application }) => {
    if (!cache) throw new Error('A consumer gives up into a list of Redis, and the stack here has none.');
    const id = randomUUID();
    await cache.administer([['LPUSH', `${queue}:dlq`, givenUp(id)]]);
    return async () => {
      // As an operator purges it; wherever it is by now.
      await cache.administer([['DEL', `${queue}:dlq`]]);
      await database.administer(
        `delete from breakwater_outbox where message_id = '${id}'`,
        application.database,
      );
    };
  },
};

export const consumerStop: FaultDefinition = {
  doc: 'No consumer runs: events are delivered into the list, and nobody takes them.',
  driven: true,
  parts: [],
  breaks: ['consumers-idle'],
  needs: 'redis-server',
  inject: async ({ consumer }) => {
    if (!consumer) throw new Error('The stack that runs here has no consumer.');
    consumer.pause();
    return async () => consumer.resume();
  },
};
