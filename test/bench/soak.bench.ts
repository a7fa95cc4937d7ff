/**
 * The service in normal operation, with users all the time: how often does it say that it is healthy, and does any
 * circuit breaker move? The whole synthesized stack runs, with the settings that it is deployed with.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createTraffic } from '../../twin/matrix/traffic.ts';
import { startTwin, type Twin } from '../../twin/twin.ts';
import { percentile } from './percentiles.ts';
import { runBench } from './run-bench.ts';
import { ms, print, title } from './table.ts';

const minutes = Number(process.env.SOAK_MINUTES ?? 2);
/** Least share of the answers of `/health` that say healthy (S2). */
const leastHealthy = 0.99;

interface Soaked {
  /** How often each verdict was given. */
  said: Map<string, number>;
  durations: number[];
  rounds: number;
  roundsThatFailed: number;
  /** Changes of state, by breaker. */
  transitions: Map<string, number>;
  stopped: boolean;
}

const count = (map: Map<string, number>, key: string, more = 1): void => {
  map.set(key, (map.get(key) ?? 0) + more);
};

/** A second: one of each kind of request, and what the service says of itself. */
const second = async (twin: Twin, works: () => Promise<boolean>, soaked: Soaked): Promise<void> => {
  const [fine, { said, durationMs }] = await Promise.all([works(), twin.service.askHealth()]);
  soaked.rounds += 1;
  if (!fine) soaked.roundsThatFailed += 1;
  count(soaked.said, said);
  soaked.durations.push(durationMs);
  for (const { name, dimensions, values } of twin.service.take())
    if (name === 'BreakerTransitions')
      for (const value of values) count(soaked.transitions, dimensions.Dependency ?? '', value);
};

const soak = async (twin: Twin, stopping: AbortSignal): Promise<Soaked> => {
  const key = twin.foundation.trialKey?.key;
  if (key === undefined) throw new Error('The twin has no key that its auth service accepts.');
  const { works } = createTraffic({ url: twin.service.url, key });
  const soaked: Soaked = {
    ...{ said: new Map(), durations: [], rounds: 0, roundsThatFailed: 0 },
    ...{ transitions: new Map(), stopped: false },
  };
  twin.service.take();
  const end = performance.now() + minutes * 60_000;
  while (performance.now() < end && !stopping.aborted) {
    const began = performance.now();
    await second(twin, works, soaked);
    await sleep(Math.max(0, 1_000 - (performance.now() - began)));
  }
  return { ...soaked, stopped: stopping.aborted };
};

const inWords = (map: Map<string, number>): string =>
  [...map].map(([name, times]) => `${name} ${times}`).join(', ') || 'none';

await runBench(async () => {
  if (!(minutes > 0)) throw new RangeError('SOAK_MINUTES must be a number above 0, such as 60.');
  const stopping = new AbortController();
  process.once('SIGTERM', () => stopping.abort()).once('SIGINT', () => stopping.abort());
  const { signal } = stopping;
  const twin = await startTwin({ environment: 'production', progress: () => undefined, signal });
  try {
    while ((await twin.service.askHealth()).said !== 'healthy') await sleep(1_000, undefined, { signal });
    const { said, durations, rounds, roundsThatFailed, transitions, stopped } = await soak(twin, signal);
    const healthy = (said.get('healthy') ?? 0) / rounds;
    const moved = [...transitions.values()].reduce((sum, times) => sum + times, 0);
    print(title(`soak: production, ${minutes} minutes${stopped ? ', stopped early' : ''}`));
    print(`health:    asked ${rounds} times: ${inWords(said)}; ${(healthy * 100).toFixed(2)} % healthy`);
    print(`           p50 ${ms(percentile(durations, 0.5))} ms, p99 ${ms(percentile(durations, 0.99))} ms`);
    print(`breakers:  changes of state: ${inWords(transitions)}`);
    print(
      `requests:  ${rounds} rounds of a read, an unknown key and a registration, ${roundsThatFailed} wrong`,
    );
    if (healthy < leastHealthy || moved > 0 || roundsThatFailed > 0) process.exitCode = 1;
  } finally {
    await twin.stop();
  }
});
