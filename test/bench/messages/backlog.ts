/**
 * What a backlog costs: how fast the relay works it off, and how long publishing takes beside it. Two outboxes, one with it
 * and one without, have their turns right after each other: what else the machine does meets both.
 */
import { Redis } from 'ioredis';
import { keysOf, publish, redisTransport, relayPass } from '../../../core/messages/index.ts';
import { recall } from '../../../core/messages/relay/memory.ts';
import { median, percentile } from '../percentiles.ts';
import { ms, print, table } from '../table.ts';
import { atRate } from './pace.ts';
import { sampleMessage } from './sample-messages.ts';
import { addToOutbox, type BenchOutbox, emptyOutbox, fillOutbox, type Servers } from './servers.ts';

const backlog = 100_000;
const keys = 1_000;
const batch = 500;
/** What waits where there is no backlog: as much as one claim looks at. */
const little = 4 * batch;
/** Passes of which a speed is the median. */
const part = 20;
const publishing = { perSecond: 500, seconds: 12 };

const whole = (value: number): string => Math.round(value).toLocaleString('en');
const percent = (ratio: number): string =>
  `${ratio < 1 ? '-' : '+'}${Math.abs(Math.round((ratio - 1) * 100))} %`;

/** Gives what makes one pass, and gives its milliseconds. */
const startPasses = async (outbox: BenchOutbox, client: Redis, queue: string) => {
  await client.del(...Object.values(keysOf(queue)));
  const commands = { command: (name: string, ...args: (string | number)[]) => client.call(name, ...args) };
  const transport = redisTransport(commands, queue, () => undefined);
  await recall(outbox.database, transport);
  const options = { database: outbox.database, transport, batch, leaseMs: 60_000, retries: 3 };
  return async (): Promise<number> => {
    const begun = performance.now();
    const { sent } = await relayPass({ ...options, retryDelayMs: 1_000 });
    if (sent !== batch) throw new Error(`a pass sent ${sent} messages instead of ${batch}`);
    return performance.now() - begun;
  };
};

/** Milliseconds of each pass without a backlog, and of the one with it that came next. */
const workOff = async (servers: Servers): Promise<[without: number, beside: number][]> => {
  const client = new Redis({ host: '127.0.0.1', port: servers.redis.port });
  await fillOutbox(servers, little, keys);
  await fillOutbox(servers.other, backlog, keys);
  const passWithout = await startPasses(servers, client, 'bench:little');
  const passBeside = await startPasses(servers.other, client, 'bench:backlog');
  const found: [number, number][] = [];
  for (let pass = 0; pass < backlog / batch; pass++) {
    found.push([await passWithout(), await passBeside()]);
    await addToOutbox(servers, batch, keys);
  }
  client.disconnect();
  return found;
};

export const relayingBacklog = async (servers: Servers): Promise<void> => {
  const passes = await workOff(servers);
  const perSecond = (times: readonly number[]): string => whole((batch * 1_000) / median(times));
  const row = (name: string, some: readonly [number, number][]): string[] => [
    name,
    perSecond(some.map(([without]) => without)),
    perSecond(some.map(([, beside]) => beside)),
    percent(1 / median(some.map(([without, beside]) => beside / without))),
  ];
  print(`\na relay to a Redis list, messages a second; medians of passes of ${batch} in turn`);
  print(
    table([
      ['', 'without a backlog', `off ${whole(backlog)}`, 'difference'],
      row('all', passes),
      row(`the first ${whole(part * batch)}`, passes.slice(0, part)),
      row(`the last ${whole(part * batch)}`, passes.slice(-part)),
    ]),
  );
};

export const publishingBesideBacklog = async (servers: Servers): Promise<void> => {
  const { perSecond, seconds } = publishing;
  await emptyOutbox(servers);
  await fillOutbox(servers.other, backlog, keys);
  const latencies = await atRate(perSecond, seconds, (number) => {
    const { database } = number % 2 === 0 ? servers : servers.other;
    return publish(database, sampleMessage(`model-${number % keys}`, number));
  });
  /** Of each second by itself: one in which the disk stood still is one of many. */
  const perSecondOf = (share: number, turn: number): number[] =>
    Array.from({ length: seconds }, (_, second) => {
      const some = latencies.slice(second * perSecond, (second + 1) * perSecond);
      return percentile(
        some.filter((_, number) => number % 2 === turn),
        share,
      );
    });
  print(
    `\npublishing ${perSecond} messages a second, in turn into either outbox, ms; medians of ${seconds} s, no relay runs`,
  );
  print(
    table([
      ['', 'without a backlog', `beside ${whole(backlog)}`, 'difference'],
      ...[0.5, 0.9, 0.99].map((share) => {
        const [without, beside] = [perSecondOf(share, 0), perSecondOf(share, 1)];
        const ratios = beside.map((value, second) => value / (without[second] ?? Number.NaN));
        return [`p${share * 100}`, ms(median(without)), ms(median(beside)), percent(median(ratios))];
      }),
    ]),
  );
};
