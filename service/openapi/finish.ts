/** What @fastify/swagger leaves to be said: it knows the routes, and less of OpenAPI 3.1. */
import type { Schema } from './schema.ts';

export interface OperationObject {
  operationId?: string;
  requestBody?: { required: boolean; content: Record<string, { schema: Schema }> };
  responses: Record<string, { headers?: Record<string, object> }>;
  [more: string]: unknown;
}

/** Operations by method. */
type PathItem = Record<string, OperationObject>;

export interface OpenApiDocument {
  openapi: string;
  paths: Record<string, PathItem>;
  components: Record<string, object>;
  [more: string]: unknown;
}

const mapped = <Value, Result>(
  record: Record<string, Value>,
  change: (value: Value, key: string) => Result,
) => Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));

/** A body whose schema takes null may be left out: Fastify gives null where there is none. */
const mayBeMissing = ({ schema: { type } }: { schema: Schema }): boolean =>
  Array.isArray(type) && type.includes('null');

/** In HTTP their bodies mean nothing; a route with several methods has one description for all. */
const bodiless = ['get', 'head', 'delete'];

const finishBody = (body: NonNullable<OperationObject['requestBody']>) => ({
  ...body,
  required: !Object.values(body.content).some(mayBeMissing),
});

/** A header that is documented is always sent. */
const finishResponse = <Response extends { headers?: Record<string, object> }>(response: Response) =>
  response.headers
    ? { ...response, headers: mapped(response.headers, (header) => ({ ...header, required: true })) }
    : response;

/** The operations of a route with several methods need an id each: `proxyMlflowGet`. */
const ownId = (operationId: string | undefined, method: string, all: PathItem): string | undefined => {
  const sharing = Object.values(all).filter((other) => other.operationId === operationId);
  return operationId && sharing.length > 1
    ? `${operationId}${method.charAt(0).toUpperCase()}${method.slice(1)}`
    : operationId;
};

const finishPath = (operations: PathItem): PathItem =>
  mapped(operations, ({ operationId: shared, requestBody, ...operation }, method) => {
    const operationId = ownId(shared, method, operations);
    return {
      ...(operationId ? { operationId } : {}),
      ...operation,
      ...(requestBody && !bodiless.includes(method) ? { requestBody: finishBody(requestBody) } : {}),
      responses: mapped(operation.responses, finishResponse),
    };
  });

export const finish = (document: OpenApiDocument): OpenApiDocument => ({
  ...document,
  paths: mapped(document.paths, finishPath),
});
