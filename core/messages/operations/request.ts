/** Reads what somebody asks for; every problem at once, each with what to write instead. */
import { shownValue } from '../../settings/index.ts';
import type { MessageFilter, MessageState } from '../message.ts';
import { isOperation, type OperationName, type OptionValues, operationNames, optionsOf } from './options.ts';

export type MessageRequest =
  | { operation: 'depth' }
  | { operation: 'peek'; state: MessageState | 'all'; limit: number; key?: string }
  | {
      operation: 'redrive';
      filter: MessageFilter;
      limit: number;
      /** Messages in a second: whoever consumes them must keep up. */
      rate: number;
      dryRun: boolean;
    }
  | { operation: 'purge'; filter: MessageFilter; limit: number; dryRun: boolean; confirm: boolean };

export type RequestRead = { ok: true; request: MessageRequest } | { ok: false; problems: string[] };

export interface Asked {
  operation: unknown;
  /** By the names of the table. */
  options: Readonly<Record<string, unknown>>;
  /** How whoever asks writes the name of an option. */
  spell: (name: string) => string;
  /** What may be given beside the options of the table, as it is written. */
  also: readonly string[];
}

const defaults = { peekLimit: 20, limit: 100, rate: 50 } as const;

const longestShown = 80;

const shown = (value: unknown): string => {
  if (typeof value === 'string') return shownValue(value);
  const json = JSON.stringify(value) ?? String(value);
  return json.length > longestShown ? `${json.slice(0, longestShown)}…` : json;
};

const filterNames = ['id', 'key', 'type', 'reason', 'before'] as const;

const filterProblems = (
  operation: OperationName,
  values: OptionValues<'redrive'>,
  spell: Asked['spell'],
): string[] => {
  const given = filterNames.filter((name) => values[name] !== undefined);
  const named = filterNames.map(spell).join(', ');
  const all = spell('all');
  if (values.all && given.length > 0)
    return [
      `${all} is every dead message, and ${given.map(spell).join(' and ')} only some: write one or the other`,
    ];
  return values.all || given.length > 0
    ? []
    : [`${operation} needs to know which messages: write ${named}, or ${all} for every dead one`];
};

const filterOf = ({ id, key, type, reason, before }: OptionValues<'redrive'>): MessageFilter => ({
  ...(id ? { ids: id } : {}),
  ...(key === undefined ? {} : { key }),
  ...(type === undefined ? {} : { type }),
  ...(reason === undefined ? {} : { reason }),
  ...(before ? { before } : {}),
});

/** Whoever names messages one by one means all of them. */
const limitOf = ({ limit, id = [] }: OptionValues<'redrive'>): number =>
  limit ?? Math.max(defaults.limit, id.length);

const requestOf = (operation: OperationName, values: Record<string, unknown>): MessageRequest => {
  if (operation === 'depth') return { operation };
  if (operation === 'peek') {
    const { state = 'pending', limit = defaults.peekLimit, key } = values as OptionValues<'peek'>;
    return { operation, state, limit, ...(key === undefined ? {} : { key }) };
  }
  const given = values as OptionValues<'redrive'> & OptionValues<'purge'>;
  const shared = { filter: filterOf(given), limit: limitOf(given), dryRun: given.dryRun ?? false };
  return operation === 'redrive'
    ? { operation, ...shared, rate: given.rate ?? defaults.rate }
    : { operation, ...shared, confirm: given.confirm ?? false };
};

export const readRequest = ({ operation, options, spell, also }: Asked): RequestRead => {
  if (!isOperation(operation)) {
    const what =
      operation === undefined || operation === ''
        ? 'no operation is named'
        : `there is no operation ${shown(operation)}`;
    return { ok: false, problems: [`${what}: write one of ${operationNames.join(', ')}`] };
  }
  const known = optionsOf(operation);
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, raw] of Object.entries(options)) {
    const option = Object.hasOwn(known, name) ? known[name] : undefined;
    if (!option) {
      const names = [...Object.keys(known).map(spell), ...also].join(', ');
      problems.push(`${operation} has no option ${spell(name)}: it takes ${names}`);
      continue;
    }
    const read = option.read(raw);
    if ('problem' in read) problems.push(`${spell(name)} cannot be used (${shown(raw)}): ${read.problem}`);
    else values[name] = read.value;
  }
  if ((operation === 'redrive' || operation === 'purge') && problems.length === 0)
    problems.push(...filterProblems(operation, values, spell));
  return problems.length > 0 ? { ok: false, problems } : { ok: true, request: requestOf(operation, values) };
};
