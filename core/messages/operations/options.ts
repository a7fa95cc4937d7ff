/** What people can ask for, and with which options: the command and the function read this table. */

/** The problem is a sentence's end: what to write instead. */
export type OptionRead<T> = { value: T } | { problem: string };

export interface Option<T> {
  /** How it is written on a command line; `values` may be repeated. */
  takes: 'value' | 'values' | 'nothing';
  /** Reads a text of a command line or a value of JSON. */
  read(raw: unknown): OptionRead<T>;
}

/** Characters of a text; keys of messages have as many at most. */
const longestText = 1_000;

const text: Option<string> = {
  takes: 'value',
  read: (raw) => {
    if (typeof raw !== 'string' || raw === '' || raw.length > longestText)
      return { problem: `write a text of 1 to ${longestText} characters` };
    return raw.includes('\0')
      ? { problem: 'it holds a NUL character, which no message has; leave it out' }
      : { value: raw };
  },
};

const choice = <const C extends string>(choices: readonly C[]): Option<C> => ({
  takes: 'value',
  read: (raw) => {
    const value = choices.find((one) => one === raw);
    return value ? { value } : { problem: `write one of ${choices.join(', ')}` };
  },
});

const integer = (min: number, max: number): Option<number> => ({
  takes: 'value',
  read: (raw) => {
    const value = typeof raw === 'string' && /^\d{1,9}$/.test(raw) ? Number(raw) : raw;
    return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
      ? { value }
      : { problem: `write a whole number from ${min} to ${max}` };
  },
});

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

const ids = (most: number): Option<string[]> => ({
  takes: 'values',
  read: (raw) => {
    const list: unknown[] = Array.isArray(raw) ? raw : [raw];
    const wrong = list.find((one) => typeof one !== 'string' || !uuid.test(one));
    if (wrong !== undefined || list.length === 0)
      return {
        problem: 'write the id of a message, such as 5c1e7a1e-3b1f-4b5e-9d5c-0d6f0a6b1c2d; peek shows it',
      };
    const value = [...new Set(list.map((one) => String(one).toLowerCase()))];
    return value.length <= most
      ? { value }
      : { problem: `there are ${value.length} ids; write ${most} at most` };
  },
});

const moment = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})$/;

const time: Option<Date> = {
  takes: 'value',
  read: (raw) => {
    const [, day = ''] = typeof raw === 'string' ? (moment.exec(raw) ?? []) : [];
    const value = new Date(day === '' ? Number.NaN : String(raw));
    // A day that the month does not have would be read as one of the next month.
    const exists = day !== '' && new Date(`${day}T00:00:00Z`).toJSON()?.startsWith(day);
    return exists && !Number.isNaN(value.getTime())
      ? { value }
      : { problem: 'write a time with its zone, such as 2026-01-31T12:00:00Z' };
  },
};

const flag: Option<boolean> = {
  takes: 'nothing',
  read: (raw) => (typeof raw === 'boolean' ? { value: raw } : { problem: 'write true, or leave it out' }),
};

/** Messages that one run shows, with their payloads. */
const mostPeeked = 1_000;

/** Messages that one run changes: the line of the audit holds all of their ids, and has 256 KiB at most. */
export const mostChanged = 5_000;

const filter = { id: ids(mostChanged), key: text, type: text, reason: text, before: time, all: flag };

export const operationOptions = {
  depth: {},
  peek: {
    state: choice(['pending', 'held', 'sent', 'dead', 'all']),
    limit: integer(1, mostPeeked),
    key: text,
  },
  redrive: { ...filter, limit: integer(1, mostChanged), rate: integer(1, 1_000), dryRun: flag },
  purge: { ...filter, limit: integer(1, mostChanged), dryRun: flag, confirm: flag },
} as const satisfies Record<string, Record<string, Option<unknown>>>;

export type OperationName = keyof typeof operationOptions;

export const operationNames = Object.keys(operationOptions) as OperationName[];

export const isOperation = (name: unknown): name is OperationName =>
  operationNames.some((known) => known === name);

/** Values of the options that were given. */
export type OptionValues<O extends OperationName> = {
  [N in keyof (typeof operationOptions)[O]]?: (typeof operationOptions)[O][N] extends Option<infer T>
    ? T
    : never;
};

/** The same table without its literal types, for code that walks over all rows. */
export const optionsOf = (operation: OperationName): Readonly<Record<string, Option<unknown>>> =>
  operationOptions[operation];
