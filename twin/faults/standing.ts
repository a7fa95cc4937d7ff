import type { FaultDefinition, FaultTarget, Lift } from './fault.ts';

/** The faults that are there now. */
export interface StandingFaults<Name extends string> {
  /** Nothing happens when it is there already. */
  inject(name: Name): Promise<void>;
  /** Undoes it. Nothing happens when it is not there. */
  lift(name: Name): Promise<void>;
  names(): Name[];
}

interface Standing<Name> {
  name: Name;
  lift: Lift;
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Faults of one part of the twin are undone like layers, since each only knows how to make its part whole: to lift
 * one, those of its part are lifted, the latest first, and the others are injected again. One step at a time.
 */
export const createStandingFaults = <Name extends string>(
  definitions: Readonly<Record<Name, Pick<FaultDefinition, 'parts' | 'inject'>>>,
  target: FaultTarget,
): StandingFaults<Name> => {
  let standing: Standing<Name>[] = [];
  let last: Promise<unknown> = Promise.resolve();
  /** After all that was asked for before, whether or not it worked. */
  const inTurn = (step: () => Promise<void>): Promise<void> => {
    const turn = last.then(step, step);
    last = turn.catch(() => undefined);
    return turn;
  };

  const shares = (one: Name, other: Name): boolean =>
    definitions[one].parts.some((part) => definitions[other].parts.includes(part));
  /** It, and whatever shares a part with it, or with one that does. */
  const layersOf = (name: Name): Standing<Name>[] => {
    const layers = new Set<Name>([name]);
    for (let size = 0; size < layers.size; ) {
      size = layers.size;
      for (const one of standing)
        if ([...layers].some((layer) => shares(layer, one.name))) layers.add(one.name);
    }
    return standing.filter((one) => layers.has(one.name));
  };

  const add = async (name: Name): Promise<void> => {
    standing.push({ name, lift: await definitions[name].inject(target) });
  };
  const remove = async (one: Standing<Name>): Promise<void> => {
    await one.lift();
    standing = standing.filter((other) => other !== one);
  };

  return {
    names: () => standing.map(({ name }) => name),
    inject: (name) =>
      inTurn(async () => {
        if (standing.some((one) => one.name === name)) return;
        const others = layersOf(name).map((one) => one.name);
        try {
          await add(name);
        } catch (error) {
          if (others.length === 0) throw error;
          throw new Error(
            `${reasonOf(error)}. Already broken there: ${others.join(', ')}; lift that first, and inject it afterwards.`,
          );
        }
      }),
    lift: (name) =>
      inTurn(async () => {
        if (!standing.some((one) => one.name === name)) return;
        const layers = layersOf(name);
        const problems: string[] = [];
        const lifted: Name[] = [];
        for (const layer of [...layers].reverse()) {
          try {
            await remove(layer);
            lifted.unshift(layer.name);
          } catch (error) {
            problems.push(`${layer.name} could not be lifted: ${reasonOf(error)}`);
            break;
          }
        }
        for (const other of lifted.filter((one) => one !== name)) {
          try {
            await add(other);
          } catch (error) {
            problems.push(`${other} was lifted too and could not be injected again: ${reasonOf(error)}`);
          }
        }
        if (problems.length > 0) throw new Error(problems.join('; '));
      }),
  };
};
