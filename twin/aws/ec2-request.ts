/** What a request to EC2 asks for: filters, ids and pages, written as numbered parameters. */
import { AwsError } from './answer.ts';

type Input = Readonly<Record<string, unknown>>;

/** Values of `Name.1`, `Name.2`, …, in this order. */
export const numbered = (input: Input, name: string): string[] => {
  const values: string[] = [];
  for (let place = 1; input[`${name}.${place}`] !== undefined; place += 1)
    values.push(String(input[`${name}.${place}`]));
  return values;
};

interface Filter {
  name: string;
  values: string[];
}

const filtersOf = (input: Input): Filter[] => {
  const filters: Filter[] = [];
  for (let place = 1; input[`Filter.${place}.Name`] !== undefined; place += 1)
    filters.push({
      name: String(input[`Filter.${place}.Name`]),
      values: numbered(input, `Filter.${place}.Value`),
    });
  return filters;
};

/** Keeps what every filter of the request lets through; `read` gives an item's values by the name of a filter. */
export const filtered = <T>(
  items: readonly T[],
  input: Input,
  read: Readonly<Record<string, (item: T) => string[]>>,
): T[] =>
  filtersOf(input).reduce<T[]>(
    (kept, { name, values }) => {
      const of = Object.hasOwn(read, name) ? read[name] : undefined;
      if (!of)
        throw new AwsError('InvalidParameterValue', `The twin does not know the filter ${name} of EC2.`);
      return kept.filter((item) => of(item).some((value) => values.includes(value)));
    },
    [...items],
  );

/** One page of a list, and the token of the next one. */
export const paged = <T>(
  items: readonly T[],
  input: Input,
  largest: number,
): { items: T[]; nextToken: string | undefined } => {
  const begin = Number(input.NextToken ?? 0);
  const size = Math.min(largest, Number(input.MaxResults ?? largest));
  const end = begin + size;
  return { items: items.slice(begin, end), nextToken: end < items.length ? String(end) : undefined };
};
