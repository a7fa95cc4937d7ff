export { main } from './main.ts';
export { faultsMain } from './matrix/index.ts';
export { startTwin, type Twin, type TwinOptions } from './twin.ts';
