import type { Party } from './parties.ts';

/** One permitted direction of opening TCP connections. Answers are implied. */
export interface Flow {
  from: Party;
  to: Party;
  /** TCP port of the server side. */
  port: number;
  why: string;
}

/** What the model needs to know of one environment. Ports are TCP ports, 1 to 65535. */
export interface NetworkPorts {
  database: number;
  /** Absent when there is no cache. */
  cache?: number;
  /** The port that the service listens on. */
  service: number;
  /** The ports that the load balancer listens on. */
  listeners: readonly number[];
  /** The ports of upstreams inside the VPC. */
  upstreams: readonly number[];
  /** Whether AWS APIs are reached through interface endpoints in the VPC. */
  endpoints: boolean;
}

const checked = (flow: Flow): Flow => {
  if (!Number.isInteger(flow.port) || flow.port < 1 || flow.port > 65535) {
    throw new RangeError(
      `Port ${flow.port} from ${flow.from} to ${flow.to} is not a TCP port; write 1 to 65535.`,
    );
  }
  return flow;
};

/**
 * Who may talk to whom, complete: what is not listed is not allowed. Security groups, network ACLs and the
 * checks of the synthesized template are derived from this list.
 * @throws RangeError for a port outside 1 to 65535.
 */
export const flows = (ports: NetworkPorts): Flow[] => {
  const list: Flow[] = [
    ...ports.listeners.map(
      (port): Flow => ({
        from: 'internet',
        to: 'load-balancer',
        port,
        why: 'callers of the API',
      }),
    ),
    { from: 'load-balancer', to: 'client', port: ports.service, why: 'requests and health checks' },
    { from: 'client', to: 'database', port: ports.database, why: 'queries of tasks, probes and bootstrap' },
    ...[...new Set(ports.upstreams)].map(
      (port): Flow => ({
        from: 'client',
        to: 'upstreams',
        port,
        why: 'MLflow and auth inside the VPC',
      }),
    ),
    // Also without NAT: the S3 gateway endpoint, which image layers come through, answers from public
    // addresses. There the route table, not the group, confines this flow.
    { from: 'client', to: 'internet', port: 443, why: 'AWS APIs, image layers and https upstreams' },
  ];
  if (ports.cache !== undefined) {
    list.push({ from: 'client', to: 'cache', port: ports.cache, why: 'cache and queue of the tasks' });
  }
  if (ports.endpoints) {
    list.push({ from: 'client', to: 'aws-endpoints', port: 443, why: 'AWS APIs without leaving the VPC' });
  }
  return list.map(checked);
};

/** Whether the model lets `from` open a connection to `to` on a port. */
export const mayTalk = (list: readonly Flow[], from: Party, to: Party, port: number): boolean =>
  list.some((flow) => flow.from === from && flow.to === to && flow.port === port);
