/**
 * What requests that do not need Redis, MLflow or auth pay while one of them fails. A second service whose
 * dependencies are all well has the same load at the same time: other work on the machine slows both.
 */
import { goodSettings } from '../service/settings.ts';
import { type Child, startChild } from './child.ts';
import { coresSentence, loadCore, pinThisProcess, serverCore } from './cores.ts';
import { type Latencies, latenciesOf, openLoop, type Sample } from './open-loop.ts';
import { median, shuffled } from './percentiles.ts';
import { runBench } from './run-bench.ts';
import type { Fault, Faulty, Ready } from './surroundings.ts';
import { ms, print, table, title } from './table.ts';

const perSecond = 200;
const rounds = 7;
const seconds = Number(process.env.BENCH_SECONDS ?? 3);
const warmSeconds = 5;
const patienceMs = 10_000;

const routes = ['/nothing', '/query'] as const;
const words: Record<Fault, string> = {
  none: 'is well',
  refuse: 'refuses',
  hang: 'hangs',
  slow: 'is 2 s late',
};

/** One state of one dependency. */
interface State {
  dependency: Faulty;
  fault: Fault;
  /** By route and round: the service whose dependency fails, and the other one. */
  seen: Record<(typeof routes)[number], { failing: Latencies; well: Latencies }[]>;
  /** Answers other than 200, of each service. */
  failed: { failing: number; well: number };
}

interface Service {
  surroundings: Child<Ready>;
  child: Child<{ port: number }>;
}

const startServiceWithItsOwn = async (): Promise<Service> => {
  const surroundings = await startChild<Ready>('surroundings.ts', { core: loadCore });
  const env = { ...(await goodSettings()), ...surroundings.ready.env };
  const child = await startChild<{ port: number }>('contenders/breakwater.ts', { core: serverCore, env });
  return { surroundings, child };
};

const load = ({ child }: Service, path: string, duration: number) =>
  openLoop({ port: child.ready.port, path, perSecond, seconds: duration, patienceMs });

const countOthers = (samples: readonly Sample[]): number =>
  samples.filter(({ label }) => label !== '200').length;

const measure = async (state: State, failing: Service, well: Service): Promise<void> => {
  const { dependency, fault, seen } = state;
  await failing.surroundings.call('setFault', { dependency, fault });
  await Promise.all(
    routes.map(async (route) => {
      // Who comes second in each millisecond waits for the first, so chance decides.
      const results = new Map<Service, Sample[]>();
      const ask = async (service: Service) => results.set(service, await load(service, route, seconds));
      await Promise.all(shuffled([failing, well]).map(ask));
      const [bad = [], good = []] = [failing, well].map((service) => results.get(service));
      seen[route].push({ failing: latenciesOf(bad), well: latenciesOf(good) });
      state.failed.failing += countOthers(bad);
      state.failed.well += countOthers(good);
    }),
  );
  await failing.surroundings.call('setFault', { dependency, fault: 'none' });
};

const signed = (value: number): string => `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(2)}`;

/** The median over the rounds, of the values and of the differences within each round. */
const row = ({ dependency, fault, seen, failed }: State): string[] => {
  const cells = routes.flatMap((route) =>
    (['p50', 'p99'] as const).flatMap((share) => [
      ms(median(seen[route].map(({ failing }) => failing[share]))),
      signed(median(seen[route].map(({ failing, well }) => failing[share] - well[share]))),
    ]),
  );
  return [`${dependency} ${words[fault]}`, ...cells, `${failed.failing} / ${failed.well}`];
};

await runBench(async () => {
  pinThisProcess(loadCore);
  const [failing, well] = [await startServiceWithItsOwn(), await startServiceWithItsOwn()];
  const optional: Faulty[] = [
    ...(failing.surroundings.ready.redis ? (['redis'] as const) : []),
    'mlflow',
    'auth',
  ];
  const state = (dependency: Faulty, fault: Fault): State => ({
    dependency,
    fault,
    seen: { '/nothing': [], '/query': [] },
    failed: { failing: 0, well: 0 },
  });
  const faults: Fault[] = ['refuse', 'hang', 'slow'];
  const states = [
    state('mlflow', 'none'),
    ...optional.flatMap((dependency) => faults.map((fault) => state(dependency, fault))),
  ];
  for (const service of [failing, well])
    await Promise.all(routes.map((route) => load(service, route, warmSeconds)));
  for (let count = 0; count < rounds; count++)
    for (const one of shuffled(states)) await measure(one, failing, well);

  print(
    title(`optional: ${perSecond} requests/s on each of two routes, ${seconds} s from the moment it fails`),
  );
  print(
    `medians of ${rounds} shuffled rounds in ms; added: to a service beside it whose dependencies are well`,
  );
  print(coresSentence());
  print(
    table([
      [
        '',
        `${routes[0]} p50`,
        'added',
        'p99',
        'added',
        `${routes[1]} p50`,
        'added',
        'p99',
        'added',
        'failed',
      ],
      ...states.map(row),
    ]),
  );
  await Promise.all(
    [failing, well].flatMap(({ child, surroundings }) => [child.stop(), surroundings.stop()]),
  );
});
