/**
 * Causes that the client cannot tell from something else: what else looks the same, what the signal itself
 * already rules out, and what would decide. Causes that a signal names without doubt have no row.
 */
import type { CauseCode } from './causes.ts';

export interface LookAlike {
  /** What else would look the same from here, the most frequent first. */
  mayBe: readonly string[];
  /** The same for a dependency of which something else is more likely, by its name. */
  mayBeOf?: Readonly<Record<string, readonly string[]>>;
  /** What the signal alone rules out. What a check finds out by asking further comes on top of it. */
  ruledOut?: string;
  /** What would decide, outside of the client. */
  decides: string;
}

export const lookAlikes: Readonly<Partial<Record<CauseCode, LookAlike>>> = {
  DNS_NOT_FOUND: {
    mayBe: ['a typing error', 'a deleted record', 'a private zone that this network is not associated with'],
    decides: 'the records of the zone, and the networks that it is associated with',
  },
  DNS_TIMEOUT: {
    mayBe: ['a name server that is down', 'port 53 blocked on the way', 'DNS support off in the VPC'],
    decides: 'the same question from another subnet, and enableDnsSupport of the VPC',
  },
  CONNECT_TIMEOUT: {
    mayBe: [
      'a security group, of the target or of this client',
      'a network ACL, in either direction',
      'a route',
      'a host that is down or has moved',
    ],
    ruledOut: 'a stopped server on a running host: a closed port refuses at once',
    decides: 'the network-path probe for group, ACL and route; the state of the instance for the host',
  },
  CONNECTION_REFUSED: {
    mayBe: ['a server that is stopped, restarting or failing over', 'a wrong port'],
    ruledOut: 'security groups, network ACLs and routes: the host answered',
    decides: 'the events of the instance, and its port',
  },
  CONNECTION_RESET: {
    mayBe: ['a proxy without a backend', 'a limit of connections', 'a crash of the server'],
    mayBeOf: {
      redis: [
        'Redis at its limit of clients (maxclients), which drops those that come with TLS without a word',
        'a proxy without a backend',
        'a crash of the server',
      ],
    },
    ruledOut: 'security groups, network ACLs and routes: the connection was accepted',
    decides: 'the log of the server at that second',
  },
  HOST_UNREACHABLE: {
    mayBe: ['a host that is down', 'an address that nobody has', 'a router without a route'],
    decides: 'the state of the instance, and who owns the address',
  },
  TLS_TIMEOUT: {
    mayBe: [
      'a server without TLS',
      'a server that is overloaded',
      'a proxy whose backend hangs',
      'large packets that are dropped on the way',
    ],
    ruledOut: 'security groups, network ACLs and routes: the connection was accepted',
    decides: 'the log and the load of the server',
  },
  TLS_CLOSED: {
    mayBe: [
      'a proxy without a backend',
      'a server that wants another host name or a client certificate',
      'a limit of connections',
    ],
    mayBeOf: {
      redis: [
        'Redis at its limit of clients (maxclients), which it cannot say before TLS',
        'a proxy without a backend',
        'a server that wants another host name or a client certificate',
      ],
    },
    decides: 'the log of the server at that second',
  },
  TLS_UNTRUSTED_CA: {
    mayBe: [
      'a bundle that is configured here and is not the right one',
      'a server that does not send the certificate between its own and the authority',
      'something that intercepts the connection',
    ],
    decides:
      'the authority that the instance has (CACertificateIdentifier), against the issuer in the evidence',
  },
  PASSWORD_REJECTED: {
    mayBe: ['a wrong password', 'a user that does not exist', 'a user that is disabled or past VALID UNTIL'],
    ruledOut: 'network and encryption: the login was answered',
    decides: 'pg_roles as another role, or ACL LIST of Redis; the versions of the secret',
  },
  AUTHENTICATION_REQUIRED: {
    mayBe: ['a token that is not set here', 'a proxy on the way that takes the header off'],
    decides: 'the headers that arrive at the service, in its log',
  },
  API_KEY_REJECTED: {
    mayBe: ['a wrong or expired key', 'a proxy on the way that changes the header'],
    ruledOut: 'an outage: the service answered',
    decides: 'the record of the key, and the log of the service',
  },
  QUERY_TIMEOUT: {
    mayBe: ['a lock', 'an overloaded instance', 'storage that hangs', 'a network that broke after the login'],
    decides: 'wait_event in pg_stat_activity',
  },
  CONNECTION_LOST: {
    mayBe: [
      'a restart or failover',
      'a crash of the session',
      'something on the way that forgot the session',
    ],
    decides: 'the events of the instance, then its log',
  },
  SAVE_FAILED: {
    mayBe: ['a full disk', 'a folder that it may not write', 'no memory for the copy'],
    decides: 'the log of the server: why the last save failed',
  },
  NOT_THE_EXPECTED_SERVER: {
    mayBe: ['a wrong port', 'a wrong host', 'a proxy in front of the right server'],
    decides: 'the endpoint and port of the service',
  },
  RESPONSE_TIMEOUT: {
    mayBe: ['a process that hangs or is overloaded', 'one that waits for a dependency of its own'],
    ruledOut: 'security groups, network ACLs and routes: the connection was accepted',
    decides: 'the log and the load of the server',
  },
  UNEXPECTED_CONTENT: {
    mayBe: ['a login page', 'a proxy that answers in place of the service', 'another service'],
    decides: 'the first lines of the answer, and the rule of the load balancer that led there',
  },
  PATH_NOT_FOUND: {
    mayBe: [
      'a wrong prefix in the setting',
      'a rule that leads to another service',
      'a version without the path',
    ],
    decides: 'the routes of the service, and the rule of the load balancer that led there',
  },
  NO_HEALTHY_TARGET: {
    mayBe: ['no task is running', 'every task fails its health check', 'tasks are not registered'],
    decides: 'describe-target-health of the target group',
  },
  BAD_GATEWAY: {
    mayBe: ['a task that crashes', 'a task that closes idle connections earlier than the load balancer'],
    decides: 'restarts of the tasks, and the two idle time-outs',
  },
  GATEWAY_TIMEOUT: {
    mayBe: ['a slow task', 'a security group between load balancer and task'],
    decides: 'describe-target-health: Target.Timeout of all targets at once is the security group',
  },
  UPSTREAM_ERROR: {
    mayBe: ['a defect of that service', 'a dependency of its own that is down'],
    decides: 'the log of that service at that second',
  },
};

/** The row of a cause as it holds for a dependency; undefined for a cause without doubt. */
export const lookAlikeOf = (code: CauseCode, dependency: string): Omit<LookAlike, 'mayBeOf'> | undefined => {
  const row = lookAlikes[code];
  if (!row) return undefined;
  const { mayBeOf, ...rest } = row;
  return { ...rest, mayBe: mayBeOf?.[dependency] ?? row.mayBe };
};
