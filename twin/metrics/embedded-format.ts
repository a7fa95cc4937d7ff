/** One value of one metric, as the embedded metric format gives it. */
export interface Sample {
  namespace: string;
  name: string;
  /** Dimension names with their values. */
  dimensions: Record<string, string>;
  unit: string;
  /** Milliseconds since the epoch. */
  at: number;
  values: number[];
  /** How often each value was measured; once each where absent. */
  counts?: number[];
}

/** Output that claims to be embedded metric format, and that CloudWatch would not read as meant. */
export class InvalidMetrics extends Error {
  override name = 'InvalidMetrics';
}

/** The units that CloudWatch knows (API reference, StandardUnit). */
const units = new Set([
  ...['Seconds', 'Microseconds', 'Milliseconds', 'Percent', 'Count', 'Count/Second', 'None'],
  ...['Bytes', 'Kilobytes', 'Megabytes', 'Gigabytes', 'Terabytes'],
  ...['Bits', 'Kilobits', 'Megabits', 'Gigabits', 'Terabits'],
  ...['Bytes/Second', 'Kilobytes/Second', 'Megabytes/Second', 'Gigabytes/Second', 'Terabytes/Second'],
  ...['Bits/Second', 'Kilobits/Second', 'Megabits/Second', 'Gigabits/Second', 'Terabits/Second'],
]);

/** Limits of the specification "Embedded metric format", 2024. */
const limits = { dimensions: 30, values: 100, metrics: 100, nameLength: 1024, namespaceLength: 256 };

type Members = Record<string, unknown>;

const isRecord = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const demand: (condition: unknown, message: string) => asserts condition = (condition, message) => {
  if (!condition) throw new InvalidMetrics(message);
};

const shown = (value: unknown): string => JSON.stringify(value) ?? 'nothing';

const readDimensions = (names: unknown, root: Members): Record<string, string> => {
  demand(Array.isArray(names), `Dimensions must hold lists of names, not ${shown(names)}.`);
  demand(
    names.length <= limits.dimensions,
    `A dimension set has ${names.length} names; at most ${limits.dimensions}.`,
  );
  return Object.fromEntries(
    names.map((name: unknown) => {
      demand(typeof name === 'string', `A dimension name must be a text, not ${shown(name)}.`);
      const value = root[name];
      demand(
        typeof value === 'string' && value !== '',
        `Dimension ${name} must be a member with a text, not ${shown(value)}.`,
      );
      return [name, value];
    }),
  );
};

const readValues = (name: string, root: Members): number[] => {
  const member = root[name];
  const values: unknown[] = Array.isArray(member) ? member : [member];
  demand(
    values.length > 0 && values.length <= limits.values && values.every(Number.isFinite),
    `Metric ${name} must be a member with a number or 1 to ${limits.values} numbers, not ${shown(member)}.`,
  );
  return values as number[];
};

const readDirective = (directive: unknown, root: Members, at: number): Sample[] => {
  demand(isRecord(directive), `An entry of CloudWatchMetrics must be an object, not ${shown(directive)}.`);
  const { Namespace: namespace, Dimensions: sets, Metrics: metrics } = directive;
  demand(
    typeof namespace === 'string' && namespace !== '' && namespace.length <= limits.namespaceLength,
    `Namespace must be a text of 1 to ${limits.namespaceLength} characters, not ${shown(namespace)}.`,
  );
  demand(Array.isArray(sets) && sets.length > 0, `Dimensions must be a list of lists, not ${shown(sets)}.`);
  demand(
    Array.isArray(metrics) && metrics.length > 0 && metrics.length <= limits.metrics,
    `Metrics must list 1 to ${limits.metrics} metrics, not ${shown(metrics)}.`,
  );
  return sets.flatMap((names) => {
    const dimensions = readDimensions(names, root);
    return metrics.map((metric: unknown) => {
      demand(isRecord(metric), `A metric must be an object, not ${shown(metric)}.`);
      const { Name: name, Unit: unit = 'None' } = metric;
      demand(
        typeof name === 'string' && name !== '' && name.length <= limits.nameLength,
        `A metric's Name must be a text, not ${shown(name)}.`,
      );
      demand(
        typeof unit === 'string' && units.has(unit),
        `Metric ${name}: CloudWatch has no unit ${shown(unit)}.`,
      );
      return { namespace, name, dimensions, unit, at, values: readValues(name, root) };
    });
  });
};

/**
 * Reads one line of a function's output. `undefined`: it is not embedded metric format at all.
 * @throws InvalidMetrics when it is, but CloudWatch would drop it or a part of it
 */
export const readEmbeddedMetrics = (line: string): Sample[] | undefined => {
  if (!line.startsWith('{') || !line.includes('"_aws"')) return undefined;
  let root: unknown;
  try {
    root = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isRecord(root) || !('_aws' in root)) return undefined;
  const metadata = root._aws;
  demand(isRecord(metadata), `_aws must be an object, not ${shown(metadata)}.`);
  const { Timestamp: at, CloudWatchMetrics: directives } = metadata;
  demand(
    typeof at === 'number' && Number.isInteger(at) && at > 0,
    `Timestamp must be milliseconds since the epoch, not ${shown(at)}.`,
  );
  demand(
    Array.isArray(directives) && directives.length > 0,
    `CloudWatchMetrics must be a list with an entry, not ${shown(directives)}.`,
  );
  return directives.flatMap((directive) => readDirective(directive, root, at));
};
