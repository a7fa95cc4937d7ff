import type { FaultName } from '../faults/index.ts';
import type { QuietDay } from './quiet-day.ts';
import type { FaultResult } from './result.ts';

/** What a worker is told to do next. */
export type Order = { fault: FaultName } | { quietDay: number } | { end: true };

/** What a worker tells. */
export type Told =
  | { ready: true }
  | { progress: string }
  | { fault: FaultResult }
  | { quietDay: QuietDay }
  | { failed: string };
