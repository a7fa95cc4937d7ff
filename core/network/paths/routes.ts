/** Route tables: the most specific route that matches decides. */
import { familyOf, holds, parseRange, shared } from './address.ts';
import type { Change } from './change.ts';
import type { End } from './endpoint.ts';
import type { Network, Route, RouteKind, RouteTable, Subnet } from './model.ts';
import { type Finding, passed, type Step, stopped } from './verdict.ts';
import { called, destinationText, routeText, subnetWords } from './words.ts';

interface Candidate {
  route: Route;
  length: number;
}

/** Of routes to the same range: a static one, then one by prefix list, then a learned one (Amazon VPC, route priority). */
const rank = ({ propagated, destination }: Route): number =>
  propagated ? 2 : 'prefixList' in destination ? 1 : 0;

/** The route that packets to an address take. A learned route never overrules the VPC's own. */
export const routeFor = (network: Network, table: RouteTable, address: string): Route | undefined => {
  const ranges = ({ destination }: Route): string[] =>
    'cidr' in destination
      ? [destination.cidr]
      : (network.prefixLists.find(({ id }) => id === destination.prefixList)?.cidrs ?? []);
  const matching = table.routes.flatMap((route): Candidate[] =>
    ranges(route)
      .filter((range) => holds(range, address))
      .map((range) => ({ route, length: parseRange(range).length })),
  );
  const own = matching.some(({ route }) => route.kind === 'local');
  const [best] = matching
    .filter(({ route }) => !(own && route.propagated))
    .sort((one, other) => other.length - one.length || rank(one.route) - rank(other.route));
  return best?.route;
};

/** What takes answers back to what has been sent through it, and nothing else. */
const onlyOutward: Partial<Record<RouteKind, string>> = {
  nat: 'NAT gateway',
  'egress-only': 'egress-only gateway',
  endpoint: 'endpoint',
};

/** Whether the end opens the connection, or only answers on it. */
type Purpose = 'opens' | 'answers';

export interface RouteQuestion {
  subnet: Subnet;
  /** The end in this subnet. */
  here: End;
  /** The end that packets go to. */
  there: End;
  purpose: Purpose;
  way: Finding['way'];
  /** Of a NAT gateway's subnet: the table that the client's subnet has. */
  tableOfClient?: string | undefined;
}

/** Why a route does not bring packets from this subnet to the other end, or nothing. */
const fault = (
  route: Route,
  network: Network,
  { subnet, here, there, purpose }: RouteQuestion,
): string | undefined => {
  if (route.blackhole) return `sends ${destinationText(route)} to ${route.target}, which is gone (blackhole)`;
  if (there.subnet) return undefined;
  const where = `${there.address} (${there.endpoint.label})`;
  if (route.kind === 'local') return `keeps ${where} inside the VPC, where nothing has this address`;
  const nat = network.natGateways.find(({ id }) => id === route.target);
  if (nat?.subnet === subnet.id)
    return `leads to ${where} through NAT gateway ${nat.id}, which stands in that subnet itself`;
  if (purpose === 'answers' && route.kind in onlyOutward)
    return `leads to ${where} through ${onlyOutward[route.kind]} ${route.target}, which lets no connection in`;
  if (route.kind === 'internet' && familyOf(there.address) === 4 && !here.endpoint.publicAddress)
    return `leads to ${where} through internet gateway ${route.target}, and ${here.endpoint.label} has no public address`;
  return undefined;
};

/** Where another subnet of the VPC sends the same packets with success. */
const elsewhere = (network: Network, question: RouteQuestion): Route | undefined => {
  const { there } = question;
  const sameTier = (subnet: Subnet): number => Number(subnet.tier === question.subnet.tier);
  const others = [...network.subnets].sort((one, other) => sameTier(other) - sameTier(one));
  for (const { routeTable } of others) {
    const table = network.routeTables.find(({ id }) => id === routeTable);
    const route = table && routeFor(network, table, there.address);
    if (route && 'cidr' in route.destination && fault(route, network, question) === undefined) return route;
  }
  return undefined;
};

const changeOf = (
  network: Network,
  table: RouteTable,
  route: Route | undefined,
  question: RouteQuestion,
): Change | undefined => {
  const { there } = question;
  if (route?.blackhole && there.subnet) return { kind: 'delete a route', routeTable: table.id, route };
  const old = route?.destination;
  // A route that leads somewhere serves others.
  if (there.subnet || (route && !route.blackhole)) return undefined;
  if (old && !('cidr' in old)) return undefined;
  const model = elsewhere(network, question);
  if (!model) return undefined;
  const cidr = old ? shared(old.cidr, there.range) : there.range;
  const { kind, target } = model;
  return {
    kind: cidr === old?.cidr ? 'replace a route' : 'add a route',
    routeTable: table.id,
    route: { destination: { cidr }, kind, target },
  };
};

const adviceOf = (table: RouteTable, route: Route | undefined, { tableOfClient }: RouteQuestion): string => {
  if (table.id === tableOfClient)
    return 'Give the subnet of the NAT gateway a route table of its own, with a route to an internet gateway.';
  if (route?.kind === 'internet')
    return 'Give it a public address, or put it into a subnet whose routes lead to a NAT gateway.';
  return route && !route.blackhole
    ? 'Only a subnet whose routes lead to an internet gateway takes connections from outside.'
    : 'Where the route should lead cannot be seen here: no other subnet has a way there.';
};

/** Asks the route table of a subnet for the way to an end; gives the route that is taken. */
export const askRoutes = (network: Network, question: RouteQuestion): { step: Step; route?: Route } => {
  const { subnet, there, way } = question;
  const table = network.routeTables.find(({ id }) => id === subnet.routeTable);
  if (!table) return { step: passed(`route table ${subnet.routeTable} is not known`) };
  const words = `route table ${called(table)}${table.main ? ', the main one,' : ''} of ${subnetWords(subnet)}`;
  const route = routeFor(network, table, there.address);
  const wrong = route
    ? fault(route, network, question)
    : `has no route to ${there.address} (${there.endpoint.label})`;
  if (route && wrong === undefined)
    return { step: passed(`${words} leads to ${there.address}: ${routeText(route)}`), route };
  const change = changeOf(network, table, route, question);
  return {
    step: stopped([
      {
        cause: 'ROUTE_MISSING',
        where: { kind: 'route table', id: table.id, ...(table.name !== undefined && { name: table.name }) },
        way,
        rule: route ? routeText(route) : 'no route',
        sentence: `${words} ${wrong}`,
        ...(change ? { change } : { advice: adviceOf(table, route, question) }),
      },
    ]),
  };
};
