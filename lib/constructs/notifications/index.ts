export { Notifications, type NotificationsProps } from './notifications.ts';
export { Notifier, type NotifierOptions, type NotifierProps } from './notifier.ts';
export { type Severity, severities } from './severity.ts';
