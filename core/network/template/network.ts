/** Reads the network that CloudFormation templates define. */

import type { Network, Subnet } from '../paths/index.ts';
import { aclsOf } from './acls.ts';
import { groupsOf } from './groups.ts';
import { interfacesOf } from './interfaces.ts';
import { namedOf, tagOf } from './names.ts';
import { routeTablesOf } from './routes.ts';
import { type NamedResource, resourcesOf, type TemplateStack } from './values.ts';

export interface TemplateOptions {
  /** What a reference to a resource stands for; its logical id unless given. */
  idOf?: (stack: string, logicalId: string) => string;
  /** Ranges of the AWS prefix lists that gateway endpoints lead to, by the end of the service's name: `s3`. */
  prefixLists?: Readonly<Record<string, readonly string[]>>;
}

const subnetsOf = (resources: readonly NamedResource[], vpc: string): Subnet[] => {
  const associated = (type: string, subnet: string, member: string): string | undefined =>
    resources
      .find((each) => each.type === type && each.property('SubnetId') === subnet)
      ?.property<string>(member);
  return resources
    .filter(({ type }) => type === 'AWS::EC2::Subnet')
    .map((subnet) => {
      const { id } = subnet;
      const [zone, tier] = [
        subnet.property<string>('AvailabilityZone'),
        tagOf(subnet, 'aws-cdk:subnet-name'),
      ];
      const cidrs = [subnet.property<string>('CidrBlock'), subnet.property<string>('Ipv6CidrBlock')];
      return {
        ...namedOf(subnet),
        cidrs: cidrs.filter((cidr) => cidr !== undefined),
        acl:
          associated('AWS::EC2::SubnetNetworkAclAssociation', id, 'NetworkAclId') ??
          `${vpc}.DefaultNetworkAcl`,
        routeTable:
          associated('AWS::EC2::SubnetRouteTableAssociation', id, 'RouteTableId') ?? `${vpc}.MainRouteTable`,
        ...(zone !== undefined && { zone }),
        ...(tier !== undefined && { tier }),
      };
    });
};

/**
 * The network of the one VPC that the stacks define, with an interface in each subnet for every service,
 * function, database, cache, load balancer and endpoint in it.
 * @throws RangeError when there is not exactly one VPC, or a reference cannot be followed
 */
export const networkOf = (stacks: readonly TemplateStack[], options: TemplateOptions = {}): Network => {
  const { idOf = (_stack, logicalId) => logicalId, prefixLists = {} } = options;
  const resources = resourcesOf(stacks, idOf);
  const [vpc, another] = resources.filter(({ type }) => type === 'AWS::EC2::VPC');
  if (!vpc || another)
    throw new RangeError(`The templates define ${vpc ? 'several VPCs' : 'no VPC'}; one is read at a time.`);
  const further = resources.filter(({ type }) => type === 'AWS::EC2::VPCCidrBlock');
  const cidrs = [vpc, ...further].map(({ property }) => property<string>('CidrBlock'));
  const known = cidrs.filter((cidr) => cidr !== undefined);
  const subnets = subnetsOf(resources, vpc.id);
  const routing = routeTablesOf(resources, { vpc: vpc.id, cidrs: known, prefixLists });
  return {
    id: vpc.id,
    cidrs: known,
    subnets,
    interfaces: interfacesOf(resources, subnets),
    groups: groupsOf(resources, vpc.id),
    acls: aclsOf(resources, vpc.id),
    ...routing,
    natGateways: resources
      .filter(({ type }) => type === 'AWS::EC2::NatGateway')
      .map(({ id, property }) => ({ id, subnet: String(property('SubnetId')) })),
  };
};
