export { detailType, type Watched, type WatchedCalls, watchedCalls } from './watched-calls.ts';
