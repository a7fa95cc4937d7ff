export { createDeliveries, type Deliveries, type Notification } from './deliveries.ts';
export { type AlarmPublisher, createAlarmPublisher } from './publisher.ts';
export { topicArns } from './subscriptions.ts';
