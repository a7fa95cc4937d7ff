export { type Cause, type CauseCode, causes, type Layer, layers } from './causes.ts';
export { type LookAlike, lookAlikeOf, lookAlikes } from './look-alikes.ts';
export { type CauseSituation, remedyOf, type SpecialRemedy, specialRemedies } from './remedies.ts';
