/**
 * A client that publishes through the service and is sure of nothing but an answer 200: without one it asks again, with
 * the same Idempotency-Key, at the other process of the service.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { between, type Random } from '../random.ts';
import { bodyOf, type PlannedEvent, runOf } from './events.ts';

export interface PublisherOptions {
  services: readonly string[];
  apiKey: string;
  random: Random;
  /** Time from one event to the next, milliseconds. */
  paceMs: number;
  signal: AbortSignal;
}

export interface Published {
  /** Events that were acknowledged with a 200, by their runs. */
  acknowledged: ReadonlySet<string>;
  /** Requests that had no such answer. */
  unanswered: number;
  /** Answers that told of an earlier request with this key. */
  replayed: number;
}

/** The service refuses what it must take: no other attempt would help. */
export class NotPublished extends Error {}

const attemptMs = 10_000;
/** Bounds of the pause before another attempt, milliseconds. */
const pause = { least: 20, most: 300 };
/** Connections to each process of the service. */
const connections = 16;

export const createPublisher = ({ services, apiKey, random, paceMs, signal }: PublisherOptions) => {
  const acknowledged = new Set<string>();
  const published = { acknowledged, unanswered: 0, replayed: 0 } satisfies Published;
  const agent = new Agent({ connections, headersTimeout: attemptMs, bodyTimeout: attemptMs });
  const waiting: (() => void)[] = [];
  let turn = 0;

  const attempt = async (event: PlannedEvent): Promise<boolean> => {
    const service = services[turn++ % services.length];
    const { statusCode, headers, body } = await request(
      `${service}/api/models/tokenized-registration-events`,
      {
        method: 'POST',
        dispatcher: agent,
        signal: AbortSignal.any([signal, AbortSignal.timeout(attemptMs)]),
        headers: {
          authorization: `Bearer ${apiKey}`,
          'content-type': 'application/json',
          'idempotency-key': runOf(event),
        },
        body: bodyOf(event),
      },
    );
    const text = await body.text();
    if (statusCode === 200) {
      if (headers['idempotency-replayed'] === 'true') published.replayed += 1;
      return true;
    }
    if (statusCode < 500 && statusCode !== 409)
      throw new NotPublished(`${runOf(event)} is refused: ${statusCode} ${text.slice(0, 300)}`);
    return false;
  };

  const publish = async (event: PlannedEvent): Promise<void> => {
    for (;;) {
      try {
        if (await attempt(event)) break;
      } catch (error) {
        if (error instanceof NotPublished || signal.aborted) throw error;
      }
      published.unanswered += 1;
      await sleep(between(random, pause.least, pause.most), undefined, { signal });
    }
    acknowledged.add(runOf(event));
    for (const wake of waiting.splice(0)) wake();
  };

  return {
    published: published as Readonly<Published>,
    /** Resolves once every event is acknowledged. */
    publishAll: async (events: readonly PlannedEvent[]): Promise<void> => {
      const begun = performance.now();
      /** The last one of each model; the next one waits for it. */
      const last = new Map<string, Promise<void>>();
      for (const [index, event] of events.entries()) {
        const early = begun + index * paceMs - performance.now();
        if (early > 1) await sleep(early, undefined, { signal });
        const before = last.get(event.model) ?? Promise.resolve();
        const published = before.then(() => publish(event));
        // Whoever waits for all of them hears of it.
        published.catch(() => undefined);
        last.set(event.model, published);
      }
      await Promise.all(last.values());
    },
    /** Resolves when the next event is acknowledged. */
    acknowledged: () => new Promise<void>((resolve) => waiting.push(resolve)),
    close: () => agent.destroy(),
  };
};
