/** What a small call to MLflow costs through the gateway, beside the same call sent to MLflow itself. */
import { benchKey } from './bench-key.ts';
import { type Call, closedLoop } from './closed-loop.ts';
import { coresSentence, loadCore, pinThisProcess } from './cores.ts';
import { startGatewayBench } from './gateway-service.ts';
import { openLoop } from './open-loop.ts';
import { median, percentile, shuffled } from './percentiles.ts';
import { runBench } from './run-bench.ts';
import { ms, print, table, title } from './table.ts';

const rounds = 15;
const seconds = Number(process.env.BENCH_SECONDS ?? 1);
const warmSeconds = 3;
const perSecond = 400;
const patienceMs = 10_000;

const run = '0123456789abcdef0123456789abcdef';
const headers = { authorization: `Bearer ${benchKey}` };
const metric = { run_id: run, key: 'loss', value: 0.25, timestamp: 1_767_225_600_000, step: 1 };

const calls: Record<string, Call> = {
  'POST runs/log-metric': {
    method: 'POST',
    path: '/api/2.0/mlflow/runs/log-metric',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(metric),
  },
  'GET runs/get': { path: `/api/2.0/mlflow/runs/get?run_id=${run}`, headers },
};

type Send = (call: Call, port: number, duration: number) => Promise<number[]>;

const oneByOne =
  (connections: number): Send =>
  (call, port, duration) =>
    closedLoop(call, { port, connections, seconds: duration });

const atRate: Send = async ({ headers: sent, ...call }, port, duration) => {
  const load = { ...call, headers: () => sent, connections: 16, perSecond, patienceMs };
  const samples = await openLoop({ ...load, port, seconds: duration });
  const wrong = samples.find(({ status }) => status !== 200);
  if (wrong) throw new Error(`${call.path} answers ${wrong.label}`);
  return samples.map(({ ms: took }) => took);
};

const paces: Record<string, Send> = {
  '1 connection, one by one': oneByOne(1),
  [`16 connections, ${perSecond}/s`]: atRate,
  '16 connections, all busy': oneByOne(16),
};

interface Seen {
  p50: number;
  p99: number;
  perSecond: number;
}

interface Case {
  names: string[];
  call: Call;
  send: Send;
  /** By round. */
  seen: { direct: Seen; through: Seen }[];
}

const measure = async ({ call, send, seen }: Case, ports: { direct: number; through: number }) => {
  const found = new Map<string, Seen>();
  for (const [way, port] of shuffled(Object.entries(ports))) {
    const took = await send(call, port, seconds);
    const [p50, p99] = [percentile(took, 0.5), percentile(took, 0.99)];
    found.set(way, { p50, p99, perSecond: took.length / seconds });
  }
  const [direct, through] = [found.get('direct'), found.get('through')];
  if (direct && through) seen.push({ direct, through });
};

/** The median over the rounds, of the values and of the differences within each round. */
const row = ({ names, seen }: Case): string[] => {
  const of = (value: (one: Case['seen'][number]) => number) => median(seen.map(value));
  return [
    ...names,
    ms(of(({ direct }) => direct.p50)),
    ms(of(({ through }) => through.p50)),
    ms(of(({ direct, through }) => through.p50 - direct.p50)),
    ms(of(({ direct }) => direct.p99)),
    ms(of(({ through }) => through.p99)),
    ms(of(({ direct, through }) => through.p99 - direct.p99)),
    of(({ direct }) => direct.perSecond).toFixed(0),
    of(({ through }) => through.perSecond).toFixed(0),
  ];
};

await runBench(async () => {
  pinThisProcess(loadCore);
  const bench = await startGatewayBench();
  const service = await bench.start();
  const ports = { direct: bench.upstreams.ready.port, through: service.ready.port };
  const cases = Object.entries(calls).flatMap(([name, call]) =>
    Object.entries(paces).map(([pace, send]): Case => ({ names: [name, pace], call, send, seen: [] })),
  );
  for (const { call, send } of cases)
    for (const port of Object.values(ports)) await send(call, port, warmSeconds);
  const before = await bench.upstreams.call<number>('asked');
  for (let count = 0; count < rounds; count++) for (const one of shuffled(cases)) await measure(one, ports);
  const questions = (await bench.upstreams.call<number>('asked')) - before;

  print(title(`gateway: calls of ${seconds} s in turn, sent to MLflow and through the gateway`));
  print(
    `medians of ${rounds} shuffled rounds in ms; one warm key, about which auth was asked ${questions} x`,
  );
  print(`${coresSentence()}; MLflow is with the load`);
  const heading = [
    'p50: direct',
    'through',
    'added',
    'p99: direct',
    'through',
    'added',
    'direct/s',
    'through/s',
  ];
  print(table([['', '', ...heading], ...cases.map(row)], 2));
  await Promise.all([service.stop(), bench.stop()]);
});
