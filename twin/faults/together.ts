import type { FaultDefinition } from './fault.ts';

/** Two at a time. The cause is the first one's: it is nearer to the wire, and hides the other. */
export const together = (first: FaultDefinition, second: FaultDefinition): FaultDefinition => {
  const needs = first.needs ?? second.needs;
  const minutes = Math.max(first.minutes ?? 0, second.minutes ?? 0);
  return {
    doc: `Both: ${first.doc} ${second.doc}`,
    driven: first.driven && second.driven,
    breaks: [...new Set([...first.breaks, ...second.breaks])],
    parts: [...new Set([...first.parts, ...second.parts])],
    ...(first.cause && { cause: first.cause }),
    ...(needs && { needs }),
    ...(minutes > 0 && { minutes }),
    inject: async (target) => {
      // What is hidden goes first: the other may leave nothing to inject it into.
      const liftSecond = await second.inject(target);
      let liftFirst: () => Promise<void>;
      try {
        liftFirst = await first.inject(target);
      } catch (error) {
        await liftSecond();
        throw error;
      }
      const left = [liftFirst, liftSecond];
      return async () => {
        // What is undone already is not undone again when somebody tries once more.
        for (let [lift] = left; lift; [lift] = left) {
          await lift();
          left.shift();
        }
      };
    },
  };
};
