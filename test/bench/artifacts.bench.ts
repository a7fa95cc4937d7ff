/** What an artifact of a gibibyte costs in memory on its way through the service, and how fast it is. */

import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { benchKey } from './bench-key.ts';
import { bodyOf, takeBody } from './byte-rate.ts';
import { closedLoop } from './closed-loop.ts';
import { coresSentence, loadCore, pinThisProcess } from './cores.ts';
import { type GatewayBench, startGatewayBench } from './gateway-service.ts';
import type { Memory } from './memory-watch.ts';
import { runBench } from './run-bench.ts';
import { print, table, title } from './table.ts';

const MiB = 1024 * 1024;
const bytes = Number(process.env.BENCH_MIB ?? 1_024) * MiB;
/** Of whoever is slow, bytes a second. */
const slowly = 64 * MiB;
const fast = Number.POSITIVE_INFINITY;
/** Small calls before: the key is known then, and connections are open. Many would take the memory beforehand. */
const warmSeconds = 0.2;

const headers = { authorization: `Bearer ${benchKey}` };

interface Case {
  way: 'up' | 'down';
  /** Bytes a second. */
  mlflow: number;
  client: number;
  chunked: boolean;
  /** So many at the same time, each of this length. */
  together: number;
}

const speeds = [
  { mlflow: fast, client: fast },
  { mlflow: slowly, client: fast },
  { mlflow: fast, client: slowly },
];
const cases: Case[] = (['up', 'down'] as const).flatMap((way) => [
  ...speeds.flatMap((speed) => [false, true].map((chunked) => ({ way, ...speed, chunked, together: 1 }))),
  { way, mlflow: fast, client: fast, chunked: false, together: 8 },
]);

const pathOf = ({ mlflow, chunked }: Case): string => {
  const query = new URLSearchParams({ bytes: String(bytes), rate: String(mlflow) });
  if (chunked) query.set('chunked', '');
  return `/api/2.0/mlflow-artifacts/artifacts/0/model.bin?${query}`;
};

/** Resolves with the bytes that have arrived at the other end. */
const upload = (port: number, one: Case): Promise<number> =>
  new Promise((resolve, reject) => {
    const length = one.chunked ? {} : { 'content-length': bytes };
    const options = { host: '127.0.0.1', port, method: 'PUT', path: pathOf(one), agent: new Agent() };
    const outgoing = request({ ...options, headers: { ...headers, ...length } }, async (incoming) => {
      resolve(Number(JSON.parse(await text(incoming)).bytes));
    });
    pipeline(bodyOf(bytes, one.client), outgoing).catch(reject);
  });

const download = async (port: number, one: Case): Promise<number> => {
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path: pathOf(one), agent: new Agent(), headers };
    request(options, resolve).on('error', reject).end();
  });
  return takeBody(incoming, one.client);
};

const mebibytes = (value: number): string => (value / MiB).toFixed(0);
const speed = (perSecond: number): string => (perSecond === fast ? 'fast' : `${mebibytes(perSecond)} MiB/s`);

/** In a service of its own: what an earlier one has taken from the system would hide what this one takes. */
const measure = async (bench: GatewayBench, one: Case): Promise<string[]> => {
  const service = await bench.start();
  const { port } = service.ready;
  await closedLoop(
    { path: '/api/2.0/mlflow/runs/get', headers },
    { port, connections: 1, seconds: warmSeconds },
  );
  const before = await service.call<Memory>('watchMemory');
  const begun = performance.now();
  const send = one.way === 'up' ? upload : download;
  const arrived = await Promise.all(Array.from({ length: one.together }, () => send(port, one)));
  const seconds = (performance.now() - begun) / 1_000;
  const { now, most } = await service.call<{ now: Memory; most: Memory }>('seenMemory');
  await service.stop();
  if (arrived.some((length) => length !== bytes)) throw new Error(`of ${bytes} bytes arrived ${arrived}`);
  return [
    one.together > 1 ? `${one.together} x ${one.way}` : one.way,
    speed(one.mlflow),
    speed(one.client),
    one.chunked ? 'chunked' : 'with its length',
    mebibytes(before.rss),
    mebibytes(most.rss),
    mebibytes(now.rss),
    mebibytes(most.rss - before.rss),
    mebibytes(most.heapUsed),
    mebibytes(most.external),
    mebibytes((bytes * one.together) / seconds),
  ];
};

await runBench(async () => {
  pinThisProcess(loadCore);
  const bench = await startGatewayBench();
  print(title(`artifacts: ${mebibytes(bytes)} MiB through the gateway, each in a service of its own`));
  print(
    'memory of the service in MiB, looked at every 10 ms; growth: of the resident one, from before to its most',
  );
  print(`${coresSentence()}; MLflow is with the load`);
  const heading = [
    '',
    'MLflow',
    'client',
    'body',
    'before',
    'most',
    'after',
    'growth',
    'heap',
    'external',
    'MiB/s',
  ];
  const rows: string[][] = [];
  for (const one of cases) rows.push(await measure(bench, one));
  print(table([heading, ...rows], 4));
  await bench.stop();
});
