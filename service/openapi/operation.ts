/**
 * How a route says what it is. The result is the `schema` of the route:
 *
 *     server.get('/models/:name', {
 *       schema: operation({
 *         operationId: 'getModel',
 *         summary: 'One model',
 *         tags: ['models'],
 *         security: withApiKey,
 *         responses: {
 *           ...jsonResponse(200, 'The model.', ref('Model')),
 *           ...errorResponse(404, 'No model has that name.'),
 *         },
 *       }),
 *     }, handler);
 *
 * `params`, `querystring` and `body` are checked by Fastify before the handler runs, and a request that does not
 * fit is answered with 422. Everything else is only written into the document: answers are sent as the handler
 * gives them, by JSON.stringify, and it is the tests that compare them with the document.
 */
import type { FastifySchema } from 'fastify';
import { headers, type Security, type Tag } from './components.ts';
import { ref, type Schema } from './schema.ts';

interface Media {
  schema: Schema;
  example?: unknown;
}

export interface Response {
  description: string;
  headers?: Record<string, Schema>;
  content?: Record<string, Media>;
}

/** A class of statuses is for those that have no entry of their own. */
export type StatusClass = '2XX' | '3XX' | '4XX' | '5XX';

export type Responses = Readonly<Partial<Record<number | StatusClass, Response>>>;

/** What Fastify checks, and what may also be only described. */
interface Described {
  params?: Schema;
  querystring?: Schema;
  body?: Schema;
}

export interface Operation extends Described {
  /** A verb and what it acts on, in camel case; no other operation has it. */
  operationId: string;
  /** A few words, without a full stop. */
  summary: string;
  description?: string;
  tags: readonly Tag[];
  /** Who may ask; anyone unless set. */
  security?: Security;
  responses: Responses;
  /** Media types of the body, where it is not JSON. */
  consumes?: readonly string[];
  /** Written into the document and not checked, such as the body of a request that is passed on unread. */
  unchecked?: Described & { headers?: Schema };
}

/** Fastify takes no notice of this part of a schema. */
export interface Documented {
  documented?: { response: Responses } & NonNullable<Operation['unchecked']>;
}

export const operation = ({ responses, unchecked, ...checked }: Operation): FastifySchema & Documented => ({
  ...checked,
  documented: { response: responses, ...unchecked },
});

/** An answer whose form is not ours to say. */
export const anyResponse = (status: number | StatusClass, description: string): Responses => ({
  [status]: { description, content: { '*/*': { schema: {} } } },
});

/** An answer with a JSON body. */
export const jsonResponse = (
  status: number | StatusClass,
  description: string,
  schema: Schema,
  example?: unknown,
): Responses => ({
  [status]: {
    description,
    content: { 'application/json': { schema, ...(example === undefined ? {} : { example }) } },
  },
});

/** Headers that always come with an error of this status. */
const errorHeaders: Readonly<Record<number, Record<string, Schema>>> = {
  401: { 'www-authenticate': headers['www-authenticate'] },
  429: { 'retry-after': headers['retry-after'] },
  503: { 'retry-after': headers['retry-after'] },
};

/** An error with the body that every error has, and when it comes. */
export const errorResponse = (
  status: number | StatusClass,
  when: string,
  withHeaders: Record<string, Schema> | undefined = errorHeaders[Number(status)],
): Responses => ({
  [status]: {
    description: when,
    ...(withHeaders ? { headers: withHeaders } : {}),
    content: { 'application/json': { schema: ref('Error') } },
  },
});

/** What can be wrong with a JSON body before it reaches the handler. */
export const bodyErrors: Responses = {
  ...errorResponse(400, 'The body is not JSON, or has a field `__proto__`.'),
  ...errorResponse(413, 'The body is larger than 1 MiB.'),
  ...errorResponse(415, 'The body has another content type.'),
  ...errorResponse(422, 'The body has an unknown name or a wrong value.'),
};
