/** What requests see while PostgreSQL restarts or vanishes under load: the service, and a pool of the driver. */
import { setTimeout as sleep } from 'node:timers/promises';
import { goodSettings } from '../service/settings.ts';
import { type Child, startChild } from './child.ts';
import { coresSentence, loadCore, pinThisProcess, serverCore } from './cores.ts';
import { openLoop, type Sample } from './open-loop.ts';
import { watchFootprint } from './outage-footprint.ts';
import { happen, type Scenario, scenarios } from './outage-scenarios.ts';
import { type Outcome, outageTable } from './outage-table.ts';
import { watchHealth } from './outage-watch.ts';
import { runBench } from './run-bench.ts';
import type { Ready } from './surroundings.ts';
import { print, title } from './table.ts';

const perSecond = 200;
const seconds = Number(process.env.BENCH_SECONDS ?? 40);
/** Part of the run before PostgreSQL goes. */
const before = 0.25;
/** How long before that the pools are filled, milliseconds. */
const fillAheadMs = 1_000;
const warmSeconds = 3;
/** Half of what a load balancer waits; who waits longer has no answer. */
const patienceMs = 30_000;

type Contender = Child<{ port: number }>;

/** The cause code of the service, or the driver's first word. */
const label = (status: number, body: string): string => {
  if (status === 200) return '200';
  const cause = /cannot be used now \((\w+)\)/.exec(body)?.[1];
  return cause ?? `${status} ${body.split(/\s/, 1)[0]}`;
};

const load = ({ ready }: Contender, duration: number): Promise<Sample[]> =>
  openLoop({ port: ready.port, path: '/query', perSecond, seconds: duration, patienceMs, label });

/** Requests at once, more than a pool has connections. */
const burst = 50;

/** Opens every connection of the pool: how many hang must not be chance. */
const fillPool = async ({ ready }: Contender): Promise<void> => {
  const ask = async () => (await fetch(`http://127.0.0.1:${ready.port}/query`)).text();
  await Promise.all(Array.from({ length: burst }, ask));
};

const startContender = async (program: string, { ready }: Child<Ready>, proxied: boolean) => {
  const direct: Record<string, string> = proxied ? {} : { DATABASE_PORT: String(ready.postgresPort) };
  const env = { ...(await goodSettings()), ...ready.env, ...direct };
  return startChild<{ port: number }>(program, { core: serverCore, env });
};

const run = async (scenario: Scenario, surroundings: Child<Ready>): Promise<void> => {
  const comeBackMs = await scenario.comeBackMs(surroundings);
  const service = await startContender('contenders/breakwater.ts', surroundings, scenario.proxied);
  const bare = await startContender('contenders/bare-pg.ts', surroundings, scenario.proxied);
  const both = [service, bare] as const;
  await Promise.all(both.map((contender) => load(contender, warmSeconds)));
  await sleep(1_000);
  const ready = await fetch(`http://127.0.0.1:${service.ready.port}/ready`);
  if (ready.status !== 200) throw new Error(`/ready answers ${ready.status}: ${await ready.text()}`);

  const watches = await Promise.all(both.map(watchFootprint));
  const health = watchHealth(service.ready.port, seconds);
  const begin = performance.now();
  const loads = both.map((contender) => load(contender, seconds));
  const afterMs = seconds * before * 1_000;
  await sleep(afterMs - fillAheadMs);
  await Promise.all(both.map(fillPool));
  const timing = { begin, afterMs, comeBackMs };
  const away = await happen(scenario, surroundings, timing);
  const [ours = [], theirs = []] = await Promise.all(loads);
  const seen = await health.end(away);
  const [ourFootprint, theirFootprint] = await Promise.all(watches.map((watch) => watch.end()));
  if (!ourFootprint || !theirFootprint) throw new Error('a server was not followed');

  const outcomes: Outcome[] = [
    { name: 'breakwater', samples: ours, footprint: ourFootprint, seen },
    { name: 'bare pg pool', samples: theirs, footprint: theirFootprint },
  ];
  const awaySeconds = ((away.until - away.from) / 1_000).toFixed(2);
  print(`\n${scenario.name} (measured: ${awaySeconds} s)\n${outageTable(outcomes)}`);
  await Promise.all(both.map((contender) => contender.stop()));
};

await runBench(async () => {
  pinThisProcess(loadCore);
  const surroundings = await startChild<Ready>('surroundings.ts', { core: loadCore });
  print(title(`outage: ${perSecond} queries/s for ${seconds} s on each server at the same time`));
  print(`PostgreSQL goes after ${seconds * before} s, when both pools are full`);
  print(coresSentence());
  for (const scenario of scenarios) await run(scenario, surroundings);
  await surroundings.stop();
});
