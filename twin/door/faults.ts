import { settingDefinitions } from '../../core/settings/index.ts';

/** What can be wrong with an upstream, as its clients see it. */
export const doorFaults = ['stop', 'hang', '403', '502', 'slow', 'late'] as const;

export type DoorFault = (typeof doorFaults)[number];

const { HEALTH_CHECK_TIMEOUT, AUTH_SERVICE_TIMEOUT } = settingDefinitions;

/** Later than the longest limit that the settings allow a check, so that whoever asks has given up by then. */
export const lateMs = (Math.max(HEALTH_CHECK_TIMEOUT.max, AUTH_SERVICE_TIMEOUT.max) + 5) * 1_000;

/** Later than an answer should be, and well within what every check waits. */
export const tardyMs = 2_400;
