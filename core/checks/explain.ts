/** What else can be found out about a failed connection before it is reported. Only failures pay for it. */
import { isIP } from 'node:net';
import { type Budget, explanationMs } from './budget.ts';
import type { Climb } from './ladder.ts';
import { askNameServer } from './name-server.ts';
import type { Failure } from './outcome.ts';
import { type Protocol, protocols } from './protocols.ts';
import { bannerOf, lookAgain, lookInWords, type SecondLook, spokenIn } from './second-look.ts';
import { dial } from './tcp.ts';

/** The connection that failed. */
export interface Attempted {
  host: string;
  port: number;
  /** What was to be spoken, above TLS where there is TLS. */
  expected: Exclude<Protocol, 'tls'>;
  tls: boolean;
}

const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';

/** A name that was resolved to an old address looks like a host that is gone. */
const compareAddress = async ({ host }: Attempted, address: string, climb: Climb, budget: Budget) => {
  if (isIP(host) || isLoopback(address)) return;
  const answer = await askNameServer(host, budget);
  if (!('addresses' in answer)) {
    climb.evidence.nameServer = answer.code;
    return;
  }
  const same = answer.addresses.includes(address);
  climb.evidence.nameServer = answer.addresses;
  climb.evidence.ttlSeconds = answer.ttl;
  climb.toldApart.push(
    same
      ? 'the name server gives this address too'
      : 'the name server gives another address: this one is out of date',
  );
};

/** Outside of the range from which Linux chooses by itself (32768 to 60999), below and above. */
const otherSourcePort = (): number[] => [
  1_100 + Math.floor(Math.random() * 3_000),
  61_100 + Math.floor(Math.random() * 4_000),
];

/** A network ACL that opens only part of the ports for answers drops by source port. */
const trySourcePorts = async ({ port }: Attempted, address: string, climb: Climb, budget: Budget) => {
  const tried = await Promise.all(
    otherSourcePort().map(async (localPort) => {
      const dialled = await dial(address, port, budget, localPort);
      if (dialled.ok) dialled.value.destroy();
      return { localPort, accepted: dialled.ok };
    }),
  );
  const accepted = tried.filter((one) => one.accepted).map(({ localPort }) => localPort);
  if (accepted.length > 0) climb.evidence.acceptedFromPorts = accepted;
  climb.toldApart.push(
    accepted.length > 0
      ? `accepted from source port ${accepted.join(', ')}: part of the ports is dropped, or packets get lost`
      : `silent too from source ports ${tried.map(({ localPort }) => localPort).join(' and ')}`,
  );
};

/** What a second look says beyond doubt; undefined when it leaves the cause as it is. */
const betterCause = (attempted: Attempted, failure: Failure, look: SecondLook): Failure | undefined => {
  const { expected, tls, port } = attempted;
  const { evidence } = failure;
  const spoken = spokenIn(look);
  const other = spoken.find((name) => name !== expected && name !== 'tls');
  const banner = bannerOf(look);
  const notExpected = (speaks: string): Failure => ({
    cause: 'NOT_THE_EXPECTED_SERVER',
    detail: `port ${port} speaks ${speaks}, not ${protocols[expected].name}`,
    evidence: { ...evidence, speaks },
  });
  if (banner !== undefined && !spoken.includes(expected))
    return { ...notExpected(`first ("${banner}")`), evidence: { ...evidence, received: banner } };
  if (other) return notExpected(protocols[other].name);
  if (tls && expected !== 'postgres' && spoken.includes(expected) && !spoken.includes('tls'))
    return {
      cause: 'TLS_NOT_OFFERED',
      detail: `port ${port} speaks ${protocols[expected].name} in plain text`,
      ...(evidence ? { evidence } : {}),
    };
  if (!tls && spoken.includes('tls') && !spoken.includes(expected))
    return {
      cause: 'TLS_REQUIRED',
      detail: `port ${port} speaks TLS only`,
      ...(evidence ? { evidence } : {}),
    };
  if (expected === 'postgres' && spoken.includes('tls') && !spoken.includes(expected))
    return notExpected('TLS from the first byte');
  if (look.idle.kind === 'closed')
    return {
      cause: 'CONNECTION_RESET',
      detail: `port ${port} accepts connections and closes them before anything is sent`,
      ...(evidence ? { evidence } : {}),
    };
  return undefined;
};

const unanswered: readonly Failure['cause'][] = [
  'TLS_TIMEOUT',
  'TLS_CLOSED',
  'CONNECTION_RESET',
  'RESPONSE_TIMEOUT',
  'NOT_THE_EXPECTED_SERVER',
];
const goneAstray: readonly Failure['cause'][] = [
  'CONNECT_TIMEOUT',
  'CONNECTION_REFUSED',
  'HOST_UNREACHABLE',
  'NETWORK_UNREACHABLE',
];

/** The failure as it is after everything that a client can still ask, within a part of what is left. */
export const explain = async (
  failure: Failure,
  attempted: Attempted,
  climb: Climb,
  whole: Budget,
): Promise<Failure> => {
  const { address } = climb.evidence;
  const budget = whole.part(explanationMs);
  if (typeof address !== 'string' || budget.remaining() === 0) return failure;
  if (goneAstray.includes(failure.cause)) {
    await Promise.all([
      compareAddress(attempted, address, climb, budget),
      ...(failure.cause === 'CONNECT_TIMEOUT' ? [trySourcePorts(attempted, address, climb, budget)] : []),
    ]);
    return failure;
  }
  // Bytes that came say more than any further question, and so does a certificate that was verified.
  const known = failure.evidence?.received !== undefined || climb.certificateDaysLeft !== undefined;
  if (known || !unanswered.includes(failure.cause)) return failure;
  const look = await lookAgain(address, attempted.port, budget);
  climb.toldApart.push(lookInWords(look));
  return betterCause(attempted, failure, look) ?? failure;
};
