export { ChangeAudit, type ChangeAuditProps, changeLogGroup } from './change-audit.ts';
export { ChangeTrail, type ChangeTrailProps } from './change-trail.ts';
export type { NetworkParts, WatchedResources } from './watched-resources.ts';
