/** Why something of a template is refused. */
export interface Refusal {
  message: string;
  /** AWS would not take it either, or nobody should; else only the twin does not know it. */
  invalid: boolean;
}

/** Everything for which one thing of a template is refused. */
export class Refused extends Error {
  override name = 'Refused';
  readonly all: readonly Refusal[];

  constructor(all: readonly Refusal[]) {
    super(all.map(({ message }) => message).join(' '));
    this.all = all;
  }
}

/**
 * What each reader gives, by its name. All of them run before one is refused: what only the twin does not know
 * must not hide what AWS would not take.
 * @throws Refused with the refusals of all readers
 */
export const readAll = <Values extends Record<string, unknown>>(
  readers: {
    [Name in keyof Values]: () => Values[Name];
  },
): Values => {
  const refusals: Refusal[] = [];
  const values: Partial<Values> = {};
  for (const name of Object.keys(readers) as (keyof Values)[]) {
    try {
      values[name] = readers[name]();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refusals.push(...error.all);
    }
  }
  if (refusals.length > 0) throw new Refused(refusals);
  return values as Values;
};

/** What is read from each, as `readAll` does. */
export const readEach = <Item, Value>(items: readonly Item[], read: (item: Item) => Value): Value[] =>
  Object.values(readAll(Object.fromEntries(items.map((item, place) => [place, () => read(item)]))));
