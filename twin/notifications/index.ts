export { createDeliveries, type Deliveries, type Notification } from './deliveries.ts';
export { actionsLeftOut, createFunctionActions } from './function-actions.ts';
export { type AlarmPublisher, createAlarmPublisher } from './publisher.ts';
export { subscriptionCounts } from './subscriptions.ts';
