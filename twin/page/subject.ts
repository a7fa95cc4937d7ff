import type { AlarmEvaluator } from '../alarms/index.ts';
import type { ExampleConsumer } from '../consumer/index.ts';
import type { FaultName } from '../faults/index.ts';
import type { History } from '../history.ts';
import type { MetricStore } from '../metrics/index.ts';
import type { Service } from '../service/index.ts';
import type { DashboardBody } from './dashboard.ts';

/** A message as it was sent. */
export interface Notification {
  at: number | string | Date;
  severity: string;
  subject: string;
  text: string;
  threadKey?: string;
  raw?: unknown;
}

/** A change of configuration, as the log of changes has it. */
export interface Change {
  at: number | string | Date;
  who: string;
  what: string;
}

/** What the page shows of a twin. */
export interface PageTwin {
  environment: string;
  service: Pick<Service, 'url' | 'address' | 'status' | 'health' | 'problems'>;
  evaluator: Pick<AlarmEvaluator, 'alarms'>;
  store: MetricStore;
  /** Undefined where the template has no dashboard. */
  dashboard: DashboardBody | undefined;
  consumer: Pick<ExampleConsumer, 'taken' | 'again' | 'problem'> | undefined;
  leftOut: readonly string[];
  unknownCalls: ReadonlySet<string>;
  /** Oldest first; absent where nothing sends any. */
  notifications?: readonly Notification[];
  /** Oldest first; absent where nothing here notes them. */
  changes?: readonly Change[];
  inject(name: FaultName): Promise<void>;
  lift(name: FaultName): Promise<void>;
  injected(): FaultName[];
}

export interface PageSubject {
  twin: PageTwin;
  history: History;
  /** How long an alarm minute takes. */
  tickSeconds: number;
}
