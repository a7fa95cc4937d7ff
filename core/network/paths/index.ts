export { addressText, alone, familyOf, holds, parseRange } from './address.ts';
export { applyChange, type Change, commandOf } from './change.ts';
export { type Endpoint, endpointOf } from './endpoint.ts';
export { evaluatePath } from './evaluate.ts';
export {
  type AclEntry,
  allPorts,
  type Direction,
  type GroupPeer,
  type GroupRule,
  type Named,
  type Network,
  type NetworkAcl,
  type NetworkInterface,
  type Ports,
  type PrefixList,
  portsOf,
  protocolOf,
  type Route,
  type RouteKind,
  type RouteTable,
  type SecurityGroup,
  type Subnet,
} from './model.ts';
export { everyRule, pointsIn, reservedAddresses } from './points.ts';
export { evaluatePaths, type PathsVerdict } from './several.ts';
export type { BlockingCause, Finding, PathState, PathVerdict, Traffic } from './verdict.ts';
export { called, directionWords, entryText, lastEntry, ruleText, subnetWords } from './words.ts';
