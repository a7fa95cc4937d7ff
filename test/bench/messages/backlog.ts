/** What a backlog costs: how fast the relay works it off, and how long publishing takes beside it. */
import { Redis } from 'ioredis';
import { keysOf, publish, redisTransport, relayPass } from '../../../core/messages/index.ts';
import { recall } from '../../../core/messages/relay/memory.ts';
import { median, percentile } from '../percentiles.ts';
import { ms, print, table } from '../table.ts';
import { atRate } from './pace.ts';
import { sampleMessage } from './sample-messages.ts';
import { fillOutbox, type Servers } from './servers.ts';

const backlog = 100_000;
/** The backlog that counts as none: no claim of the first ones looks at fewer rows than it does of a long one. */
const little = 10_000;
/** What speed is taken of. */
const part = 2_000;
const keys = 1_000;
const batch = 500;
const rounds = 3;
const publishing = { perSecond: 500, seconds: 2 };

const queue = 'bench:backlog';
const whole = (value: number): string => Math.round(value).toLocaleString('en');
const percent = (ratio: number): string =>
  `${ratio < 1 ? '-' : '+'}${Math.abs(Math.round((ratio - 1) * 100))} %`;

/** Sends all; gives how many a second were sent, for each `part` of them. */
const workOff = async (servers: Servers, client: Redis, count: number): Promise<number[]> => {
  await fillOutbox(servers, count, keys);
  await client.del(...Object.values(keysOf(queue)));
  const commands = { command: (name: string, ...args: (string | number)[]) => client.call(name, ...args) };
  const transport = redisTransport(commands, queue, () => undefined);
  await recall(servers.database, transport);
  const options = { database: servers.database, transport, batch, leaseMs: 60_000 };
  const rates: number[] = [];
  for (let sent = 0, begun = performance.now(); sent < count; ) {
    sent += (await relayPass({ ...options, retries: 3, retryDelayMs: 1_000 })).sent;
    if (sent < (rates.length + 1) * part) continue;
    rates.push((part * 1_000) / (performance.now() - begun));
    begun = performance.now();
  }
  return rates;
};

/** Both in turn, so that a machine that becomes slower does so for both. */
const inTurn = async <T>(
  measure: (count: number) => Promise<T>,
  few: number,
): Promise<[few: T, many: T][]> => {
  const found: [T, T][] = [];
  for (let round = 0; round < rounds; round++) found.push([await measure(few), await measure(backlog)]);
  return found;
};

export const relayingBacklog = async (servers: Servers): Promise<void> => {
  const client = new Redis({ host: '127.0.0.1', port: servers.redis.port });
  await workOff(servers, client, little);
  const found = await inTurn((count) => workOff(servers, client, count), little);
  client.disconnect();
  const few = found.map(([rates]) => median(rates));
  const parts = {
    [`the first ${whole(part)} of ${whole(backlog)}`]: found.map(([, rates]) => rates[0] ?? Number.NaN),
    [`the last ${whole(part)} of them`]: found.map(([, rates]) => rates.at(-1) ?? Number.NaN),
    'all of them': found.map(([, rates]) => median(rates)),
  };
  print(`\na relay to a Redis list, messages a second; medians of ${rounds} rounds in turn`);
  print(
    table([
      ['', 'sent/s', 'difference'],
      [`all of ${whole(little)}`, whole(median(few)), ''],
      ...Object.entries(parts).map(([name, rates]) => [
        name,
        whole(median(rates)),
        percent(median(rates.map((rate, round) => rate / (few[round] ?? Number.NaN)))),
      ]),
    ]),
  );
};

export const publishingBesideBacklog = async (servers: Servers): Promise<void> => {
  const { perSecond, seconds } = publishing;
  const latencies = async (count: number): Promise<number[]> => {
    await fillOutbox(servers, count, keys);
    return atRate(perSecond, seconds, (number) =>
      publish(servers.database, sampleMessage(`model-${number % keys}`, number)),
    );
  };
  await latencies(0);
  const found = await inTurn(latencies, 0);
  print(
    `\npublishing ${perSecond} messages a second, ms; medians of ${rounds} rounds in turn, no relay runs`,
  );
  print(
    table([
      ['', 'beside none', `beside ${whole(backlog)}`, 'difference'],
      ...[0.5, 0.9, 0.99].map((share) => {
        const few = found.map(([none]) => percentile(none, share));
        const many = found.map(([, full]) => percentile(full, share));
        return [
          `p${share * 100}`,
          ms(median(few)),
          ms(median(many)),
          percent(median(many.map((value, round) => value / (few[round] ?? Number.NaN)))),
        ];
      }),
    ]),
  );
};
