export { availableConnections, type ConnectionDemand, checkConnectionBudget } from './connection-budget.ts';
export { type InstanceClass, instanceMemoryGib, memoryOf } from './instance-classes.ts';
