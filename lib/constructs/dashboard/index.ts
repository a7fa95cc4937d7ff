export { Dashboard, type DashboardProps } from './dashboard.ts';
export type { AlarmsByCondition } from './thresholds.ts';
