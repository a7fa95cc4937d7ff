export { type CompareOptions, compareWithFlows, type Difference, type Ends, endsByParty } from './compare.ts';
