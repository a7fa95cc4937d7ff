/**
 * What requests that need none of them pay while Redis, MLflow and auth are black-holed at once, and clients go on
 * calling MLflow, with a key that is known and with keys that are not: their requests hang in the service.
 */
import { benchKey } from './bench-key.ts';
import { coresSentence, loadCore, pinThisProcess } from './cores.ts';
import { labelsText, latenciesOf, openLoop, type Sample } from './open-loop.ts';
import { largest, median } from './percentiles.ts';
import { runBench } from './run-bench.ts';
import type { Faulty } from './surroundings.ts';
import { ms, print, table, title } from './table.ts';
import {
  type Pair,
  type Service,
  signed,
  startTwoServices,
  stopTwoServices,
  withBoth,
} from './two-services.ts';

const perSecond = 100;
const callsPerSecond = 20;
const warmSeconds = 10;
/** Long enough that requests which hang come to their limits, and circuit breakers open. */
const seconds = Number(process.env.BENCH_SECONDS ?? 60);
const windowMs = 5_000;
/** Longer than MLFLOW_PROXY_TIMEOUT. */
const patienceMs = 40_000;

const routes = ['/live', '/health', '/query'] as const;

let strangers = 0;
const keyOf: Record<string, () => string> = {
  'known key': () => benchKey,
  'a new key each time': () => `hk_stranger_${++strangers}`,
};
const called = '/api/2.0/mlflow/experiments/search?max_results=1';

interface Seen {
  measured: Record<string, Pair<Sample[]>>;
  calls: Record<string, Pair<Sample[]>>;
}

const named = async <T>(names: readonly string[], work: (name: string) => Promise<T>) =>
  Object.fromEntries(await Promise.all(names.map(async (name) => [name, await work(name)] as const)));

const load = async (services: Pair<Service>, duration: number): Promise<Seen> => {
  const ask = (path: string, rate: number, key?: () => string) =>
    withBoth(services, ({ child: { ready } }) => {
      const headers = (): Record<string, string> => (key ? { authorization: `Bearer ${key()}` } : {});
      return openLoop({ port: ready.port, path, headers, perSecond: rate, seconds: duration, patienceMs });
    });
  const [measured, calls] = await Promise.all([
    named(routes, (route) => ask(route, perSecond)),
    named(Object.keys(keyOf), (name) => ask(called, callsPerSecond, keyOf[name])),
  ]);
  return { measured, calls };
};

const windowsOf = (samples: readonly Sample[]): Sample[][] => {
  const windows: Sample[][] = [];
  for (const sample of samples) {
    const index = Math.floor(sample.at / windowMs);
    windows[index] = [...(windows[index] ?? []), sample];
  }
  return windows;
};

/** The median over the windows, of the values and of the differences within each window. */
const row = (state: string, route: string, { failing, well }: Pair<Sample[]>): string[] => {
  const wells = windowsOf(well).map(latenciesOf);
  const both = windowsOf(failing).map((samples, index) => ({
    bad: latenciesOf(samples),
    good: wells[index] ?? latenciesOf([]),
  }));
  const cells = (['p50', 'p99'] as const).flatMap((share) => [
    ms(median(both.map(({ good }) => good[share]))),
    ms(median(both.map(({ bad }) => bad[share]))),
    signed(median(both.map(({ bad, good }) => bad[share] - good[share]))),
  ]);
  const most = [well, failing].map((samples) => ms(latenciesOf(samples).max));
  return [route, state, ...cells, ...most, labelsText(failing)];
};

/** Most requests that were under way at the same time. */
const together = (samples: readonly Sample[]): number => {
  const ends = samples.flatMap(({ at, ms: took }) => [
    { at, change: 1 },
    { at: at + took, change: -1 },
  ]);
  let now = 0;
  return largest(ends.sort((a, b) => a.at - b.at).map(({ change }) => (now += change)));
};

await runBench(async () => {
  pinThisProcess(loadCore);
  const services = await startTwoServices();
  await load(services, warmSeconds);
  const allWell = await load(services, seconds / 2);
  const { surroundings } = services.failing;
  const faulty: Faulty[] = ['redis', 'mlflow', 'auth'];
  for (const dependency of faulty) await surroundings.call('setFault', { dependency, fault: 'hang' });
  const blackHoled = await load(services, seconds);

  const names = surroundings.ready.redis ? faulty : faulty.slice(1);
  print(title(`black-hole: ${names.join(', ')} at once, ${seconds} s from that moment`));
  print(`${perSecond} requests/s on each route, and ${callsPerSecond}/s to MLflow with each kind of key`);
  print(`medians of windows of ${windowMs / 1_000} s in ms; added: to a service whose dependencies are well`);
  print(coresSentence());
  const heading = [
    'p50: well',
    'this',
    'added',
    'p99: well',
    'this',
    'added',
    'max: well',
    'this',
    'answers',
  ];
  const states = { 'all are well': allWell, 'all three are black-holed': blackHoled };
  const rows = routes.flatMap((route) =>
    Object.entries(states).flatMap(([state, { measured }]) => {
      const pair = measured[route];
      return pair ? [row(state, route, pair)] : [];
    }),
  );
  print(table([['', '', ...heading], ...rows], 2));
  print('\nwhat became of the calls to MLflow');
  const calls = Object.entries(states).flatMap(([state, seen]) =>
    Object.entries(seen.calls).map(([key, { failing }]) => {
      const { p50, max } = latenciesOf(failing);
      return [key, state, ms(p50), ms(max), String(together(failing)), labelsText(failing)];
    }),
  );
  print(table([['', '', 'p50 ms', 'max ms', 'most under way', 'answers'], ...calls], 2));
  await stopTwoServices(services);
});
