/** Routes and names in a network of its own, through the whole probe as a process: what takes root. */
import { expect } from '@jest/globals';
import type { Check, Dependency, Report } from '../../../core/checks/index.ts';
import type { Answer } from '../../fixtures/name-server.ts';
import type { Fault } from '../fault.ts';
import { addresses, hostName, type NetworkNamespace } from '../worlds/network-namespace.ts';
import { dependencies } from '../worlds/places.ts';

type Row = Omit<Fault<NetworkNamespace>, 'dependency' | 'run' | 'needs'> & {
  probe(world: NetworkNamespace): Promise<Report>;
};

const at = (host: string) => (world: NetworkNamespace) => world.probe(host);
const named = (answer: Answer | undefined) => (world: NetworkNamespace) =>
  world.withNameServer(answer, () => world.probe(hostName));

const rows: readonly Row[] = [
  {
    name: 'a router that says that the host cannot be reached',
    cause: 'HOST_UNREACHABLE',
    evidence: { code: 'EHOSTUNREACH' },
    probe: at(addresses.unreachable),
  },
  {
    name: 'an address in the own subnet that nobody has',
    cause: 'HOST_UNREACHABLE',
    evidence: { code: 'EHOSTUNREACH' },
    probe: at(addresses.deadNextHop),
  },
  {
    name: 'a rule that forbids the connection',
    cause: 'CONNECT_PROHIBITED',
    evidence: { code: 'EACCES' },
    probe: at(addresses.prohibited),
  },
  {
    name: 'no route in the table',
    cause: 'NETWORK_UNREACHABLE',
    evidence: { code: 'ENETUNREACH' },
    probe: at(addresses.noRoute),
  },
  {
    name: 'a route of the kind that swallows',
    cause: 'NETWORK_UNREACHABLE',
    evidence: { code: 'EINVAL' },
    probe: at(addresses.blackHoleRoute),
  },
  {
    name: 'I-51 the address of a task that is gone: packets get lost',
    cause: 'CONNECT_TIMEOUT',
    toldApart: /silent too from source ports.*no target answered in this run/,
    probe: at(addresses.dropped),
  },
  {
    name: 'answers that are let through to some ports only',
    cause: 'CONNECT_TIMEOUT',
    evidence: { acceptedFromPorts: [expect.any(Number), expect.any(Number)] },
    toldApart: /part of the ports is dropped/,
    probe: at(addresses.partlyDropped),
  },
  {
    name: 'a name that does not exist, to the real resolver',
    cause: 'DNS_NOT_FOUND',
    evidence: { system: 'ENOTFOUND', nameServer: 'ENOTFOUND' },
    probe: named('NXDOMAIN'),
  },
  {
    name: 'a name without an address, to the real resolver',
    cause: 'DNS_NO_ADDRESS',
    evidence: { nameServer: 'ENODATA' },
    probe: named('NODATA'),
  },
  {
    name: 'a name server that fails the real resolver',
    cause: 'DNS_SERVER_FAILURE',
    evidence: { system: 'EAI_AGAIN', nameServer: 'ESERVFAIL' },
    probe: named('SERVFAIL'),
  },
  {
    name: 'a name server that refuses the real resolver',
    cause: 'DNS_SERVER_FAILURE',
    evidence: { nameServer: 'EREFUSED' },
    probe: named('REFUSED'),
  },
  {
    name: 'a name server that is silent to the real resolver',
    cause: 'DNS_TIMEOUT',
    evidence: { nameServer: 'ETIMEOUT' },
    probe: named('silence'),
  },
  {
    name: 'a name server that does not run',
    cause: 'DNS_SERVER_FAILURE',
    evidence: { nameServer: 'ECONNREFUSED' },
    probe: named(undefined),
  },
  {
    name: 'a name with an IPv6 address only, without a route for it',
    cause: 'NETWORK_UNREACHABLE',
    evidence: { onlyIpv6: true, address: '2001:db8::5', nameServer: 'ENODATA' },
    probe: named({ address6: '2001:db8::5' }),
  },
  {
    name: 'I-35 a name that this system resolves to an old address',
    cause: 'CONNECT_TIMEOUT',
    evidence: { address: addresses.dropped, nameServer: ['10.9.7.2'], ttlSeconds: 10 },
    toldApart: /gives another address/,
    probe: (world) => {
      world.writeHosts(`${addresses.dropped} ${hostName}`);
      return named({ address: '10.9.7.2' })(world).finally(() => world.writeHosts(''));
    },
  },
  {
    name: 'several addresses, of which the first is dialled',
    cause: 'HOST_UNREACHABLE',
    evidence: { addresses: expect.arrayContaining(['10.9.1.1', '10.9.1.2']) },
    toldApart: /the name server gives this address too/,
    probe: named({ address: ['10.9.1.1', '10.9.1.2'] }),
  },
];

/** One run of the probe has all dependencies in it. */
const reports = new Map<string, Promise<Report>>();

const checkOf = async (
  { name, probe }: Row,
  dependency: Dependency,
  world: NetworkNamespace,
): Promise<Check> => {
  const report = reports.get(name) ?? probe(world);
  reports.set(name, report);
  const found = (await report).checks.find((check) => check.dependency === dependency);
  if (!found) throw new Error(`no check of ${dependency}`);
  return found;
};

export const routeFaults: readonly Fault<NetworkNamespace>[] = rows.flatMap((row) =>
  dependencies.map((dependency) => {
    const { probe: _, ...fault } = row;
    return {
      ...fault,
      dependency,
      needs: 'root',
      run: (world: NetworkNamespace) => checkOf(row, dependency, world),
    };
  }),
);
