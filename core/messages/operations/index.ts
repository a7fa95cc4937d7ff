export type { DeadMessage } from './dead.ts';
export { formatDead, formatOperation } from './format.ts';
export type { ListsFound } from './lists.ts';
export { isOperation, type OperationName, operationNames, optionsOf } from './options.ts';
export { type MessageRequest, type RequestRead, readRequest } from './request.ts';
export {
  type ChangeResult,
  type DepthResult,
  type FailedResult,
  type OperationResult,
  type PeekResult,
  type PreviewResult,
  type RefusedResult,
  refused,
} from './result.ts';
export { type OperationTools, runOperation } from './run.ts';
