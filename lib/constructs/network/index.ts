export { DataSubnetAcl, type DataSubnetAclProps } from './data-subnet-acl.ts';
export { environmentFlows } from './environment-flows.ts';
export { InterfaceEndpoints, type InterfaceEndpointsProps } from './interface-endpoints.ts';
export { Network, type NetworkProps } from './network.ts';
export { NetworkPathCheck, s3Ranges } from './path-check.ts';
export { SecurityGroups, type SecurityGroupsProps } from './security-groups.ts';
export {
  checkUpstreams,
  internalUpstreamPorts,
  UpstreamAddresses,
  type UpstreamAddressesProps,
} from './upstream-addresses.ts';
