import type { ConditionName } from '../../core/conditions/index.ts';
import type { Resources } from '../resources/index.ts';
import type { FaultDefinition } from './fault.ts';

/** What cannot be driven here: only the metric that AWS would publish is made up. */
export const resourceFault = (
  condition: ConditionName,
  doc: string,
  change: Parameters<Resources['set']>[0],
): FaultDefinition => ({
  doc: `Injected: ${doc}`,
  driven: false,
  parts: [],
  breaks: [condition],
  inject: async ({ resources }) => {
    const undo = resources.set(change);
    return async () => undo();
  },
});
