import swagger, { type SwaggerTransform } from '@fastify/swagger';
import type { FastifyInstance, FastifySchema } from 'fastify';
import { errorSchema, securitySchemes, tags } from './components.ts';
import { finish, type OpenApiDocument } from './finish.ts';
import { type Documented, jsonResponse, operation } from './operation.ts';
import { closed, exactly, type NamedSchema } from './schema.ts';

/** Version of the interface, as the live system counts it; that of the program is at `/version`. */
export const apiVersion = 'v1';

/** `/mlflow/*` has no name for its rest; OpenAPI wants one. */
const rest = 'path';

const transform: SwaggerTransform<FastifySchema & Documented> = ({ schema, url }) => {
  const { documented, ...checked } = schema ?? {};
  const wildcard = url.endsWith('*');
  const params = {
    type: 'object',
    properties: {
      [rest]: {
        type: 'string',
        description: 'Everything that follows, slashes included.',
        'x-slashes': true,
      },
    },
  };
  return {
    schema: { ...checked, ...documented, ...(wildcard ? { params } : {}) },
    url: wildcard ? `${url.slice(0, -1)}:${rest}` : url,
  };
};

/** Schemas that operations refer to by name. */
export const addSchemas = (server: FastifyInstance, schemas: readonly NamedSchema[]): void => {
  for (const schema of schemas) server.addSchema(schema);
};

/** The document of all routes of a server that is ready. */
export const documentOf = (server: FastifyInstance): OpenApiDocument =>
  server.swagger() as unknown as OpenApiDocument;

/**
 * Collects what routes say of themselves, and serves it. Must have ended before the first route is added: those
 * that were there before are not seen. A route without tags is in no document.
 */
export async function describeRoutes(server: FastifyInstance): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Breakwater API',
        version: apiVersion,
        description: `Every error has the body of \`Error\`. Besides those that are listed, any request can be answered with 400 or 431 when it is malformed or too large, and with 500.

\`traceparent\` and \`X-Amzn-Trace-Id\` are honoured on every path.`,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
      components: { securitySchemes },
    },
    hideUntagged: true,
    convertConstToEnum: false,
    refResolver: {
      buildLocalReference: ({ $id }, _baseUri, _fragment, place) => String($id ?? `schema-${place}`),
    },
    transform: transform as SwaggerTransform,
    transformObject: (built) =>
      'openapiObject' in built ? (finish(built.openapiObject as OpenApiDocument) as object) : {},
  });
  addSchemas(server, [errorSchema]);

  let text: string | undefined;
  server.get(
    '/openapi.json',
    {
      schema: operation({
        operationId: 'getOpenApiDocument',
        summary: 'This document',
        tags: ['documentation'],
        responses: jsonResponse(
          200,
          'OpenAPI 3.1.',
          closed({
            openapi: exactly('3.1.0'),
            info: { type: 'object' },
            components: { type: 'object' },
            paths: { type: 'object' },
            tags: { type: 'array' },
          }),
        ),
      }),
    },
    async (_request, reply) => {
      text ??= JSON.stringify(documentOf(server));
      return reply.type('application/json; charset=utf-8').send(text);
    },
  );
}
