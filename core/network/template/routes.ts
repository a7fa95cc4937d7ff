/** The route tables of templates, with the routes that EC2 adds by itself. */
import type { Network, PrefixList, Route, RouteKind, RouteTable } from '../paths/index.ts';
import { namedOf } from './names.ts';
import type { NamedResource } from './values.ts';

/** Which property of a route names what it leads to, and what that is. */
const kinds: Record<string, RouteKind> = {
  NatGatewayId: 'nat',
  TransitGatewayId: 'transit',
  VpcPeeringConnectionId: 'peering',
  EgressOnlyInternetGatewayId: 'egress-only',
  VpcEndpointId: 'endpoint',
  InstanceId: 'interface',
  NetworkInterfaceId: 'interface',
  LocalGatewayId: 'other',
  CarrierGatewayId: 'other',
  CoreNetworkArn: 'other',
};

const targetOf = (
  route: NamedResource,
  resources: readonly NamedResource[],
): Pick<Route, 'kind' | 'target'> => {
  const gateway = route.property<string>('GatewayId');
  if (gateway !== undefined) {
    const isVpn = resources.some(({ id, type }) => id === gateway && type === 'AWS::EC2::VPNGateway');
    return { kind: isVpn ? 'vpn' : 'internet', target: gateway };
  }
  const found = Object.keys(kinds).find((name) => route.property(name) !== undefined);
  return { kind: kinds[found ?? ''] ?? 'other', target: String(route.property(found ?? '')) };
};

const routeOf = (route: NamedResource, resources: readonly NamedResource[]): Route => {
  const list = route.property<string>('DestinationPrefixListId');
  const cidr =
    route.property<string>('DestinationCidrBlock') ?? route.property<string>('DestinationIpv6CidrBlock');
  return {
    destination: list === undefined ? { cidr: String(cidr) } : { prefixList: list },
    ...targetOf(route, resources),
  };
};

export interface RoutingOptions {
  vpc: string;
  cidrs: readonly string[];
  prefixLists: Readonly<Record<string, readonly string[]>>;
}

/** Every route table, the main one included; gateway endpoints put a route by prefix list into theirs. */
export const routeTablesOf = (
  resources: readonly NamedResource[],
  { vpc, cidrs, prefixLists }: RoutingOptions,
): Pick<Network, 'routeTables' | 'prefixLists'> => {
  const gateways = resources
    .filter(({ type }) => type === 'AWS::EC2::VPCEndpoint')
    .filter(({ property }) => (property('VpcEndpointType') ?? 'Gateway') === 'Gateway');
  const local = cidrs.map((cidr): Route => ({ destination: { cidr }, kind: 'local', target: 'local' }));
  const routesIn = (table: string): Route[] => [
    ...local,
    ...resources
      .filter(({ type, property }) => type === 'AWS::EC2::Route' && property('RouteTableId') === table)
      .map((route) => routeOf(route, resources)),
    ...gateways
      .filter(({ property }) => property<string[]>('RouteTableIds')?.includes(table))
      .map(
        ({ id, property }): Route => ({
          destination: { prefixList: String(property('ServiceName')) },
          kind: 'endpoint',
          target: id,
        }),
      ),
  ];
  const tables = resources
    .filter(({ type }) => type === 'AWS::EC2::RouteTable')
    .map((table): RouteTable => ({ ...namedOf(table), routes: routesIn(table.id) }));
  const main = `${vpc}.MainRouteTable`;
  const names = [...new Set(gateways.map(({ property }) => String(property('ServiceName'))))];
  return {
    routeTables: [...tables, { id: main, name: 'main', main: true, routes: routesIn(main) }],
    prefixLists: names.map((name): PrefixList => {
      const service = Object.keys(prefixLists).find((end) => name.endsWith(`.${end}`));
      return { id: name, name, cidrs: [...(prefixLists[service ?? ''] ?? [])] };
    }),
  };
};
