export { createWatch, type Watch } from './monitors.ts';
export { addHealthRoutes } from './routes.ts';
export { type HealthSources, takeSnapshot } from './snapshot.ts';
export { overallNumber } from './verdict.ts';
export { fullBreakerView } from './views.ts';
