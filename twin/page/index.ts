export { type DashboardBody, readDashboard } from './dashboard.ts';
export { type Page, startPage } from './page.ts';
export type { ChangeLog, Notification, PageSubject, PageTwin } from './subject.ts';
