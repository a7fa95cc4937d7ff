/** Lets the faults of a plan happen, until it is told to stop. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, Victim } from './plan.ts';
import type { Running } from './victim.ts';

export interface Trouble {
  /** Faults that have happened. */
  readonly happened: readonly Fault[];
  /** No further fault; resolves once everything runs again. Rejects when something could not be started. */
  end(): Promise<void>;
}

/** While nothing can be published it happens all the same, after so long; milliseconds. */
const idleMs = 300;

export const makeTrouble = (
  plan: Iterator<Fault, never>,
  victims: Readonly<Record<Victim, Running>>,
  { busy, onFault }: { busy(): Promise<void>; onFault(fault: Fault): void },
): Trouble => {
  const happened: Fault[] = [];
  const stopping = new AbortController();
  const begun = performance.now();
  /** What was done last to each victim: one that comes up slowly is not killed before it has. */
  const last = new Map<Victim, Promise<void>>();

  const happen = async ({ victim, how, lagMs, downMs }: Fault): Promise<void> => {
    const { fall, rise } = victims[victim];
    await Promise.race([busy(), sleep(idleMs)]);
    await sleep(lagMs);
    await fall(how);
    await sleep(downMs);
    await rise(how);
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const { value: fault } = plan.next();
      const early = begun + fault.atMs - performance.now();
      await sleep(early, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      happened.push(fault);
      onFault(fault);
      const after = (last.get(fault.victim) ?? Promise.resolve()).then(() => happen(fault));
      after.catch(() => undefined);
      last.set(fault.victim, after);
    }
  };

  const running = run();
  return {
    happened,
    end: async () => {
      stopping.abort();
      await running;
      await Promise.all(last.values());
    },
  };
};
