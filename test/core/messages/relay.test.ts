import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  depth,
  type Leased,
  publish,
  publishBatch,
  Relay,
  type SqlDatabase,
  type Transport,
  TransportDown,
} from '../../../core/messages/index.ts';
import { type DecidingTransport, decidingTransport } from './deciding-transport.ts';
import { aMessage, numberOf, type Outbox, startOutbox } from './outbox-fixture.ts';

let at: Outbox;
let relays: Relay[] = [];
beforeAll(async () => {
  at = await startOutbox();
});
afterAll(() => at?.dispose());
beforeEach(() => at.empty());
afterEach(async () => {
  await Promise.all(relays.splice(0).map((relay) => relay.drain(5_000)));
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const until = async (wanted: () => boolean | Promise<boolean>): Promise<void> => {
  for (const end = performance.now() + 20_000; !(await wanted()); await pause(10))
    if (performance.now() > end) throw new Error('it did not come');
};
const begin = (transport: Transport, more: { pollMs?: number; database?: SqlDatabase } = {}) => {
  const events: string[] = [];
  const relay = new Relay({
    database: at.database,
    transport,
    batch: 100,
    leaseMs: 60_000,
    retries: 3,
    retryDelayMs: 10,
    pollMs: 600_000,
    events: {
      down: (cause, detail) => events.push(`down ${cause} ${detail}`),
      up: () => events.push('up'),
      failed: (error) => events.push(`failed ${error}`),
    },
    ...more,
  });
  relays.push(relay);
  relay.start();
  return { relay, events };
};
const names = ({ delivered }: DecidingTransport) =>
  delivered.map((message: Leased) => message.key + numberOf(message));

describe('a relay', () => {
  it('delivers what is there when it begins, pass after pass', async () => {
    await publishBatch(
      at.database,
      Array.from({ length: 250 }, (_, number) => aMessage('a', number)),
    );
    const transport = decidingTransport(() => 'sent', 100);
    begin(transport);
    await until(async () => (await depth(at.database)).pending === 0);
    expect(transport.delivered.map(numberOf)).toEqual(
      Array.from({ length: 250 }, (_, number) => String(number)),
    );
  });

  it('claims fewer at a time when PostgreSQL cannot give as many in time', async () => {
    await publishBatch(
      at.database,
      Array.from({ length: 60 }, (_, number) => aMessage('a', number)),
    );
    const database: SqlDatabase = {
      ...at.database,
      transaction: (work) =>
        at.database.transaction((sql) =>
          work({
            query: async (text, values) => {
              const result = await sql.query<never>(text, values);
              if (result.rows.length > 20) throw new Error('canceling statement due to statement timeout');
              return result;
            },
          }),
        ),
    };
    const transport = decidingTransport(() => 'sent', 100);
    const { events } = begin(transport, { database });
    await until(async () => (await depth(at.database)).pending === 0);
    expect(events).toContain('failed Error: canceling statement due to statement timeout');
    expect(transport.delivered.map(numberOf)).toEqual(
      Array.from({ length: 60 }, (_, number) => String(number)),
    );
  });

  it('delivers at once what comes when it is woken, however long it would wait', async () => {
    const transport = decidingTransport(() => 'sent');
    const { relay } = begin(transport);
    await until(() => relay.idleMs !== undefined);
    for (const number of [1, 2, 3]) {
      await publish(at.database, aMessage('a', number));
      relay.wake();
      await until(() => transport.delivered.length === number);
    }
    expect(names(transport)).toEqual(['a1', 'a2', 'a3']);
  });

  it('misses nothing for which it was woken while it was busy', async () => {
    const busy = Promise.withResolvers<void>();
    const transport = decidingTransport(async (message) => {
      if (numberOf(message) === '1') await busy.promise;
      return 'sent' as const;
    });
    await publish(at.database, aMessage('a', 1));
    const { relay } = begin(transport);
    await until(() => transport.calls.length === 1);
    await publish(at.database, aMessage('a', 2));
    relay.wake();
    busy.resolve();
    await until(() => transport.delivered.length === 2);
  });

  it('finds by itself what it was not woken for', async () => {
    const transport = decidingTransport(() => 'sent');
    const { relay } = begin(transport, { pollMs: 50 });
    await until(() => relay.idleMs !== undefined);
    await publish(at.database, aMessage('a', 1));
    await until(() => transport.delivered.length === 1);
  });

  it('says once that its transport is down and once that it is up, and delivers what waited', async () => {
    let isDown = true;
    const transport = decidingTransport(() => {
      if (isDown) throw new TransportDown('CONNECTION_REFUSED', 'nobody listens');
      return 'sent';
    });
    await publishBatch(at.database, [aMessage('a', 1), aMessage('a', 2)]);
    const { relay, events } = begin(transport);
    await until(() => transport.calls.length >= 3);
    expect(relay.isDown).toBe(true);
    isDown = false;
    await until(() => transport.delivered.length === 2);
    await until(() => !relay.isDown);
    expect(events).toEqual(['down CONNECTION_REFUSED nobody listens', 'up']);
    expect(await at.sql('SELECT attempts FROM breakwater_outbox')).toEqual([
      { attempts: 1 },
      { attempts: 1 },
    ]);
  });

  it('says also when its transport is down for another cause', async () => {
    let cause: string | undefined = 'CONNECTION_REFUSED';
    const transport = decidingTransport(() => {
      if (cause !== undefined) throw new TransportDown(cause, 'by the test');
      return 'sent';
    });
    const again = async () => {
      const { length } = transport.calls;
      await until(() => transport.calls.length >= length + 2);
    };
    await publish(at.database, aMessage('a', 1));
    const { relay, events } = begin(transport);
    await again();
    cause = 'FORBIDDEN';
    await again();
    cause = undefined;
    await until(() => !relay.isDown && events.includes('up'));
    expect(events).toEqual(['down CONNECTION_REFUSED by the test', 'down FORBIDDEN by the test', 'up']);
  });

  it('goes on when its database was away', async () => {
    let isAway = true;
    const database: SqlDatabase = {
      query: (text, values) => (isAway ? Promise.reject(new Error('away')) : at.database.query(text, values)),
      transaction: (work) => (isAway ? Promise.reject(new Error('away')) : at.database.transaction(work)),
    };
    const transport = decidingTransport(() => 'sent');
    const { events } = begin(transport, { database, pollMs: 50 });
    await until(() => events.length >= 2);
    await publish(at.database, aMessage('a', 1));
    isAway = false;
    await until(() => transport.delivered.length === 1);
    expect(new Set(events)).toEqual(new Set(['failed Error: away']));
  });

  it('gives the rest back when it ends, and claims nothing more', async () => {
    await publishBatch(
      at.database,
      Array.from({ length: 50 }, (_, number) => aMessage('a', number)),
    );
    const under = Promise.withResolvers<void>();
    const transport = decidingTransport(async () => {
      await under.promise;
      return 'sent' as const;
    }, 5);
    const { relay } = begin(transport);
    await until(() => transport.calls.length === 1);
    const drained = relay.drain(20_000);
    under.resolve();
    await drained;
    expect(transport.delivered).toHaveLength(5);
    expect(await depth(at.database)).toMatchObject({ pending: 45, held: 0, kept: 5 });
    relay.wake();
    await pause(100);
    expect(transport.calls).toHaveLength(1);
  });

  it('does not wait for a transport that hangs for longer than it is given', async () => {
    await publish(at.database, aMessage('a', 1));
    const transport = decidingTransport(() => new Promise(() => undefined));
    const { relay } = begin(transport);
    await until(() => transport.calls.length === 1);
    const begun = performance.now();
    await relay.drain(100);
    expect(performance.now() - begun).toBeLessThan(10_000);
    // The lease tells the next one when it may.
    expect(await depth(at.database)).toMatchObject({ pending: 1, held: 1 });
    relays = [];
  });
});
