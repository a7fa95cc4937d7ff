/** Looks up the addresses behind host names. */
import { lookup } from 'node:dns/promises';
import { type Budget, within } from '../../core/checks/index.ts';

/** Gives the addresses of a host; rejects when it has none. */
export type LookUp = (host: string) => Promise<readonly string[]>;

/** As every client here does it: with the system's resolver. */
export const systemLookUp: LookUp = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address);

/** The addresses of each host; one that cannot be looked up has none. */
export const addressesOf = async (
  hosts: readonly string[],
  lookUp: LookUp,
  budget: Budget,
): Promise<Map<string, readonly string[]>> => {
  const found = await Promise.all(
    [...new Set(hosts)].map(async (host) => {
      const addresses = await within(budget, lookUp(host)).catch(() => undefined);
      return [host, addresses ?? []] as const;
    }),
  );
  return new Map(found);
};
