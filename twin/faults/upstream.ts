import type { CauseCode } from '../../core/causes/index.ts';
import type { ConditionName } from '../../core/conditions/index.ts';
import { type DoorFault, flakyEvery, lateMs, tardyMs } from '../door/index.ts';
import type { UpstreamName } from '../upstreams.ts';
import type { FaultDefinition } from './fault.ts';

const names: Record<UpstreamName, string> = { mlflow: 'MLflow', auth: 'the auth service' };

const docs: Record<DoorFault, (name: string) => string> = {
  stop: (name) => `Nothing listens on the port of ${name}; connections are refused.`,
  hang: (name) =>
    `Connections to ${name} are accepted and nothing is answered, on those that are open either.`,
  '403': (name) => `A plain 403 is the answer of ${name} to every request; it is not about the Host header.`,
  '502': (name) => `A gateway in front of ${name} answers every request with 502 and a page of its own.`,
  late: (name) =>
    `Every answer of ${name} is ${tardyMs / 1000} s late: every check is content with that, users are not.`,
  flaky: (name) => `One request in ${flakyEvery} to ${name} fails with 502: too seldom for any check to see.`,
  slow: (name) =>
    `Every answer of ${name} is ${lateMs / 1000} s late, which is more than any check waits: RESPONSE_TIMEOUT.`,
};

const causes: Partial<Record<DoorFault, CauseCode>> = {
  stop: 'CONNECTION_REFUSED',
  hang: 'RESPONSE_TIMEOUT',
  '403': 'FORBIDDEN',
  '502': 'BAD_GATEWAY',
  slow: 'RESPONSE_TIMEOUT',
};

const breaks = (upstream: UpstreamName, fault: DoorFault): ConditionName => {
  if (fault === 'late') return 'responses-slow';
  if (fault === 'flaky') return 'error-budget-draining';
  // What MLflow forbids is passed on as it is: no request fails for want of it.
  return upstream === 'mlflow' && fault !== '403' ? 'mlflow-unusable' : `${upstream}-down`;
};

/** One fault of one upstream, stand-in or real: it happens at the door in front of it. */
export const upstreamFault = (upstream: UpstreamName, fault: DoorFault): FaultDefinition => ({
  doc: docs[fault](names[upstream]),
  driven: true,
  parts: [upstream],
  breaks: [breaks(upstream, fault)],
  ...(causes[fault] && { cause: causes[fault] }),
  inject: ({ doors }) => doors[upstream].inject(fault),
});
