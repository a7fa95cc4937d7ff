/**
 * Two services, each with dependencies of its own. One's dependencies fail, the other's are well, and both have the
 * same load at the same time: other work on the machine slows both.
 */
import { goodSettings } from '../service/settings.ts';
import { type Child, startChild } from './child.ts';
import { loadCore, serverCore } from './cores.ts';
import { shuffled } from './percentiles.ts';
import type { Ready } from './surroundings.ts';

export interface Service {
  surroundings: Child<Ready>;
  child: Child<{ port: number }>;
}

export interface Pair<T> {
  failing: T;
  well: T;
}

const start = async (): Promise<Service> => {
  const surroundings = await startChild<Ready>('surroundings.ts', { core: loadCore });
  const env = { ...(await goodSettings()), ...surroundings.ready.env };
  const child = await startChild<{ port: number }>('contenders/breakwater.ts', { core: serverCore, env });
  return { surroundings, child };
};

export const startTwoServices = async (): Promise<Pair<Service>> => ({
  failing: await start(),
  well: await start(),
});

export const stopTwoServices = async ({ failing, well }: Pair<Service>): Promise<void> => {
  await Promise.all(
    [failing, well].flatMap(({ child, surroundings }) => [child.stop(), surroundings.stop()]),
  );
};

/** Does the same with both at once. Who comes second in each millisecond waits for the first, so chance decides. */
export const withBoth = async <T>(
  { failing, well }: Pair<Service>,
  work: (service: Service) => Promise<T>,
): Promise<Pair<T>> => {
  const running = new Map(shuffled([failing, well]).map((service) => [service, work(service)]));
  const [bad, good] = await Promise.all([running.get(failing), running.get(well)]);
  return { failing: bad as T, well: good as T };
};

/** A difference of milliseconds. */
export const signed = (value: number): string => `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(2)}`;
