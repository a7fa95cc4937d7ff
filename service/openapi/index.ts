export { byOperators, moreForOperators, type Security, type Tag, withApiKey } from './components.ts';
export { addSchemas, apiVersion, describeRoutes, documentOf } from './describe-routes.ts';
export type { OpenApiDocument } from './finish.ts';
export {
  anyResponse,
  bodyErrors,
  errorResponse,
  jsonResponse,
  type Operation,
  operation,
  type Responses,
} from './operation.ts';
export {
  amount,
  closed,
  count,
  exactly,
  flag,
  listOf,
  type NamedSchema,
  named,
  narrowed,
  nullable,
  oneOf,
  ref,
  type Schema,
  text,
  time,
} from './schema.ts';
