import type { Dependency } from '../checks/index.ts';

/** Whose report tells more about a condition. */
export interface ReportSource {
  probe: 'connectivity' | 'database-name' | 'capacity' | 'network-path';
  /** The check in it. */
  dependency: Dependency;
}

/** One row: what can be wrong, and what it brings with it. */
export interface ConditionRow {
  /** What is wrong, for a list of what else is. */
  means: string;
  /** The probe whose last report has cause, evidence and remedy; absent where none looks at it. */
  report?: ReportSource;
  /**
   * Probes that may know why, where that report is missing or finds nothing wrong: the first of them that has found
   * something tells it.
   */
  suspects?: readonly ReportSource[];
  /** What of a check that found nothing wrong shows it: the certificate, or the time that connecting took. */
  figure?: 'certificate' | 'connecting';
  /** What a person does first where the report finds nothing wrong, and so has no remedy. */
  remedy?: string;
  /**
   * What is wrong too, sooner or later, as long as it lasts and users send requests. A follower of a follower
   * need not stand here.
   */
  leadsTo: readonly string[];
  /** What cannot be seen as long as it lasts, and so is not told although it may be so. */
  hides?: readonly string[];
}
