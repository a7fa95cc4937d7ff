/** Causes of the layer tcp: connecting. */
import type { CauseRow } from './cause-row.ts';

export const tcpCauses = {
  CONNECTION_REFUSED: {
    meaning: 'The host answered that nothing listens on this port; the network path is open both ways.',
    remedy: 'Check the port, and whether the server is stopped, restarting or failing over.',
    retryable: true,
  },
  CONNECT_TIMEOUT: {
    meaning:
      'Nothing answered the connection attempt: a security group, a network ACL or a route drops it, or the host is away.',
    remedy: 'Run the network-path probe; it names the rule that blocks.',
    retryable: true,
  },
  HOST_UNREACHABLE: {
    meaning: 'A router or the last hop says that the host cannot be reached.',
    remedy: 'Check the address, and whether the host is up; then the route tables of the client subnets.',
    retryable: true,
  },
  NETWORK_UNREACHABLE: {
    meaning: 'This machine has no route to the address, so that nothing was sent.',
    remedy:
      'Check the address: an IPv6 one needs an IPv6 route, a private one a subnet or peering that leads there.',
    retryable: true,
  },
  CONNECT_PROHIBITED: {
    meaning: 'A rule on this machine or on a router forbids the connection, and says so.',
    remedy: 'Look for the rule: a firewall or routing policy of the host, or the permissions of the process.',
    retryable: false,
  },
  CONNECTION_RESET: {
    meaning: 'The connection was reset before the server said anything.',
    remedy: 'Check for a proxy, a connection limit or a crash on the server side.',
    retryable: true,
  },
  SECURITY_GROUP_BLOCKS: {
    meaning: 'No security group rule admits this connection.',
    remedy: 'Add the one rule that the report names; deploy the data stack if it was removed by hand.',
    retryable: false,
  },
  NETWORK_ACL_BLOCKS: {
    meaning: 'A network ACL entry denies this connection or its answers.',
    remedy: 'Change the entry that the report names; deploy the data stack if it was changed by hand.',
    retryable: false,
  },
  ROUTE_MISSING: {
    meaning: 'No route leads from the client subnet to the target, or back.',
    remedy: 'Restore the route that the report names.',
    retryable: false,
  },
} as const satisfies Record<string, CauseRow>;
