export { startBundling } from './bundle.ts';
export type { HealthAnswer } from './health-page.ts';
export { type Service, type ServiceStatus, startService } from './service.ts';
export { firstVerdict, whyNotHealthy } from './verdict.ts';
