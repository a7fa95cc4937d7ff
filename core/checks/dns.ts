/** Layer 2: from a host name to one address. */
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { CauseCode } from '../causes/index.ts';
import { type Budget, within } from './budget.ts';
import { askNameServer, type NameServer, type NameServerAnswer, ownNameServer } from './name-server.ts';
import { errorFields, failed, type Outcome, succeeded } from './outcome.ts';
import type { Evidence } from './report.ts';

export interface Resolution {
  /** The address that is dialled: the first IPv4 address, or the first of all. */
  address: string;
  /** Every address of the name. */
  addresses: string[];
}

/** What the name server itself says, by the codes of c-ares. */
const causeOfNameServer: Record<string, CauseCode> = {
  ENOTFOUND: 'DNS_NOT_FOUND',
  ENODATA: 'DNS_NO_ADDRESS',
  ESERVFAIL: 'DNS_SERVER_FAILURE',
  EREFUSED: 'DNS_SERVER_FAILURE',
  EFORMERR: 'DNS_SERVER_FAILURE',
  ENOTIMP: 'DNS_SERVER_FAILURE',
  EBADRESP: 'DNS_SERVER_FAILURE',
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
  nameServer: (timeoutMs: number) => NameServer;
}

const ownResolvers: Resolvers = {
  system: (host) => lookup(host, { all: true, verbatim: true }),
  nameServer: ownNameServer,
};

/** Codes of getaddrinfo that stand for a name server that failed or was silent. */
const unanswered = ['no answer in time', 'EAI_AGAIN'];

const judge = (host: string, system: string, answer: NameServerAnswer): Outcome<never> => {
  const fallback: CauseCode = unanswered.includes(system) ? 'DNS_TIMEOUT' : 'DNS_NOT_FOUND';
  if ('addresses' in answer)
    return failed(fallback, `host name "${host}" is not found by this system; its name server has it`, {
      host,
      system,
      nameServer: answer.addresses,
      // Its own hosts file, search list or cache stands between.
      differ: true,
    });
  const cause = causeOfNameServer[answer.code] ?? fallback;
  const { ipv6 } = answer;
  const sentence = ipv6 ? 'has only IPv6 addresses, and this client has no IPv6' : sentences[cause];
  const evidence: Evidence = { host, system, nameServer: answer.code, ...(ipv6 ? { ipv6 } : {}) };
  return failed(cause, `host name "${host}" ${sentence}`, evidence);
};

/**
 * Looks a name up as the application would. What the system's resolver says decides; the name server's own
 * answer only explains a failure, because the system folds different ones into one code.
 */
export const resolveHost = async (
  host: string,
  whole: Budget,
  timeoutMs: number,
  resolvers: Resolvers = ownResolvers,
): Promise<Outcome<Resolution>> => {
  if (isIP(host)) return succeeded({ address: host, addresses: [host] });
  let system: string;
  try {
    const answers = await within(whole.part(timeoutMs), resolvers.system(host));
    if (answers && answers.length > 0) {
      const addresses = answers.map(({ address }) => address);
      return succeeded({
        address: addresses.find((address) => isIP(address) === 4) ?? addresses[0] ?? '',
        addresses,
      });
    }
    system = answers ? 'no address' : 'no answer in time';
  } catch (error) {
    system = errorFields(error).code ?? 'UNKNOWN';
  }
  return judge(host, system, await askNameServer(host, whole, resolvers.nameServer));
};
