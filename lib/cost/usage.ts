/** What a function uses in one run, where its schedule and its memory do not say it. */
export interface Usage {
  /** Milliseconds that Lambda bills. */
  milliseconds: number;
  /** Log lines of a run with those of Lambda itself, bytes. */
  logBytes: number;
  /** Runs a month, where no schedule says it. */
  runs?: number;
}

/**
 * Measured with the twin on 2026-11-25, 16 alarm minutes on 2 cores: a warm run took 35, 104, 24 and 79 ms (median),
 * the first one 490 to 1,007. Here they stand at three times the warm ones and more, for networks that are longer
 * than one machine. The lines are the reports and metrics as they were printed, and 400 bytes of Lambda's own.
 */
const measured: Readonly<Record<string, Usage>> = {
  'connectivity-probe': { milliseconds: 200, logBytes: 4_000 },
  'database-name-probe': { milliseconds: 350, logBytes: 3_000 },
  'capacity-probe': { milliseconds: 100, logBytes: 1_800 },
  'network-path-probe': { milliseconds: 1_000, logBytes: 6_000 },
  // Assumed: what a deployment a day and somebody's work by hand come to.
  'change-recorder': { milliseconds: 100, logBytes: 1_500, runs: 1_000 },
  'message-operations': { milliseconds: 1_000, logBytes: 2_000, runs: 20 },
};

/** Of a function that is not in the table, such as one that alarms run: assumed, and rather too much. */
const otherwise: Usage = { milliseconds: 1_000, logBytes: 3_000, runs: 1_000 };

export const usageOf = (bundle: string): Usage => measured[bundle] ?? otherwise;

/** Bytes of one line of metrics that the service writes, as the twin's service printed them. */
export const metricLineBytes = 450;

/** E-mails a month for each address: assumed, two alarms a day that come and go. */
export const emailsPerAddress = 120;

/** Minutes that functions and tasks keep a secret that they have read (core/checks/credentials.ts). */
export const secretLifeMinutes = 5;
