export { contains, overlaps, parseCidr, type Range } from './cidr.ts';
export * from './comparison/index.ts';
export { type Flow, flows, mayTalk, type NetworkPorts } from './flows.ts';
export {
  ephemeralPorts,
  maxEntriesPerDirection,
  type NetworkAclEntry,
  networkAclEntries,
} from './network-acl-entries.ts';
export { type GroupParty, groupParties, hasGroup, type Party, parties } from './parties.ts';
export * from './paths/index.ts';
export { type Peer, type SecurityGroupRule, securityGroupRules } from './security-group-rules.ts';
export * from './template/index.ts';
