/** What a health request costs, while all dependencies are well and while all of them hang. */
import { goodSettings } from '../service/settings.ts';
import { type Child, startChild } from './child.ts';
import { coresSentence, loadCore, pinThisProcess, serverCore } from './cores.ts';
import { labelsText, noAnswer, openLoop, type Sample } from './open-loop.ts';
import { percentile } from './percentiles.ts';
import { runBench } from './run-bench.ts';
import type { Faulty, Ready } from './surroundings.ts';
import { ms, print, table, title } from './table.ts';

const perSecond = 500;
const seconds = Number(process.env.BENCH_SECONDS ?? 4);
/** Load on each server right before it is measured: code is compiled then, and connections are open. */
const warmSeconds = 5;
const patienceMs = 5_000;

const paths = [
  '/live',
  '/health/alb',
  '/ready',
  '/health',
  '/health/detailed',
  '/health?detailed=true',
  '/health/history',
  '/health/mlflow',
  '/api/health/mlflow',
  '/version',
  '/metrics',
];

/** Paths that show the past. */
const keepers = ['/health/detailed', '/health/history'];

type Server = { name: string; paths: string[]; child: Child<{ port: number }> };

/** A percentile that fell on a request without an answer has no number. */
const cell = (samples: Sample[], share: number): string => {
  const value = percentile(
    samples.map(({ label, ms: took }) => (label === noAnswer ? Number.POSITIVE_INFINITY : took)),
    share,
  );
  return Number.isFinite(value) ? ms(value) : `>${patienceMs}`;
};

const load = (port: number, path: string, duration: number): Promise<Sample[]> =>
  openLoop({ port, path, perSecond, seconds: duration, patienceMs });

const measure = async (heading: string, servers: Server[], warm: number): Promise<void> => {
  const rows = [['server', 'path', 'answers', 'p50 ms', 'p99 ms', 'max ms']];
  for (const { name, paths: asked, child } of servers) {
    for (const path of asked) await load(child.ready.port, path, warm / asked.length);
    for (const path of asked) {
      const samples = await load(child.ready.port, path, seconds);
      const columns = [0.5, 0.99, 1].map((share) => cell(samples, share));
      rows.push([name, path, labelsText(samples), ...columns]);
    }
  }
  print(`\n${heading}\n${table(rows, 3)}`);
};

await runBench(async () => {
  pinThisProcess(loadCore);
  const surroundings = await startChild<Ready>('surroundings.ts', { core: loadCore });
  const { env, redis } = surroundings.ready;
  const start = async (program: string, name: string, asked: string[]): Promise<Server> => {
    const settings = { ...(await goodSettings()), ...env, LOG_LEVEL: 'info' };
    const child = await startChild<{ port: number }>(program, { core: serverCore, env: settings });
    return { name, paths: asked, child };
  };
  const servers = [
    await start('contenders/breakwater.ts', 'breakwater', paths),
    await start('contenders/breakwater-long-history.ts', 'breakwater, full history', keepers),
    await start('contenders/godaddy-terminus.ts', '@godaddy/terminus 4.12', ['/health']),
    await start('contenders/nestjs-terminus.ts', '@nestjs/terminus 12.1', ['/health']),
  ];

  print(title(`health: ${perSecond} requests/s for ${seconds} s on each path, fixed arrival rate`));
  print(coresSentence());
  print(`dependencies: PostgreSQL, MLflow, auth${redis ? ', and Redis for breakwater' : ''}`);
  await measure('all dependencies are well', servers, warmSeconds);

  for (const dependency of ['postgres', 'redis', 'mlflow', 'auth'] satisfies Faulty[])
    await surroundings.call('setFault', { dependency, fault: 'hang' });
  await measure('every dependency hangs', servers, 0);

  await Promise.all([...servers.map(({ child }) => child.stop()), surroundings.stop()]);
});
