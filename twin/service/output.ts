import { InvalidMetrics, readEmbeddedMetrics, type Sample } from '../metrics/index.ts';

/** What the service prints: metrics, and lines for people. */
export interface ServiceOutput {
  read(line: string): void;
  /** Metrics that came since the last time. */
  take(): Sample[];
  /** Whether there are any that nobody has taken. */
  measured(): boolean;
  /** The last lines that were no metrics, oldest first. */
  log(): readonly string[];
  /** Metrics that CloudWatch would not read, once each. */
  problems(): string[];
}

/** Lines that are kept. */
const logLimit = 300;

/** Different problems that are kept: one is enough to look for its cause. */
const problemLimit = 5;

export const createOutput = (): ServiceOutput => {
  let samples: Sample[] = [];
  const log: string[] = [];
  const problems = new Set<string>();
  const metricsOf = (line: string): Sample[] | undefined => {
    try {
      return readEmbeddedMetrics(line);
    } catch (error) {
      if (!(error instanceof InvalidMetrics)) throw error;
      if (problems.size < problemLimit)
        problems.add(`the service printed metrics that CloudWatch would not read: ${error.message}`);
      return undefined;
    }
  };
  return {
    read: (line) => {
      const found = metricsOf(line);
      if (found) {
        samples.push(...found);
        return;
      }
      log.push(line);
      if (log.length > logLimit) log.shift();
    },
    take: () => {
      const taken = samples;
      samples = [];
      return taken;
    },
    measured: () => samples.length > 0,
    log: () => log,
    problems: () => [...problems],
  };
};
