/** What a call changed, by the names that the table of calls allows. */
import { type WatchedCalls, watchedCalls } from '../../core/changes/index.ts';
import { type Call, isMembers } from './event.ts';

/** Names, ids and ARNs of AWS have these characters and no more; whatever has others is not repeated. */
const identifier = /^[\w:/.@!+=,-]{1,300}$/;

/** Names of one call that are repeated; a request may list many. */
const mostNames = 5;

const find = (value: unknown, path: readonly string[]): unknown[] => {
  if (Array.isArray(value)) return value.flatMap((item) => find(item, path));
  const [step, ...rest] = path;
  if (step === undefined) return [value];
  return isMembers(value) && Object.hasOwn(value, step) ? find(value[step], rest) : [];
};

const rowsOf = ({ eventSource, eventName }: Call): WatchedCalls[] =>
  Object.values<WatchedCalls>(watchedCalls).filter(
    ({ source, calls }) =>
      source === `aws.${eventSource.replace(/\.amazonaws\.com$/, '')}` && calls.includes(eventName),
  );

export const targetOf = (call: Call): string => {
  const names = rowsOf(call)
    .flatMap(({ named }) => named.flatMap((path) => find(call.parameters, path.split('.'))))
    .filter((name): name is string => typeof name === 'string' && identifier.test(name));
  const different = [...new Set(names)];
  if (different.length === 0) return `something of ${call.eventSource}`;
  const shown = different.slice(0, mostNames).join(' ');
  return different.length > mostNames ? `${shown} and ${different.length - mostNames} more` : shown;
};
