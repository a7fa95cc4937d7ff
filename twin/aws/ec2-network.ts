import { type AclEntry, type GroupRule, type Network, networkOf } from '../../core/network/index.ts';
import type { Assembly, TemplateResource, TwinAddresses } from '../template/index.ts';

/** The network that EC2 describes here; changed by faults. */
export interface NetworkState {
  network: Network;
}

/** Which ports of the template stand for which of this machine. */
type Ports = Map<number, number[]>;

/** SSM parameters with the address of an upstream, by the end of their names. */
const upstreams = { '/mlflow/tracking-uri': 'mlflow', '/auth/url': 'auth' } as const;

const portOf = (address: string): number => {
  const { port, protocol } = new URL(address);
  return Number(port) || (protocol === 'https:' ? 443 : 80);
};

const readPorts = (assembly: Assembly, addresses: TwinAddresses): Ports => {
  const ports: Ports = new Map();
  const stands = (template: unknown, here: number | undefined): void => {
    const port = Number(template);
    if (here !== undefined && Number.isInteger(port)) ports.set(port, [...(ports.get(port) ?? []), here]);
  };
  const port = ({ properties }: TemplateResource, otherwise: number): unknown => properties.Port ?? otherwise;
  for (const database of assembly.ofType('AWS::RDS::DBInstance'))
    stands(port(database, 5432), addresses.postgres.port);
  for (const cache of assembly.ofType('AWS::ElastiCache::ReplicationGroup'))
    stands(port(cache, 6379), addresses.redis?.port);
  for (const { properties } of assembly.ofType('AWS::SSM::Parameter')) {
    for (const [end, name] of Object.entries(upstreams))
      if (String(properties.Name).endsWith(end) && URL.canParse(String(properties.Value)))
        stands(portOf(String(properties.Value)), portOf(addresses[name]));
  }
  return ports;
};

/** A rule of one port once for each port that stands for it here; every other one as it is. */
const translated = <T extends GroupRule | AclEntry>(rules: readonly T[], ports: Ports): T[] =>
  rules.flatMap((rule) => {
    const { from, to } = rule.ports;
    const here = from === to ? ports.get(from) : undefined;
    if (!here) return [rule];
    return here.map((port, index) => ({
      ...rule,
      ...('number' in rule && { number: rule.number + index }),
      ports: { from: port, to: port },
    }));
  });

/** S3's ranges are only known to AWS; one of them stands for all. */
const prefixLists = { s3: ['52.216.0.0/15'] };

/** Of templates that stand in a network which they do not define. */
const nothing: Network = {
  ...{ id: 'a VPC that no template defines', cidrs: [], subnets: [], interfaces: [], groups: [] },
  ...{ acls: [], routeTables: [], prefixLists: [], natGateways: [] },
};

/**
 * The network of the template, with the ids that references to it have here, and the ports that the servers
 * listen on here: what settings name must be found in it.
 */
export const readNetwork = (assembly: Assembly, addresses: TwinAddresses): Network => {
  if (assembly.ofType('AWS::EC2::VPC').length === 0) return nothing;
  const network = networkOf(assembly.stacks, {
    idOf: (stack, logicalId) => `${stack}-${logicalId}`,
    prefixLists,
  });
  const ports = readPorts(assembly, addresses);
  return {
    ...network,
    groups: network.groups.map((group) => ({
      ...group,
      ingress: translated(group.ingress, ports),
      egress: translated(group.egress, ports),
    })),
    acls: network.acls.map((acl) => ({ ...acl, entries: translated(acl.entries, ports) })),
  };
};
