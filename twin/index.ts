export { main } from './main.ts';
export { startTwin, type Twin, type TwinOptions } from './twin.ts';
