export type { MessageMeasure } from './measure.ts';
export { createMessages, type Messages } from './messages.ts';
export type { Trouble } from './troubles.ts';
