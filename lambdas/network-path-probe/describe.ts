/** Asks EC2 for all that decides about packets in one VPC. */
import {
  DescribeManagedPrefixListsCommand,
  DescribeNetworkAclsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  type EC2Client,
  GetManagedPrefixListEntriesCommand,
  type ManagedPrefixList,
  type NetworkAcl,
  type NetworkInterface,
  type RouteTable,
  type SecurityGroup,
  type Subnet,
} from '@aws-sdk/client-ec2';
import { type Budget, failed, type Outcome, succeeded } from '../../core/checks/index.ts';
import { everything } from './pages.ts';

export type Ec2 = Pick<EC2Client, 'send'>;

/** What EC2 says of one VPC. */
export interface Description {
  vpc: string;
  subnets: Subnet[];
  interfaces: NetworkInterface[];
  groups: SecurityGroup[];
  acls: NetworkAcl[];
  routeTables: RouteTable[];
  prefixLists: (ManagedPrefixList & { cidrs: string[] })[];
}

const prefixListIds = (groups: readonly SecurityGroup[], tables: readonly RouteTable[]): string[] => {
  const inGroups = groups
    .flatMap(({ IpPermissions = [], IpPermissionsEgress = [] }) => [...IpPermissions, ...IpPermissionsEgress])
    .flatMap(({ PrefixListIds = [] }) => PrefixListIds.map(({ PrefixListId }) => PrefixListId));
  const inTables = tables.flatMap(({ Routes = [] }) =>
    Routes.map(({ DestinationPrefixListId }) => DestinationPrefixListId),
  );
  return [...new Set([...inGroups, ...inTables])].filter((id) => id !== undefined);
};

const readPrefixLists = async (
  ec2: Ec2,
  ids: readonly string[],
  budget: Budget,
): Promise<Outcome<Description['prefixLists']>> => {
  if (ids.length === 0) return succeeded([]);
  const lists = await everything(
    'ec2:DescribeManagedPrefixLists',
    budget,
    (page, abortSignal) => {
      const Filters = [{ Name: 'prefix-list-id', Values: [...ids] }];
      return ec2.send(new DescribeManagedPrefixListsCommand({ ...page, Filters }), { abortSignal });
    },
    ({ PrefixLists }) => PrefixLists,
  );
  if (!lists.ok) return lists;
  const read: Description['prefixLists'] = [];
  for (const id of ids) {
    const entries = await everything(
      'ec2:GetManagedPrefixListEntries',
      budget,
      (page, abortSignal) =>
        ec2.send(new GetManagedPrefixListEntriesCommand({ ...page, PrefixListId: id }), { abortSignal }),
      ({ Entries }) => Entries,
    );
    if (!entries.ok) return entries;
    const list = lists.value.find(({ PrefixListId }) => PrefixListId === id);
    const cidrs = entries.value.flatMap(({ Cidr }) => Cidr ?? []);
    read.push({ ...list, PrefixListId: id, cidrs });
  }
  return succeeded(read);
};

/** The VPC of these subnets. */
const vpcOf = async (ec2: Ec2, subnetIds: readonly string[], budget: Budget): Promise<Outcome<string>> => {
  const action = 'ec2:DescribeSubnets';
  const subnets = await everything(
    action,
    budget,
    // Pages and ids in one request are refused.
    (_page, abortSignal) =>
      ec2.send(new DescribeSubnetsCommand({ SubnetIds: [...subnetIds] }), { abortSignal }),
    ({ Subnets }) => Subnets,
  );
  if (!subnets.ok) return subnets;
  const vpcs = [...new Set(subnets.value.map(({ VpcId }) => VpcId))];
  const [vpc] = vpcs;
  return vpc !== undefined && vpcs.length === 1
    ? succeeded(vpc)
    : failed(
        'SETTING_INVALID',
        `NETWORK_CLIENT_SUBNETS cannot be used: its subnets are in ${vpcs.length === 0 ? 'no VPC' : vpcs.join(' and ')}; write subnets of one VPC`,
        { subnets: subnetIds },
      );
};

/** Reads all that decides about packets in the VPC of the given subnets. */
export const describe = async (
  ec2: Ec2,
  subnetIds: readonly string[],
  budget: Budget,
): Promise<Outcome<Description>> => {
  const found = await vpcOf(ec2, subnetIds, budget);
  if (!found.ok) return found;
  const vpc = found.value;
  const Filters = [{ Name: 'vpc-id', Values: [vpc] }];
  const [subnets, interfaces, groups, acls, routeTables] = await Promise.all([
    everything(
      'ec2:DescribeSubnets',
      budget,
      (page, abortSignal) => ec2.send(new DescribeSubnetsCommand({ ...page, Filters }), { abortSignal }),
      ({ Subnets }) => Subnets,
    ),
    everything(
      'ec2:DescribeNetworkInterfaces',
      budget,
      (page, abortSignal) =>
        ec2.send(new DescribeNetworkInterfacesCommand({ ...page, Filters }), { abortSignal }),
      ({ NetworkInterfaces }) => NetworkInterfaces,
    ),
    everything(
      'ec2:DescribeSecurityGroups',
      budget,
      (page, abortSignal) =>
        ec2.send(new DescribeSecurityGroupsCommand({ ...page, Filters }), { abortSignal }),
      ({ SecurityGroups }) => SecurityGroups,
    ),
    everything(
      'ec2:DescribeNetworkAcls',
      budget,
      (page, abortSignal) => ec2.send(new DescribeNetworkAclsCommand({ ...page, Filters }), { abortSignal }),
      ({ NetworkAcls }) => NetworkAcls,
    ),
    everything(
      'ec2:DescribeRouteTables',
      budget,
      (page, abortSignal) => ec2.send(new DescribeRouteTablesCommand({ ...page, Filters }), { abortSignal }),
      ({ RouteTables }) => RouteTables,
    ),
  ]);
  if (!subnets.ok) return subnets;
  if (!interfaces.ok) return interfaces;
  if (!groups.ok) return groups;
  if (!acls.ok) return acls;
  if (!routeTables.ok) return routeTables;
  const ids = prefixListIds(groups.value, routeTables.value);
  const prefixLists = await readPrefixLists(ec2, ids, budget);
  if (!prefixLists.ok) return prefixLists;
  return succeeded({
    vpc,
    subnets: subnets.value,
    interfaces: interfaces.value,
    groups: groups.value,
    acls: acls.value,
    routeTables: routeTables.value,
    prefixLists: prefixLists.value,
  });
};
