/** Which finding explains which other. Each rule is one sentence of how things depend on each other. */
import { type CauseCode, layers } from '../causes/index.ts';
import type { Check } from '../checks/index.ts';

export interface Explanation {
  /** Why the second follows from the first. */
  because: string;
  explains(first: Check, second: Check): boolean;
}

const oneOf =
  (...codes: CauseCode[]) =>
  ({ cause }: Check): boolean =>
    cause !== undefined && codes.includes(cause);

const blockedPath = oneOf('SECURITY_GROUP_BLOCKS', 'NETWORK_ACL_BLOCKS', 'ROUTE_MISSING');
const silentOrCut = oneOf(
  'CONNECT_TIMEOUT',
  'HOST_UNREACHABLE',
  'CONNECTION_RESET',
  'TLS_TIMEOUT',
  'RESPONSE_TIMEOUT',
);
const resolverFailed = oneOf('DNS_TIMEOUT', 'DNS_SERVER_FAILURE');
const wrongName = oneOf('DATABASE_NAME_MISMATCH', 'DATABASE_NAME_CASE');
const wrongHost = oneOf('DATABASE_HOST_MISMATCH');
const wrongUser = oneOf('DATABASE_USER_MISMATCH');
const secretBroken = oneOf('SECRET_UNREADABLE', 'SECRET_INCOMPLETE', 'SECRET_REFERENCE_BROKEN');
const drift = oneOf(
  'TASK_DEFINITION_DRIFT',
  'UPSTREAM_LOOP',
  'PLACEHOLDER_UNRESOLVED',
  'SETTING_INVALID',
  'SETTING_MISSING',
);
const noConnectionLeft = oneOf('TOO_MANY_CONNECTIONS', 'HEADROOM_LOW');
const restarting = oneOf('SERVER_STARTING', 'SERVER_SHUTTING_DOWN');
const cutByRestart = oneOf('CONNECTION_REFUSED', 'CONNECTION_LOST', 'CONNECTION_RESET');

const sameDependency = (first: Check, second: Check): boolean => first.dependency === second.dependency;
/** Of one connection. The findings about the service come from several tasks of it, which say nothing of each other. */
const lower = (first: Check, second: Check): boolean =>
  layers[first.layer] < layers[second.layer] && first.dependency !== 'service';

/** The place of a blocked path, such as the network ACL of the clients' subnet. */
const placeOf = ({ evidence }: Check): unknown => evidence?.blocks;

/** The most telling first: the first rule that fits is the one that is told. */
export const explanations: readonly Explanation[] = [
  {
    because: 'the path between client and server is blocked there',
    explains: (first, second) => blockedPath(first) && silentOrCut(second) && sameDependency(first, second),
  },
  {
    because: 'the same place of the network blocks both',
    explains: (first, second) =>
      blockedPath(first) &&
      blockedPath(second) &&
      placeOf(first) !== undefined &&
      placeOf(first) === placeOf(second) &&
      first.dependency < second.dependency,
  },
  {
    because: 'names are looked up by the same name server',
    explains: (first, second) =>
      resolverFailed(first) && resolverFailed(second) && first.dependency < second.dependency,
  },
  {
    because: 'the sources do not agree on the name of the database',
    explains: (first, second) => wrongName(first) && oneOf('DATABASE_MISSING', 'SCHEMA_MISSING')(second),
  },
  {
    because: 'the sources do not agree on the host of the database',
    explains: (first, second) =>
      wrongHost(first) &&
      second.dependency === 'postgres' &&
      ['dns', 'tcp', 'tls', 'auth', 'database'].includes(second.layer),
  },
  {
    because: 'the sources do not agree on the role',
    explains: (first, second) =>
      wrongUser(first) &&
      oneOf(
        'PASSWORD_REJECTED',
        'LOGIN_NOT_PERMITTED',
        'DATABASE_ACCESS_DENIED',
        'PRIVILEGE_MISSING',
      )(second),
  },
  {
    because: 'the credentials come from that secret',
    explains: (first, second) =>
      secretBroken(first) && sameDependency(first, second) && second.layer === 'auth',
  },
  {
    because: 'the server is restarting',
    explains: (first, second) => restarting(first) && cutByRestart(second) && sameDependency(first, second),
  },
  {
    because: 'the server has no connection left',
    explains: (first, second) =>
      noConnectionLeft(first) &&
      noConnectionLeft(second) &&
      first !== second &&
      first.cause === 'HEADROOM_LOW' &&
      second.cause === 'TOO_MANY_CONNECTIONS',
  },
  {
    because: 'the settings of this dependency are wrong',
    explains: (first, second) => drift(first) && sameDependency(first, second) && lower(first, second),
  },
  {
    because: 'a connection does not get past a layer that fails',
    explains: (first, second) => sameDependency(first, second) && lower(first, second),
  },
];
