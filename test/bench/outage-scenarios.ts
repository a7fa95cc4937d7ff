/** How PostgreSQL goes away in the middle of the load, and comes back. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from './child.ts';
import type { Ready } from './surroundings.ts';

export interface Scenario {
  name: string;
  awayMs: number;
  /** Whether the servers reach PostgreSQL through the proxy that can be frozen. */
  proxied: boolean;
  leave(surroundings: Child<Ready>): Promise<unknown>;
  /** Resolves when PostgreSQL accepts connections. */
  comeBack(surroundings: Child<Ready>): Promise<unknown>;
  /** How long `comeBack` takes, milliseconds. */
  comeBackMs(surroundings: Child<Ready>): Promise<number>;
}

const timeOfRestart = async (surroundings: Child<Ready>): Promise<number> => {
  await surroundings.call('stopPostgres');
  const begin = performance.now();
  await surroundings.call('startPostgres');
  return performance.now() - begin;
};

const restart = (awayMs: number): Scenario => ({
  name: `PostgreSQL crashes and is away for ${awayMs / 1_000} s`,
  awayMs,
  proxied: false,
  leave: (surroundings) => surroundings.call('stopPostgres'),
  comeBack: (surroundings) => surroundings.call('startPostgres'),
  comeBackMs: timeOfRestart,
});

const blackHole: Scenario = {
  name: 'PostgreSQL is black-holed for 10 s; what was open stays dead',
  awayMs: 10_000,
  proxied: true,
  leave: (surroundings) => surroundings.call('setFault', { dependency: 'postgres', fault: 'hang' }),
  comeBack: (surroundings) => surroundings.call('setFault', { dependency: 'postgres', fault: 'none' }),
  comeBackMs: async () => 0,
};

export const scenarios: readonly Scenario[] = [restart(1_500), restart(10_000), blackHole];

export interface Away {
  /** When it was told to go, milliseconds since the load began. */
  from: number;
  /** When it accepted connections again. */
  until: number;
}

/** Lets it happen; the time away is that until it accepts again, however long its start takes. */
export const happen = async (
  scenario: Scenario,
  surroundings: Child<Ready>,
  { begin, afterMs, comeBackMs }: { begin: number; afterMs: number; comeBackMs: number },
): Promise<Away> => {
  const since = () => performance.now() - begin;
  await sleep(afterMs - since());
  const from = since();
  await scenario.leave(surroundings);
  await sleep(Math.max(0, from + scenario.awayMs - comeBackMs - since()));
  await scenario.comeBack(surroundings);
  return { from, until: since() };
};
