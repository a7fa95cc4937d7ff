/**
 * The closed list of causes: what can be wrong between a client and a dependency, by name.
 * Probes, service, twin, runbooks and documents use the same rows. Adding a cause is adding a row here
 * and a section with its anchor in the runbook of its layer (a test compares the two).
 */

/** Layers in the order in which a connection passes them. The number is the metric `FailedLayer`. */
export const layers = {
  config: 1,
  dns: 2,
  tcp: 3,
  tls: 4,
  auth: 5,
  database: 6,
  query: 7,
  capacity: 8,
  protocol: 9,
} as const;

export type Layer = keyof typeof layers;

/** The runbook page of each layer. */
const runbookPages: Record<Layer, string> = {
  config: 'runbooks/configuration.md',
  dns: 'runbooks/dns.md',
  tcp: 'runbooks/network.md',
  tls: 'runbooks/tls.md',
  auth: 'runbooks/credentials.md',
  database: 'runbooks/database.md',
  query: 'runbooks/query.md',
  capacity: 'runbooks/capacity.md',
  protocol: 'runbooks/protocol.md',
};

interface CauseRow {
  /** One sentence: what is true when this cause is named. */
  meaning: string;
  /** What a person does first. */
  remedy: string;
  /** Whether the same call may succeed later with nobody changing anything. */
  retryable: boolean;
}

const config = {
  SETTING_INVALID: {
    meaning: 'A setting has a value that cannot be used.',
    remedy: 'Correct the named variable in the task definition or the shell; the message says what to write.',
    retryable: false,
  },
  SETTING_MISSING: {
    meaning: 'A required setting is not set.',
    remedy: 'Set the named variable; docs/reference/settings.md lists each with its meaning.',
    retryable: false,
  },
  PLACEHOLDER_UNRESOLVED: {
    meaning: 'A setting still contains the text of a template reference instead of its value.',
    remedy: 'Fix the step that should have replaced the reference, then deploy again.',
    retryable: false,
  },
  SECRET_UNREADABLE: {
    meaning: 'The secret with the credentials could not be read.',
    remedy:
      'Check that the secret exists, that the role may call secretsmanager:GetSecretValue on it, and that Secrets Manager can be reached.',
    retryable: true,
  },
  SECRET_INCOMPLETE: {
    meaning: 'The secret was read, but it is not a JSON object with the keys that are needed.',
    remedy: 'Restore the named keys in the secret; the bootstrap function writes all five.',
    retryable: false,
  },
  DATABASE_NAME_MISMATCH: {
    meaning: 'Not every source names the same database.',
    remedy: 'Change the named source to the database that exists on the server, then deploy again.',
    retryable: false,
  },
  DATABASE_NAME_CASE: {
    meaning: 'The configured database name differs from an existing one only in upper and lower case.',
    remedy: 'Write the name exactly as the server has it; PostgreSQL compares names by letter case.',
    retryable: false,
  },
  DATABASE_HOST_MISMATCH: {
    meaning: 'Not every source names the same database host and port.',
    remedy: 'Change the named source to the endpoint of the RDS instance, then deploy again.',
    retryable: false,
  },
  DATABASE_USER_MISMATCH: {
    meaning: 'Not every source names the same database user.',
    remedy: 'Change the named source to the user in the application secret, then deploy again.',
    retryable: false,
  },
  TASK_DEFINITION_DRIFT: {
    meaning: 'The running task definition differs from the contract or from the deployed template.',
    remedy: 'Deploy the service stack again; look in the audit log for who registered the revision by hand.',
    retryable: false,
  },
  SECRET_REFERENCE_BROKEN: {
    meaning:
      'The running task definition refers to a secret that does not exist or that its role cannot read.',
    remedy: 'Restore the secret or the grant of the execution role; new tasks cannot start until then.',
    retryable: false,
  },
  UPSTREAM_LOOP: {
    meaning: 'An upstream address leads back to the own load balancer.',
    remedy: 'Point the setting at the internal address of the upstream.',
    retryable: false,
  },
} as const satisfies Record<string, CauseRow>;

const dns = {
  DNS_NOT_FOUND: {
    meaning: 'The name server says that the host name does not exist.',
    remedy:
      'Compare the host name with the endpoint of the instance or the Cloud Map service; look for a typing error or a deleted record.',
    retryable: false,
  },
  DNS_NO_ADDRESS: {
    meaning: 'The host name exists, but it has no address of the kind that is needed.',
    remedy: 'Add an A record, or register a healthy instance with the Cloud Map service.',
    retryable: true,
  },
  DNS_SERVER_FAILURE: {
    meaning: 'The name server answered with a failure, or refused the question.',
    remedy: 'Check the resolver rules of the VPC and the private hosted zone.',
    retryable: true,
  },
  DNS_TIMEOUT: {
    meaning: 'The name server did not answer in time.',
    remedy:
      'Check that DNS support is on in the VPC and that no network ACL blocks port 53 for a custom resolver.',
    retryable: true,
  },
} as const satisfies Record<string, CauseRow>;

const tcp = {
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
    meaning: 'The network says that there is no way to the host.',
    remedy: 'Check the address and the route tables of the client subnets.',
    retryable: true,
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

const tls = {
  TLS_NOT_OFFERED: {
    meaning: 'The server does not offer TLS.',
    remedy:
      'Turn TLS on at the server (rds.force_ssl, ssl = on); do not turn verification off at the client.',
    retryable: false,
  },
  TLS_REQUIRED: {
    meaning: 'The server speaks only TLS, and the client did not.',
    remedy: 'Use the TLS form of the address (https, rediss) or turn TLS on in the setting.',
    retryable: false,
  },
  TLS_UNTRUSTED_CA: {
    meaning: 'The certificate of the server is not signed by an authority that the client trusts.',
    remedy:
      'Check DATABASE_SSL_ROOT_CERT and the certificate authority of the instance; check that nothing intercepts the connection.',
    retryable: false,
  },
  TLS_CERTIFICATE_EXPIRED: {
    meaning: 'The certificate of the server has expired.',
    remedy: 'Rotate the certificate of the server (for RDS: modify the instance to a current CA).',
    retryable: false,
  },
  TLS_CERTIFICATE_NOT_YET_VALID: {
    meaning: 'The certificate of the server is not valid yet.',
    remedy: 'Check the clocks of both sides and the start date of the certificate.',
    retryable: false,
  },
  TLS_HOSTNAME_MISMATCH: {
    meaning: 'The certificate of the server is for another host name.',
    remedy:
      'Connect by the name in the certificate: the endpoint of the instance, not an address or an alias.',
    retryable: false,
  },
  TLS_PROTOCOL_MISMATCH: {
    meaning: 'Client and server have no TLS version or cipher in common, or the port does not speak TLS.',
    remedy: 'Check the port, and the TLS versions that the server allows (TLS 1.2 or newer is needed).',
    retryable: false,
  },
  TLS_TIMEOUT: {
    meaning: 'The connection was accepted, but the TLS handshake was not answered.',
    remedy: 'Check whether the port speaks TLS at all, and whether the server is overloaded.',
    retryable: true,
  },
} as const satisfies Record<string, CauseRow>;

const auth = {
  PASSWORD_REJECTED: {
    meaning:
      'The server rejected the user or its password; it says the same for a wrong password, an unknown user and an expired password.',
    remedy:
      'Compare the secret with the role on the server; run the bootstrap function, which sets both to the same.',
    retryable: false,
  },
  LOGIN_NOT_PERMITTED: {
    meaning: 'The server knows the user but does not let it log in, or not from this address.',
    remedy: 'Check the LOGIN attribute of the role and the access rules of the server.',
    retryable: false,
  },
  ENCRYPTION_REQUIRED: {
    meaning: 'The server refused the login because the connection is not encrypted.',
    remedy: 'Set DATABASE_SSL_MODE to verify-full.',
    retryable: false,
  },
  AUTHENTICATION_REQUIRED: {
    meaning: 'The server wants credentials and got none.',
    remedy: 'Set the token or key of this dependency.',
    retryable: false,
  },
  API_KEY_REJECTED: {
    meaning: 'The service answers, and rejects the key or token.',
    remedy: 'Replace the key; check AUTH_SERVICE_ID.',
    retryable: false,
  },
  FORBIDDEN: {
    meaning: 'The service answers, and forbids this request by policy.',
    remedy: 'Check the scopes of the key, and firewall rules in front of the service.',
    retryable: false,
  },
  HOST_HEADER_REJECTED: {
    meaning: 'MLflow refused the Host header of the request.',
    remedy: 'Add the host name, with and without port, to --allowed-hosts of the MLflow server.',
    retryable: false,
  },
} as const satisfies Record<string, CauseRow>;

const database = {
  DATABASE_MISSING: {
    meaning: 'The login works, but the server has no database of this name.',
    remedy:
      'Set DATABASE_NAME to a database that exists (the evidence lists them), or run the bootstrap function.',
    retryable: false,
  },
  DATABASE_ACCESS_DENIED: {
    meaning: 'The database exists, but the user may not connect to it.',
    remedy: 'Run the bootstrap function; it grants CONNECT.',
    retryable: false,
  },
  DATABASE_NOT_ACCEPTING: {
    meaning: 'The database exists, but does not accept connections.',
    remedy: 'Set ALLOW_CONNECTIONS back to true; look for who turned it off.',
    retryable: false,
  },
  SCHEMA_MISSING: {
    meaning: 'The database is there, but tables that the service needs are not.',
    remedy: 'Run the migration task; check that this is the right database.',
    retryable: false,
  },
  SERVER_STARTING: {
    meaning: 'The server is starting up or recovering.',
    remedy: 'Wait; look at the events of the instance when it lasts longer than a failover (120 s).',
    retryable: true,
  },
  SERVER_SHUTTING_DOWN: {
    meaning: 'The server is shutting down.',
    remedy: 'Look at the events of the instance: maintenance, a reboot or a failover is running.',
    retryable: true,
  },
} as const satisfies Record<string, CauseRow>;

const query = {
  QUERY_TIMEOUT: {
    meaning: 'The connection is up, but a query did not finish in time.',
    remedy: 'Look for blocked sessions and load on the instance.',
    retryable: true,
  },
  READ_ONLY: {
    meaning: 'The server takes reads but no writes: a replica, a demoted primary, or a read-only default.',
    remedy: 'Check that the endpoint leads to the writer; connections made before a failover must be closed.',
    retryable: true,
  },
  DISK_FULL: {
    meaning: 'The server has no room left to write.',
    remedy: 'Raise the allocated storage; look for what grew (logs, an abandoned replication slot).',
    retryable: false,
  },
  CONNECTION_LOST: {
    meaning: 'The connection broke after it had been established.',
    remedy: 'Look at the events of the instance for a restart or failover at that time.',
    retryable: true,
  },
  SLOW: {
    meaning: 'The answer came, but later than the limit for a healthy one.',
    remedy: 'Look at the load of the instance and at the phase that took the time.',
    retryable: true,
  },
} as const satisfies Record<string, CauseRow>;

const capacity = {
  TOO_MANY_CONNECTIONS: {
    meaning: 'The server, the database or the user has no connection left.',
    remedy:
      'Find who holds the connections; close idle ones, or lower the pools. Restarting tasks makes it worse.',
    retryable: true,
  },
  HEADROOM_LOW: {
    meaning: 'Few connections are left.',
    remedy: 'Find who holds the connections before the limit is reached.',
    retryable: true,
  },
  OUT_OF_MEMORY: {
    meaning: 'The server has no memory left for this.',
    remedy: 'Raise the size of the node, or let keys expire.',
    retryable: true,
  },
  MAX_CLIENTS: {
    meaning: 'Redis has no client connection left.',
    remedy: 'Find who holds the connections; check the pools.',
    retryable: true,
  },
  RATE_LIMITED: {
    meaning: 'The service answers that there were too many requests.',
    remedy: 'Wait as long as Retry-After says; check the limit of the key.',
    retryable: true,
  },
} as const satisfies Record<string, CauseRow>;

const protocol = {
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
  REDIRECTED: {
    meaning: 'The server sends the client elsewhere instead of answering.',
    remedy: 'Use the address that the evidence shows, with the right scheme and path.',
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

const byLayer = { config, dns, tcp, tls, auth, database, query, capacity, protocol };

export type CauseCode = { [L in Layer]: keyof (typeof byLayer)[L] }[Layer];

export interface Cause extends CauseRow {
  code: CauseCode;
  layer: Layer;
  /** Page and anchor, such as `runbooks/database.md#database_missing`. */
  runbook: string;
}

const entries = (Object.entries(byLayer) as [Layer, Record<string, CauseRow>][]).flatMap(([layer, rows]) =>
  Object.entries(rows).map(([code, row]) => {
    const runbook = `${runbookPages[layer]}#${code.toLowerCase()}`;
    return [code, { code: code as CauseCode, layer, runbook, ...row }] as const;
  }),
);

/** Every cause by its code. */
export const causes: Readonly<Record<CauseCode, Cause>> = Object.fromEntries(entries) as unknown as Record<
  CauseCode,
  Cause
>;
