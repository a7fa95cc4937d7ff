import { modelReadyType } from './model-ready.ts';
import { modelReadyProblems } from './model-ready-schema.ts';

/** Every type of message, and what is wrong with a payload of it. */
export const messageTypes: Readonly<Record<string, (payload: unknown) => string[]>> = {
  [modelReadyType]: modelReadyProblems,
};
