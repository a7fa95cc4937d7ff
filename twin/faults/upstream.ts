import { type DoorFault, lateMs } from '../door/index.ts';
import type { UpstreamName } from '../upstreams.ts';
import type { FaultDefinition } from './fault.ts';

const names: Record<UpstreamName, string> = { mlflow: 'MLflow', auth: 'the auth service' };

const docs: Record<DoorFault, (name: string) => string> = {
  stop: (name) => `Nothing listens on the port of ${name}; connections are refused.`,
  hang: (name) =>
    `Connections to ${name} are accepted and nothing is answered, on those that are open either.`,
  '403': (name) => `A plain 403 is the answer of ${name} to every request; it is not about the Host header.`,
  '502': (name) => `A gateway in front of ${name} answers every request with 502 and a page of its own.`,
  slow: (name) =>
    `Every answer of ${name} is ${lateMs / 1000} s late, which is more than any check waits: RESPONSE_TIMEOUT.`,
};

/** One fault of one upstream, stand-in or real: it happens at the door in front of it. */
export const upstreamFault = (upstream: UpstreamName, fault: DoorFault): FaultDefinition => ({
  doc: docs[fault](names[upstream]),
  driven: true,
  inject: ({ doors }) => doors[upstream].inject(fault),
});
