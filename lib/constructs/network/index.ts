export { DataSubnetAcl, type DataSubnetAclProps } from './data-subnet-acl.ts';
export { InterfaceEndpoints, type InterfaceEndpointsProps } from './interface-endpoints.ts';
export { Network, type NetworkProps } from './network.ts';
export { SecurityGroups, type SecurityGroupsProps } from './security-groups.ts';
export {
  checkUpstreams,
  internalUpstreamPorts,
  UpstreamAddresses,
  type UpstreamAddressesProps,
} from './upstream-addresses.ts';
