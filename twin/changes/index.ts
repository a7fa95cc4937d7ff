export type { ChangingCall } from './call.ts';
export { type ChangeLine, type Changes, createChanges } from './changes.ts';
export { PatternRefused, readPattern } from './pattern.ts';
