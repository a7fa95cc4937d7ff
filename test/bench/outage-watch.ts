/** Looks at the service while its database is away: which health paths answer what, and for how long. */
import { openLoop, type Sample } from './open-loop.ts';
import type { Away } from './outage-scenarios.ts';
import { largest } from './percentiles.ts';

const looksPerSecond = 20;
const paths = ['/live', '/health/alb', '/ready', '/health/detailed'] as const;
type Path = (typeof paths)[number];

/** Longest time to go on looking after PostgreSQL accepts again, milliseconds. */
const longestMs = 60_000;

export interface HealthWatch {
  /** Waits until the breaker is closed, at most a minute after `until`, and ends. */
  end(away: Away): Promise<Seen>;
}

export interface Seen {
  /** Milliseconds from accepting again; undefined when it did not happen, and 0 when it was never lost. */
  readyMs: number | undefined;
  closedMs: number | undefined;
  /** Answers other than 200, and the slowest one, of the paths that must not mind. */
  steady: Record<'/live' | '/health/alb', { others: number; slowestMs: number }>;
}

const breakerState = (_status: number, body: string): string => {
  try {
    return String(JSON.parse(body).details.postgres.breaker.state);
  } catch {
    return 'unknown';
  }
};

/** When the last answer that was not as wanted had been over: from then on all were. */
const settledAt = (samples: readonly Sample[], wanted: string, { until }: Away): number | undefined => {
  const last = samples.findLastIndex(({ label }) => label !== wanted);
  if (last < 0) return 0;
  const first = samples[last + 1];
  return first && Math.max(0, first.at + first.ms - until);
};

export const watchHealth = (port: number, seconds: number): HealthWatch => {
  const begin = performance.now();
  const ended = new AbortController();
  const { signal } = ended;
  let state = 'unknown';
  const keepState = ({ label }: Sample) => {
    state = label;
  };
  const look = (path: Path): Promise<Sample[]> =>
    openLoop({
      port,
      path,
      signal,
      perSecond: looksPerSecond,
      // Long enough for the watch to be ended by its owner.
      seconds: seconds + longestMs / 1_000,
      patienceMs: 10_000,
      ...(path === '/health/detailed' ? { label: breakerState, onSample: keepState } : {}),
    });
  const looking = Promise.all(paths.map(look));

  return {
    end: async (away) => {
      const last = begin + away.until + longestMs;
      while (state !== 'closed' && performance.now() < last)
        await new Promise((resolve) => setTimeout(resolve, 100));
      ended.abort();
      const [live = [], alb = [], ready = [], detailed = []] = await looking;
      const steady = (samples: readonly Sample[]) => ({
        others: samples.filter(({ label }) => label !== '200').length,
        slowestMs: largest(samples.map(({ ms }) => ms)),
      });
      return {
        readyMs: settledAt(ready, '200', away),
        closedMs: settledAt(detailed, 'closed', away),
        steady: { '/live': steady(live), '/health/alb': steady(alb) },
      };
    },
  };
};
