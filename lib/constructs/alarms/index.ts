export type { AlarmRow } from './alarm-row.ts';
export { Alarms, type AlarmsProps } from './alarms.ts';
export { capacityAlarms } from './capacity-alarms.ts';
export { networkPathAlarms } from './network-path-alarms.ts';
export { connectivityAlarms, databaseNameAlarms } from './probe-alarms.ts';
