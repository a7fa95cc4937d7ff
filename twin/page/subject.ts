import type { AlarmEvaluator } from '../alarms/index.ts';
import type { ExampleConsumer } from '../consumer/index.ts';
import type { FaultName } from '../faults/index.ts';
import type { History } from '../history.ts';
import type { MetricStore } from '../metrics/index.ts';
import type { Service } from '../service/index.ts';
import type { DashboardBody } from './dashboard.ts';

/** A message as it was sent. */
export interface Notification {
  /** Milliseconds since the epoch, or what a date can be read from. */
  at: number | string | Date;
  /** The alarm minute. */
  minute?: number;
  severity: string;
  subject: string | undefined;
  text: string;
  /** The same for every message of an incident. */
  threadKey?: string | undefined;
  /** Whether it is an alarm as CloudWatch wrote it, which nothing has explained. */
  raw?: unknown;
}

/** The log of changes of configuration: lines with the fields that the dashboard asks for. */
export interface ChangeLog {
  lines(): readonly Readonly<Record<string, unknown>>[];
  problems(): readonly string[];
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
  /** Absent where nothing here notes them. */
  changes?: ChangeLog;
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
