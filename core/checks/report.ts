import type { CauseCode, Layer } from '../causes/index.ts';

export type Dependency = 'postgres' | 'redis' | 'mlflow' | 'auth';

/** What a check is about: something that the service depends on, or the service itself. */
export type Subject = Dependency | 'service';

/** Milliseconds that each phase took; a phase that was not reached is absent. */
export interface Phases {
  dnsMs?: number;
  tcpMs?: number;
  tlsMs?: number;
  authMs?: number;
  queryMs?: number;
}

/** Facts that support the cause: addresses, codes, names. Never a secret, in whole or part. */
export type Evidence = Record<string, unknown>;

/** What one check found. A passing check has no cause; a skipped one says why. */
export interface Check {
  dependency: Subject;
  /** What was checked: `host:port/database`, an address, or the subject of a comparison. */
  target: string;
  ok: boolean;
  skipped?: true;
  /** Why it was skipped. */
  reason?: string;
  /** The layer that failed, or the last one that was reached. */
  layer: Layer;
  cause?: CauseCode;
  detail?: string;
  evidence?: Evidence;
  remedy?: string;
  runbook?: string;
  phases?: Phases;
  durationMs: number;
}

export type ProbeName = 'connectivity' | 'database-name' | 'capacity' | 'network-path' | 'version';

/** What a probe returns and logs as one JSON line. */
export interface Report {
  probe: ProbeName;
  environment: string;
  /** When the run began, as ISO 8601 in UTC. */
  at: string;
  durationMs: number;
  ok: boolean;
  checks: Check[];
  /** Database-name probe: the name that each source gives; `null` where it could not be read. */
  sources?: Record<string, string | null>;
}
