/** Causes of the layer auth: logging in. */
import type { CauseRow } from './cause-row.ts';

export const authCauses = {
  PASSWORD_REJECTED: {
    meaning:
      'The server rejected the user or its password; it says the same for a wrong password, an unknown user and an expired password.',
    remedy:
      'Compare the secret with the role on the server; run the bootstrap function, which sets both to the same.',
    retryable: false,
  },
  LOGIN_NOT_PERMITTED: {
    meaning: 'The server knows the user but does not let it log in.',
    remedy: 'Give the role the LOGIN attribute back (ALTER ROLE … LOGIN), or use the role that has it.',
    retryable: false,
  },
  ADDRESS_NOT_ADMITTED: {
    meaning: 'No access rule of the server admits this user, database and address.',
    remedy:
      'Add the rule (pg_hba.conf; on RDS the parameter group decides), or turn protected mode of Redis off together with a password.',
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
  FIREWALL_REJECTED: {
    meaning: 'The load balancer itself forbids the request: a rule of its web firewall or of its listener.',
    remedy: 'Look at the sampled requests of the web ACL and at the rules of the listener.',
    retryable: false,
  },
  HOST_HEADER_REJECTED: {
    meaning: 'MLflow refused the Host header of the request.',
    remedy: 'Add the host name, with and without port, to --allowed-hosts of the MLflow server.',
    retryable: false,
  },
} as const satisfies Record<string, CauseRow>;
