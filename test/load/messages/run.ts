/** The kill test of the message queue: publishes events while everything is killed, and says what became of them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createCleanups } from '../../../twin/stopping.ts';
import { seeded } from '../random.ts';
import { type Account, takeAccount } from './account.ts';
import { connectTo, NotDrained, runsInLists, untilDrained } from './drained.ts';
import { planEvents } from './events.ts';
import type { ChaosOptions } from './options.ts';
import { type Fault, faults } from './plan.ts';
import { createPublisher, type Published } from './publisher.ts';
import { startScene } from './scene.ts';
import { makeTrouble } from './trouble.ts';

export interface Outcome extends Account, Omit<Published, 'acknowledged'> {
  faults: readonly Fault[];
  seconds: number;
  /** Why the run did not come to its end; undefined when it did. */
  unfinished?: string;
  /** What ended by itself. */
  crashes: readonly string[];
}

/** Time over which the events are published, milliseconds: 12 for each, in these bounds. */
const publishing = { each: 12, least: 20_000, most: 120_000 };

/** Publishing, which waits out each outage, may take so much longer. */
const outagesMs = 90_000;

/** Faults go on while what was published last is delivered, milliseconds. */
const afterwardsMs = 5_000;

/** Time in which everything must be delivered once all runs, milliseconds. */
const drainMs = 90_000;

/**
 * 1 when something was lost, and only then. 2: the run did not come to its end, and of the rest nothing is known. 3: nothing
 * was lost, but another promise was broken, or a process ended by itself.
 */
export const statusOf = ({ lost, disorder, twice, unfinished, crashes }: Outcome): 0 | 1 | 2 | 3 => {
  if (lost > 0) return 1;
  if (unfinished !== undefined) return 2;
  return disorder + twice + crashes.length > 0 ? 3 : 0;
};

export const run = async (
  { events: count, seed, keys, logs }: ChaosOptions,
  on: { begun(): void; fault(fault: Fault): void; said(text: string): void },
  stop: AbortSignal,
): Promise<Outcome> => {
  const cleanups = createCleanups((error) => on.said(`not cleaned up: ${error}`));
  const begun = performance.now();
  try {
    // One seed for each, so that how often a publisher asks changes no fault.
    const events = planEvents(count, keys, seeded(seed));
    const plan = faults(seeded(seed + 1));
    const scene = await startScene(cleanups, logs);
    const spreadMs = Math.min(publishing.most, Math.max(publishing.least, count * publishing.each));
    const late = AbortSignal.timeout(spreadMs + outagesMs);
    const publisher = createPublisher({
      services: scene.services,
      apiKey: scene.apiKey,
      random: seeded(seed + 2),
      paceMs: spreadMs / count,
      signal: AbortSignal.any([stop, late]),
    });
    cleanups.add(() => publisher.close());
    on.begun();

    const trouble = makeTrouble(plan, scene.victims, {
      busy: publisher.acknowledged,
      onFault: on.fault,
    });
    let unfinished: string | undefined;
    try {
      await publisher.publishAll(events);
      await sleep(afterwardsMs, undefined, { signal: stop });
    } catch (error) {
      if (stop.aborted) throw error;
      unfinished = late.aborted ? 'not all events could be published in time' : String(error);
    }
    await trouble.end();
    on.said(`published after ${((performance.now() - begun) / 1_000).toFixed(0)} s; no more faults`);
    const client = await connectTo(scene.databaseUrl);
    cleanups.add(() => client.end());
    try {
      await untilDrained(client, scene, drainMs, stop);
    } catch (error) {
      if (!(error instanceof NotDrained)) throw error;
      unfinished ??= error.message;
    }
    const { acknowledged, unanswered, replayed } = publisher.published;
    return {
      ...(await takeAccount(client, events, acknowledged, await runsInLists(scene))),
      unanswered,
      replayed,
      faults: trouble.happened,
      seconds: Math.round((performance.now() - begun) / 1_000),
      ...(unfinished === undefined ? {} : { unfinished }),
      crashes: Object.values(scene.victims).flatMap(({ crashes }) => crashes),
    };
  } finally {
    await cleanups.run();
  }
};
