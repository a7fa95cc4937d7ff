import type { Assembly, Resolve } from '../template/index.ts';
import { AwsError, type Operations } from './answer.ts';

interface LogEvent {
  /** Milliseconds since the epoch. */
  timestamp: number;
  message: string;
}

/** What functions have printed, by log group. */
export interface LogStore {
  add(group: string, timestamp: number, lines: readonly string[]): void;
  /** Oldest first. */
  events(group: string): readonly LogEvent[];
}

/** Lines that are kept of a group: those of an hour of a probe with a dozen lines a minute. */
const kept = 1_000;

export const createLogStore = (): LogStore => {
  const groups = new Map<string, LogEvent[]>();
  return {
    add: (group, timestamp, lines) => {
      const events = [...(groups.get(group) ?? []), ...lines.map((message) => ({ timestamp, message }))];
      groups.set(group, events.slice(-kept));
    },
    events: (group) => groups.get(group) ?? [],
  };
};

const parsed = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
};

/** The filter `{ $.FIELD = "TEXT" }`, or none; the twin knows no other. */
const filterOf = (pattern: unknown): ((message: string) => boolean) => {
  if (pattern === undefined || pattern === '') return () => true;
  const [, field, text] = /^\{ *\$\.([A-Za-z]+) *= *"([^"]*)" *\}$/.exec(String(pattern)) ?? [];
  if (field === undefined)
    throw new AwsError('InvalidParameterException', `The twin knows no filter such as ${String(pattern)}.`);
  return (message) => {
    const value = parsed(message);
    return typeof value === 'object' && value !== null && (value as Record<string, unknown>)[field] === text;
  };
};

/** Events of a page (Amazon CloudWatch Logs, FilterLogEvents). */
const largestPage = 10_000;

/** Reads the lines of functions whose log group is in the template. */
export const logsOperations = (assembly: Assembly, resolve: Resolve, store: LogStore): Operations => ({
  FilterLogEvents: ({ logGroupName, startTime, endTime, filterPattern, limit, nextToken }) => {
    const group = String(logGroupName);
    const exists = assembly
      .ofType('AWS::Logs::LogGroup')
      .some(({ logicalId, stack }) => resolve({ Ref: logicalId }, stack) === group);
    if (!exists) throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.');
    const matches = filterOf(filterPattern);
    const found = store
      .events(group)
      .filter(
        ({ timestamp }) => timestamp >= Number(startTime ?? 0) && timestamp <= Number(endTime ?? Infinity),
      )
      .filter(({ message }) => matches(message));
    const begin = Number(nextToken ?? 0);
    const end = begin + Math.min(largestPage, Number(limit ?? largestPage));
    return {
      events: found.slice(begin, end).map((event, place) => ({
        ...event,
        ...{ ingestionTime: event.timestamp, logStreamName: 'twin', eventId: `${begin + place}` },
      })),
      searchedLogStreams: [],
      ...(end < found.length && { nextToken: `${end}` }),
    };
  },
});
