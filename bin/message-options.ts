/** Reads the command line of `npm run -s messages`. */
import { parseArgs } from 'node:util';
import { isOperation, type MessageRequest, optionsOf, readRequest } from '../core/messages/index.ts';

export type CommandLine =
  | { ok: true; request: MessageRequest; json: boolean }
  /** `unclear` where not even the operation is known. */
  | { ok: false; problems: string[]; unclear: boolean };

/** How a purge is confirmed. */
export const confirmation = '--yes';

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** An option of the table as it is written here; one that is not in it, as it was written. */
const spell = (name: string): string => {
  if (name.startsWith('-')) return name;
  return name === 'confirm' ? confirmation : `--${kebab(name)}`;
};

type Takes = 'value' | 'values' | 'nothing';

/** What the command line may have, by how it is written. */
const writtenOptions = (operation: string): Map<string, { name: string; takes: Takes }> => {
  const options = isOperation(operation) ? Object.entries(optionsOf(operation)) : [];
  return new Map([
    ...options.map(([name, { takes }]) => [spell(name), { name, takes }] as const),
    ['--json', { name: 'json', takes: 'nothing' }] as const,
  ]);
};

interface Written {
  operations: string[];
  options: Record<string, unknown>;
  problems: string[];
}

const read = (args: readonly string[], known: ReturnType<typeof writtenOptions>): Written => {
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    options: Object.fromEntries(
      [...known].map(([written, { takes }]) => [
        written.slice(2),
        { type: takes === 'nothing' ? 'boolean' : 'string', multiple: true },
      ]),
    ),
  });
  const written: Written = { operations: [], options: {}, problems: [] };
  for (const token of tokens) {
    if (token.kind === 'positional') written.operations.push(token.value);
    if (token.kind !== 'option') continue;
    const { rawName, value, inlineValue } = token;
    const option = known.get(rawName);
    if (!option) {
      written.options[rawName] = value ?? true;
      continue;
    }
    const { name, takes } = option;
    const before = written.options[name];
    if (takes === 'nothing') {
      if (value !== undefined) written.problems.push(`${rawName} takes no value: write ${rawName} alone`);
      written.options[name] = true;
    } else if (value === undefined || (!inlineValue && value.startsWith('-'))) {
      // Taken as a value, a forgotten one would swallow the option that follows.
      written.problems.push(
        `${rawName} needs a value: write ${rawName}=VALUE, also for one that begins with a hyphen`,
      );
    } else if (takes === 'values') {
      written.options[name] = [...(Array.isArray(before) ? before : []), value];
    } else {
      if (before !== undefined) written.problems.push(`${rawName} is written more than once: write it once`);
      written.options[name] = value;
    }
  }
  return written;
};

export const readCommandLine = (args: readonly string[]): CommandLine => {
  // Which options take a value depends on the operation; it is the first word that is one.
  const operation = args.find((arg) => isOperation(arg)) ?? args.find((arg) => !arg.startsWith('-')) ?? '';
  const { operations, options, problems } = read(args, writtenOptions(operation));
  const { json, ...rest } = options;
  // What follows an unknown option may be its value.
  const allKnown = Object.keys(rest).every((name) => !name.startsWith('-'));
  const more =
    operations.length > 1 && isOperation(operation) && allKnown
      ? [`one operation at a time, and no other words: ${operations.join(' ')}`]
      : [];
  const asked = readRequest({ operation, options: rest, spell, also: ['--json'] });
  const all = [...more, ...problems, ...(asked.ok ? [] : asked.problems)];
  return asked.ok && all.length === 0
    ? { ok: true, request: asked.request, json: json === true }
    : { ok: false, problems: all, unclear: !isOperation(operation) };
};
