export { DataStack } from './data-stack.ts';
export { ObservabilityStack } from './observability-stack.ts';
export { ServiceStack } from './service-stack.ts';
