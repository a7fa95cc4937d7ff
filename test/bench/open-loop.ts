/**
 * Requests at a fixed rate, whether earlier ones were answered or not. Each is timed from the moment when it
 * should have been sent, so a server that stalls is charged for everyone who would have come meanwhile.
 */
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { largest, percentile } from './percentiles.ts';

export interface Sample {
  /** When it should have been sent, milliseconds since the load began. */
  at: number;
  /** From then to the whole answer, or until it was given up. */
  ms: number;
  /** Undefined: there was no answer. */
  status?: number;
  /** What `label` makes of the answer; without it the status, or the code of the error. */
  label: string;
}

export interface Load {
  port: number;
  path: string;
  /** GET unless it is said. */
  method?: string;
  body?: string;
  /** Of the request with this number. */
  headers?(number: number): Record<string, string>;
  /** Most connections; further requests wait for one that is free, and that counts. Unlimited unless it is said. */
  connections?: number;
  perSecond: number;
  seconds: number;
  /** Longest wait for one answer, milliseconds. */
  patienceMs: number;
  label?(status: number, body: string): string;
  onSample?(sample: Sample): void;
  /** Ends the load early; what was sent is still waited for. */
  signal?: AbortSignal;
}

/** The label of a request that was given up. */
export const noAnswer = 'NO_ANSWER';

export const openLoop = async (load: Load): Promise<Sample[]> => {
  const { port, path, method = 'GET', body, headers, connections } = load;
  const { perSecond, seconds, patienceMs, label, onSample, signal } = load;
  const maxSockets = connections ?? Number.POSITIVE_INFINITY;
  const agent = new Agent({ keepAlive: true, scheduling: 'lifo', maxSockets, maxFreeSockets: 1_024 });
  const begin = performance.now();

  const ask = (number: number, at: number): Promise<Sample> =>
    new Promise((resolve) => {
      // A timer may be early by a part of a millisecond; that is no gift to the server.
      const from = Math.min(begin + at, performance.now());
      let done = false;
      const finish = (found: { label: string; status?: number }) => {
        if (done) return;
        done = true;
        clearTimeout(timer);
        const sample = { at, ms: performance.now() - from, ...found };
        onSample?.(sample);
        resolve(sample);
      };
      const options = { host: '127.0.0.1', port, path, method, agent, headers: headers?.(number) ?? {} };
      const outgoing = request(options, (response) => {
        const { statusCode: status = 0 } = response;
        let text = '';
        if (label) response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        else response.resume();
        response.on('error', () => undefined);
        response.on('end', () => finish({ status, label: label?.(status, text) ?? String(status) }));
      });
      outgoing.on('error', (error: NodeJS.ErrnoException) => finish({ label: error.code ?? error.message }));
      const timer = setTimeout(() => {
        finish({ label: noAnswer });
        outgoing.destroy();
      }, patienceMs);
      outgoing.end(body);
    });

  const asked: Promise<Sample>[] = [];
  const total = Math.round(perSecond * seconds);
  for (let number = 0; number < total && !signal?.aborted; number++) {
    const at = (number * 1_000) / perSecond;
    const early = begin + at - performance.now();
    if (early > 0) await sleep(early);
    asked.push(ask(number, at));
  }
  const samples = await Promise.all(asked);
  agent.destroy();
  return samples;
};

export interface Latencies {
  p50: number;
  p99: number;
  max: number;
}

export const latenciesOf = (samples: readonly Sample[]): Latencies => {
  const all = samples.map(({ ms }) => ms);
  return { p50: percentile(all, 0.5), p99: percentile(all, 0.99), max: largest(all) };
};

/** How often each label came, the most frequent first. */
export const countLabels = (samples: readonly Sample[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const { label } of samples) counts.set(label, (counts.get(label) ?? 0) + 1);
  return new Map([...counts].sort(([, a], [, b]) => b - a));
};

export const labelsText = (samples: readonly Sample[]): string =>
  [...countLabels(samples)].map(([label, count]) => `${label} x${count}`).join(', ');
