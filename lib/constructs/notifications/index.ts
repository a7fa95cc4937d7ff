export {
  Notifications,
  type NotificationsProps,
  type Severity,
  severities,
} from './notifications.ts';
