/**
 * What a call through a circuit breaker costs, beside a hand-written floor, cockatiel and opossum.
 * Fifteen rounds in shuffled order, median nanoseconds per call.
 */
import { ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel';
import Opossum from 'opossum';
import { Breaker, defaultBreakerPolicy } from '../../core/resilience/index.ts';
import { median, shuffled } from './percentiles.ts';
import { runBench } from './run-bench.ts';
import { print, table, title } from './table.ts';

const rounds = 15;
const calls = 100_000;
const rejections = 20_000;

type Call = () => Promise<unknown>;
type Contender = { name: string; closed: Call; open: Call };

const work = async (): Promise<number> => 1;
const broken = (): Promise<never> => Promise.reject(new Error('away'));

/** The least that a breaker can do: count failures in a row, and a state. */
const floor = (): Contender => {
  const make = () => {
    let failures = 0;
    const state = { open: false };
    const run = async (call: () => Promise<unknown>) => {
      if (state.open) throw new Error('open');
      try {
        const value = await call();
        failures = 0;
        return value;
      } catch (error) {
        failures += 1;
        if (failures >= 5) state.open = true;
        throw error;
      }
    };
    return { run, state };
  };
  const [closed, open] = [make(), make()];
  open.state.open = true;
  return { name: 'hand-written floor', closed: () => closed.run(work), open: () => open.run(work) };
};

const ours = (): Contender => {
  const make = () => new Breaker({ name: 'bench', policy: defaultBreakerPolicy });
  const [closed, open] = [make(), make()];
  open.holdOpen('bench', 'bench');
  return { name: 'breakwater', closed: () => closed.run(work), open: () => open.run(work) };
};

const withCockatiel = async (): Promise<Contender> => {
  const make = () =>
    circuitBreaker(handleAll, { halfOpenAfter: 3_600_000, breaker: new ConsecutiveBreaker(5) });
  const [closed, open] = [make(), make()];
  for (let i = 0; i < 5; i++) await open.execute(broken).catch(() => undefined);
  return { name: 'cockatiel 4.0.0', closed: () => closed.execute(work), open: () => open.execute(work) };
};

const withOpossum = (): Contender => {
  const make = () => new Opossum(work, { timeout: false, resetTimeout: 3_600_000 });
  const [closed, open] = [make(), make()];
  open.open();
  return { name: 'opossum 10.0.0', closed: () => closed.fire(), open: () => open.fire() };
};

const nanoseconds = async (call: Call, times: number): Promise<number> => {
  const begin = process.hrtime.bigint();
  for (let i = 0; i < times; i++) await call().catch(() => undefined);
  return Number(process.hrtime.bigint() - begin) / times;
};

const closedNanoseconds = async (call: Call, times: number): Promise<number> => {
  const begin = process.hrtime.bigint();
  for (let i = 0; i < times; i++) await call();
  return Number(process.hrtime.bigint() - begin) / times;
};

await runBench(async () => {
  const contenders = [floor(), ours(), await withCockatiel(), withOpossum()];
  const closed = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
  const open = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const contender of shuffled(contenders)) {
      const closedNs = await closedNanoseconds(contender.closed, calls);
      const openNs = await nanoseconds(contender.open, rejections);
      // The first round only warms up.
      if (round < 0) continue;
      closed.get(contender.name)?.push(closedNs);
      open.get(contender.name)?.push(openNs);
    }
  }
  const of = (map: Map<string, number[]>, name: string) => median(map.get(name) ?? []);
  const own = { closed: of(closed, 'breakwater'), open: of(open, 'breakwater') };
  const least = of(closed, 'hand-written floor');
  print(title(`breaker: nanoseconds for one call, median of ${rounds} shuffled rounds`));
  const rows = contenders.map(({ name }) => {
    const [closedNs, openNs] = [of(closed, name), of(open, name)];
    const relative = (openNs / own.open).toFixed(1);
    return [name, closedNs.toFixed(0), (closedNs - least).toFixed(0), openNs.toFixed(0), relative];
  });
  print(table([['', 'closed', 'over the floor', 'rejection', 'rejection, ours = 1'], ...rows]));
});
