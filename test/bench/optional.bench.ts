/**
 * What requests that do not need Redis, MLflow or auth pay while one of them fails. A second service whose
 * dependencies are all well has the same load at the same time: other work on the machine slows both.
 */
import { coresSentence, loadCore, pinThisProcess } from './cores.ts';
import { type Latencies, latenciesOf, openLoop, type Sample } from './open-loop.ts';
import { median, shuffled } from './percentiles.ts';
import { runBench } from './run-bench.ts';
import type { Fault, Faulty } from './surroundings.ts';
import { ms, print, table, title } from './table.ts';
import {
  type Pair,
  type Service,
  signed,
  startTwoServices,
  stopTwoServices,
  withBoth,
} from './two-services.ts';

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
  seen: Record<(typeof routes)[number], Pair<Latencies>[]>;
  /** Answers other than 200, of each service. */
  failed: Pair<number>;
}

const load = ({ child }: Service, path: string, duration: number) =>
  openLoop({ port: child.ready.port, path, perSecond, seconds: duration, patienceMs });

const countOthers = (samples: readonly Sample[]): number =>
  samples.filter(({ label }) => label !== '200').length;

const measure = async (state: State, services: Pair<Service>): Promise<void> => {
  const { dependency, fault, seen } = state;
  const { surroundings } = services.failing;
  await surroundings.call('setFault', { dependency, fault });
  await Promise.all(
    routes.map(async (route) => {
      const { failing, well } = await withBoth(services, (service) => load(service, route, seconds));
      seen[route].push({ failing: latenciesOf(failing), well: latenciesOf(well) });
      state.failed.failing += countOthers(failing);
      state.failed.well += countOthers(well);
    }),
  );
  await surroundings.call('setFault', { dependency, fault: 'none' });
};

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
  const services = await startTwoServices();
  const { failing, well } = services;
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
    for (const one of shuffled(states)) await measure(one, services);

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
  await stopTwoServices(services);
});
