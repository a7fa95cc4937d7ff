/** What others may use: every construct takes interfaces, so that each works alone on what exists. */

export { bundleOf, prepareBundles } from './bundles.ts';
export { acknowledge } from './constructs/acknowledge.ts';
export * from './constructs/alarms/index.ts';
export * from './constructs/audit/index.ts';
export * from './constructs/bootstrap/index.ts';
export * from './constructs/cache/index.ts';
export * from './constructs/connection-budget/index.ts';
export * from './constructs/credentials/index.ts';
export * from './constructs/dashboard/index.ts';
export * from './constructs/database/index.ts';
export * from './constructs/database-parameters/index.ts';
export * from './constructs/function/index.ts';
export * from './constructs/messages/index.ts';
export * from './constructs/network/index.ts';
export * from './constructs/notifications/index.ts';
export * from './constructs/probe/index.ts';
export * from './constructs/service/index.ts';
export * from './constructs/settings/index.ts';
export * from './environments/index.ts';
export * from './stacks/index.ts';
