/** The one line that a change leaves: who, what, on what, from where, and how. */
import { emfLine } from '../../core/metrics/index.ts';
import { readCall } from './event.ts';
import { actorOf, type How, howOf, type Own } from './origin.ts';
import { targetOf } from './target.ts';

export interface RecorderOptions {
  /** Value of the dimension Environment. */
  environment: string;
  own: Own;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** The audit lines of the service have the same names: one query finds both. */
export interface Change {
  /** When the call was made, ISO 8601. */
  at: string;
  action: string;
  target: string;
  actor: string;
  /** An address, or the name of the service of AWS that called. */
  address: string;
  how: How;
  service: string;
  region: string;
  /** Id of the event in the trail, which has the whole request. */
  eventId: string;
  /** Code of the error of a call that was refused: it changed nothing and is not counted. */
  error?: string;
}

/** EMF values up to this age are taken (CloudWatch, two weeks); an older event is counted as of now. */
const oldest = 13 * 24 * 3_600_000;

/**
 * The change that an event of CloudTrail tells of, and its line for the log.
 * @returns undefined for an event that is no call
 */
export const recordChange = (
  event: unknown,
  { environment, own, now }: RecorderOptions,
): { change: Change; line: string } | undefined => {
  const call = readCall(event, now());
  if (!call) return undefined;
  const change: Change = {
    at: new Date(call.at).toISOString(),
    action: call.eventName,
    target: targetOf(call),
    actor: actorOf(call.identity),
    address: call.sourceAddress,
    how: howOf(call, own),
    service: call.eventSource,
    region: call.region,
    eventId: call.id,
    ...(call.error !== undefined && { error: call.error }),
  };
  const words = { level: 'info', msg: 'configuration change', audit: true, ...change };
  if (change.error !== undefined)
    return { change, line: JSON.stringify({ Environment: environment, ...words }) };
  const timestamp = call.at > now() - oldest && call.at <= now() ? call.at : now();
  const values = {
    ConfigurationChanges: 1,
    ...(change.how === 'hand' && { ConfigurationChangesByHand: 1 }),
  };
  return { change, line: emfLine({ timestamp, environment, values, properties: words }) };
};
