/** What the name server itself says of a name, asked past the resolver of the system. */
import { Resolver } from 'node:dns/promises';
import { type Budget, within } from './budget.ts';
import { errorFields } from './outcome.ts';

/** Longest time to ask the name server, milliseconds. */
const longestMs = 1_000;

export type NameServer = Pick<Resolver, 'resolve4' | 'resolve6' | 'cancel'>;

export const ownNameServer = (timeout: number): NameServer => new Resolver({ timeout, tries: 1 });

/** Its IPv4 addresses with the seconds that they hold, or the code of c-ares for why there are none. */
export type NameServerAnswer =
  | { addresses: string[]; ttl: number | undefined }
  | { code: string; ipv6?: string[] };

const ask = async <T>(budget: Budget, question: Promise<T>): Promise<{ value: T } | { code: string }> => {
  try {
    const value = await within(budget, question);
    return value === undefined ? { code: 'ETIMEOUT' } : { value };
  } catch (error) {
    return { code: errorFields(error).code ?? 'UNKNOWN' };
  }
};

export const askNameServer = async (
  host: string,
  whole: Budget,
  nameServer: (timeoutMs: number) => NameServer = ownNameServer,
): Promise<NameServerAnswer> => {
  const budget = whole.part(longestMs);
  const resolver = nameServer(Math.max(1, Math.round(budget.remaining())));
  try {
    const records = await ask(budget, resolver.resolve4(host, { ttl: true }));
    if ('value' in records)
      return {
        addresses: records.value.map(({ address }) => address).sort(),
        ttl: records.value[0]?.ttl,
      };
    // The name is there: perhaps only for the other kind of address.
    const six = records.code === 'ENODATA' ? await ask(budget, resolver.resolve6(host)) : undefined;
    return six && 'value' in six ? { ...records, ipv6: six.value } : records;
  } finally {
    resolver.cancel();
  }
};
