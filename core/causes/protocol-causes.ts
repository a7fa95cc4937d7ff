/** Causes of the layer protocol: what answers. */
import type { CauseRow } from './cause-row.ts';

export const protocolCauses = {
  NOT_THE_EXPECTED_SERVER: {
    meaning: 'Something answers on this port, but it does not speak the expected protocol.',
    remedy: 'Check host and port.',
    retryable: false,
  },
  RESPONSE_TIMEOUT: {
    meaning: 'The server accepted the request and did not answer in time.',
    remedy: 'Look at the load and the logs of the server.',
    retryable: true,
  },
  RESPONSE_STALLED: {
    meaning: 'The answer began and then stopped.',
    remedy:
      'Look at the server and at what stands between: a proxy whose backend hangs, or large packets that are dropped.',
    retryable: true,
  },
  RESPONSE_TRUNCATED: {
    meaning: 'The connection was closed in the middle of the answer.',
    remedy: 'Look at the log of the server for a crash, and at the time-outs of what stands between.',
    retryable: true,
  },
  REDIRECTED: {
    meaning: 'The server sends the client elsewhere instead of answering.',
    remedy: 'Use the address that the evidence shows, with the right scheme and path.',
    retryable: false,
  },
  PATH_NOT_FOUND: {
    meaning: 'A server answers, and has nothing under this path.',
    remedy:
      'Compare the path prefix of the setting with the one that the service has; the evidence says where its health path answers.',
    retryable: false,
  },
  NO_LISTENER_RULE: {
    meaning: 'The load balancer answers that none of its rules leads to the service.',
    remedy: 'Look at the listener rules for this host and path, on port 443 as on port 80.',
    retryable: false,
  },
  MISDIRECTED_REQUEST: {
    meaning: 'The server does not serve this host name.',
    remedy:
      'Use the name that the service has behind its load balancer; the target of the report shows the one that was asked for.',
    retryable: false,
  },
  REQUEST_REJECTED: {
    meaning: 'The service works and refuses the form of the request.',
    remedy: 'Compare the versions of both sides; the evidence shows what the service says.',
    retryable: false,
  },
  UNEXPECTED_CONTENT: {
    meaning: 'The answer has another form than this service gives, such as a page instead of data.',
    remedy: 'Check host, path and what stands in front of the service.',
    retryable: false,
  },
  UPSTREAM_ERROR: {
    meaning: 'The service answered with an error of its own.',
    remedy: 'Look at the logs of that service.',
    retryable: true,
  },
  UPSTREAM_SCHEMA_MISSING: {
    meaning: 'The service answered with an error, because a table of its own database is missing.',
    remedy: 'Run the migrations of that service; repeating the request does not help.',
    retryable: false,
  },
  NO_HEALTHY_TARGET: {
    meaning: 'The load balancer in front of the service has no target to send to.',
    remedy: 'Look at the tasks of that service and at the health of its target group.',
    retryable: true,
  },
  BAD_GATEWAY: {
    meaning: 'The load balancer got no usable answer from its target.',
    remedy: 'Look at the tasks of that service: crashing, or closing connections early.',
    retryable: true,
  },
  GATEWAY_TIMEOUT: {
    meaning: 'The load balancer did not get an answer from its target in time.',
    remedy: 'Look at the load of that service and the security group between load balancer and tasks.',
    retryable: true,
  },
  LOADING: {
    meaning: 'Redis is loading its data and takes no commands yet.',
    remedy: 'Wait; look at the events of the cache when it lasts.',
    retryable: true,
  },
  UNKNOWN: {
    meaning: 'The failure has no name yet; the evidence is as it came.',
    remedy: 'Read the evidence; add a cause for it.',
    retryable: false,
  },
} as const satisfies Record<string, CauseRow>;
