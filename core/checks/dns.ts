/** Layer 2: from a host name to one address. */
import type { LookupAddress } from 'node:dns';
import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { CauseCode } from '../causes/index.ts';
import { type Budget, within } from './budget.ts';
import { errorFields, failed, type Outcome, succeeded } from './outcome.ts';

export interface Resolution {
  /** The address that is dialled: the first IPv4 address, or the first of all. */
  address: string;
  /** Every address of the name. */
  addresses: string[];
}

/** Longest time to ask the name server itself, once the system's resolver has failed. */
const explanationMs = 1_000;

/** What the name server itself says, by the codes of c-ares. */
const causeOfNameServer: Record<string, CauseCode> = {
  ENOTFOUND: 'DNS_NOT_FOUND',
  ENODATA: 'DNS_NO_ADDRESS',
  ESERVFAIL: 'DNS_SERVER_FAILURE',
  EREFUSED: 'DNS_SERVER_FAILURE',
  EFORMERR: 'DNS_SERVER_FAILURE',
  ENOTIMP: 'DNS_SERVER_FAILURE',
  ECONNREFUSED: 'DNS_SERVER_FAILURE',
  ETIMEOUT: 'DNS_TIMEOUT',
};

const sentences: Partial<Record<CauseCode, string>> = {
  DNS_NOT_FOUND: 'does not exist',
  DNS_NO_ADDRESS: 'exists, but has no address',
  DNS_SERVER_FAILURE: 'could not be looked up: the name server failed or refused',
  DNS_TIMEOUT: 'could not be looked up: no answer from the name server',
};

/** Who is asked: the system, as every program asks it, and the name server itself. */
export interface Resolvers {
  system: (host: string) => Promise<LookupAddress[]>;
  nameServer: (timeoutMs: number) => Pick<Resolver, 'resolve4' | 'cancel'>;
}

const ownResolvers: Resolvers = {
  system: (host) => lookup(host, { all: true, verbatim: true }),
  nameServer: (timeout) => new Resolver({ timeout, tries: 1 }),
};

/** Asks the name server itself, because the system's resolver folds different failures into one code. */
const nameServerAnswer = async (host: string, budget: Budget, resolvers: Resolvers): Promise<string> => {
  const time = Math.max(1, Math.round(Math.min(explanationMs, budget.remaining())));
  const resolver = resolvers.nameServer(time);
  try {
    const answer = await within(budget.part(time), resolver.resolve4(host));
    return answer ? 'addresses' : 'ETIMEOUT';
  } catch (error) {
    return errorFields(error).code ?? 'UNKNOWN';
  } finally {
    resolver.cancel();
  }
};

/**
 * Looks a name up as the application would. What the system's resolver says decides; the name server's own
 * answer only explains a failure.
 */
export const resolveHost = async (
  host: string,
  whole: Budget,
  timeoutMs: number,
  resolvers: Resolvers = ownResolvers,
): Promise<Outcome<Resolution>> => {
  if (isIP(host)) return succeeded({ address: host, addresses: [host] });
  let systemCode: string;
  try {
    const answers = await within(whole.part(timeoutMs), resolvers.system(host));
    if (answers && answers.length > 0) {
      const addresses = answers.map(({ address }) => address);
      return succeeded({
        address: addresses.find((address) => isIP(address) === 4) ?? addresses[0] ?? '',
        addresses,
      });
    }
    systemCode = answers ? 'no address' : 'no answer in time';
  } catch (error) {
    systemCode = errorFields(error).code ?? 'UNKNOWN';
  }
  const nameServer = await nameServerAnswer(host, whole, resolvers);
  const silent = systemCode === 'no answer in time' || systemCode === 'EAI_AGAIN';
  const fallback: CauseCode = silent ? 'DNS_TIMEOUT' : 'DNS_NOT_FOUND';
  const cause = causeOfNameServer[nameServer] ?? fallback;
  return failed(cause, `host name "${host}" ${sentences[cause]}`, { host, system: systemCode, nameServer });
};
