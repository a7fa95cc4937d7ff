/** What a warm key costs at the auth service, and what its holder sees while that service is away. */
import { setTimeout as sleep } from 'node:timers/promises';
import { benchKey } from './bench-key.ts';
import { coresSentence, loadCore, pinThisProcess } from './cores.ts';
import { type GatewayBench, type Service, startGatewayBench } from './gateway-service.ts';
import type { AuthState } from './gateway-upstreams.ts';
import { countLabels, labelsText, latenciesOf, openLoop, type Sample } from './open-loop.ts';
import { runBench } from './run-bench.ts';
import { ms, print, table, title } from './table.ts';

const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const perSecond = 50;
const patienceMs = 10_000;
const path = '/api/2.0/mlflow/runs/get';

/** Seconds. The outage is shorter than the life that a key has left at its beginning, which is the second at least. */
const life = { AUTH_CACHE_TTL: '2', AUTH_CACHE_OUTAGE_TTL: '10' };
const away = { from: 5, seconds: 8, after: 12 };

const keyHeaders = (key: string) => ({ authorization: `Bearer ${key}` });

const countQuestions = async (bench: GatewayBench): Promise<string[][]> => {
  const service = await bench.start();
  const { port } = service.ready;
  const during = async (work: () => Promise<Sample[]>): Promise<string[]> => {
    const before = await bench.upstreams.call<number>('asked');
    const samples = await work();
    const questions = (await bench.upstreams.call<number>('asked')) - before;
    return [String(samples.length), labelsText(samples), String(questions)];
  };
  const ask = (key: string, rate: number, seconds: number) =>
    openLoop({ port, path, headers: () => keyHeaders(key), perSecond: rate, seconds, patienceMs });
  const rows = [
    ['its first request', ...(await during(() => ask(benchKey, 1, 1)))],
    ['while it is warm', ...(await during(() => ask(benchKey, 200, 10)))],
    ['another one, 100 requests at once', ...(await during(() => ask(`${benchKey}-2`, 100_000, 0.001)))],
  ];
  await service.stop();
  return rows;
};

/** Milliseconds since the load began. */
const phases = [
  { name: 'well', from: 0, until: away.from * 1_000 },
  { name: 'away', from: away.from * 1_000, until: (away.from + away.seconds) * 1_000 },
  { name: 'back', from: (away.from + away.seconds) * 1_000, until: Number.POSITIVE_INFINITY },
];

/** The holder's requests, while the auth service goes away and comes back. */
const sufferOutage = async (bench: GatewayBench, service: Service, state: AuthState): Promise<Sample[]> => {
  const { port } = service.ready;
  const seconds = away.from + away.seconds + away.after;
  const load = { port, path, headers: () => keyHeaders(benchKey), perSecond, seconds, patienceMs };
  const happen = async () => {
    await sleep(away.from * 1_000);
    await bench.upstreams.call('setAuth', state);
    await sleep(away.seconds * 1_000);
    await bench.upstreams.call('setAuth', 'well');
  };
  const [samples] = await Promise.all([openLoop(load), happen()]);
  return samples;
};

const outageRows = (state: AuthState, samples: readonly Sample[]): string[][] =>
  phases.map(({ name, from, until }) => {
    const inIt = samples.filter(({ at }) => at >= from && at < until);
    const errors = inIt.filter(({ label }) => label !== '200');
    const { p50, p99, max } = latenciesOf(inIt);
    const kinds = [...countLabels(errors)].map(([label, count]) => `${label} x${count}`).join(', ');
    const times = errors.map(({ at }) => ((at - from) / 1_000).toFixed(1));
    const when = errors.length > 0 ? `after ${times.at(0)} to ${times.at(-1)} s` : '';
    return [state, name, String(inIt.length), String(errors.length), ms(p50), ms(p99), ms(max), kinds, when];
  });

await runBench(async () => {
  pinThisProcess(loadCore);
  const bench = await startGatewayBench();
  print(title('auth-cache: questions to the auth service for requests through the gateway'));
  print(coresSentence());
  const questions = await countQuestions(bench);
  print(table([['a key', 'requests', 'answers', 'questions'], ...questions], 1));

  const rows: string[][] = [];
  for (const state of ['stopped', 'hung'] as const) {
    const samples: Sample[] = [];
    for (let round = 0; round < rounds; round++) {
      // A new one each time: its circuit breaker knows of no outage yet.
      const service = await bench.start(life);
      samples.push(...(await sufferOutage(bench, service, state)));
      await service.stop();
    }
    rows.push(...outageRows(state, samples));
  }
  print(
    `\na holder sends ${perSecond} requests/s, auth is away for ${away.seconds} s, ${rounds} times; ` +
      `a key lives ${life.AUTH_CACHE_TTL} s, and ${life.AUTH_CACHE_OUTAGE_TTL} s more in an outage`,
  );
  const heading = ['auth', 'while it is', 'requests', 'errors', 'p50 ms', 'p99 ms', 'max ms', '', ''];
  print(table([heading, ...rows], 2));
  await bench.stop();
});
