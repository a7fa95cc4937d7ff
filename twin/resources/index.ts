export { happensSeldom, publishes } from './baseline.ts';
export { createResources, type Resources } from './resources.ts';
