export { type Cause, type CauseCode, causes, type Layer, layers } from './causes.ts';
