export { type Cause, type CauseCode, causes, type Layer, layers } from './causes.ts';
export { type LookAlike, lookAlikes } from './look-alikes.ts';
