/** What operators ask of the messages, from outside the VPC: the command's operations as a function. */
import type { SecretReader } from '../../core/checks/index.ts';
import { type OperationResult, refused, runOperation } from '../../core/messages/index.ts';
import type { SettingsReading } from '../../core/settings/index.ts';
import { auditOf } from './audit.ts';
import { readEvent } from './event.ts';

export interface Surroundings {
  settings: SettingsReading;
  secrets: SecretReader;
  now: () => Date;
  sleep: (milliseconds: number) => Promise<void>;
  /** Takes one line of the log. */
  write: (line: string) => void;
}

/** What is known of this run. */
export interface Run {
  requestId?: string;
  /** Milliseconds until the function is stopped. */
  remainingMs: number;
}

/** Connecting, choosing, and saying what was done; milliseconds. */
const besideRedriveMs = 60_000;

/** After the last statement: saying what was done; milliseconds. */
const reportMs = 5_000;

/** Bytes of an answer; Lambda gives back 6 MB. */
const longestAnswer = 5_500_000;

const within = (result: OperationResult): OperationResult => {
  const bytes = Buffer.byteLength(JSON.stringify(result));
  return bytes <= longestAnswer
    ? result
    : refused(result.operation, [
        `the answer has ${bytes} bytes, and a function may give ${longestAnswer}: write a smaller limit`,
      ]);
};

/** Never throws for what was asked: the answer says what is wrong with it. */
export const runMessageOperation = async (
  event: unknown,
  { settings, secrets, now, sleep, write }: Surroundings,
  { requestId, remainingMs }: Run,
): Promise<OperationResult> => {
  const read = readEvent(event, Math.max(0, remainingMs - besideRedriveMs));
  if (!read.ok) {
    write(JSON.stringify(auditOf(read.result, { actor: undefined, requestId })));
    return read.result;
  }
  const { request, actor } = read.asked;
  // A slow database takes longer than the rate says: what was changed must be told before the function is stopped.
  const statementMs = settings.get('MESSAGE_OPERATIONS_STATEMENT_TIMEOUT') * 1_000;
  const signal = AbortSignal.timeout(Math.max(0, remainingMs - statementMs - reportMs));
  const result = await runOperation(request, {
    settings,
    secrets,
    now,
    confirmation: '"confirm": true',
    pace: { sleep, signal },
  });
  write(JSON.stringify(auditOf(result, { request, actor, requestId })));
  // What was changed is in the log by now, whatever becomes of the answer.
  return within(result);
};
