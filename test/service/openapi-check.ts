/**
 * Compares what a client sent and received with the OpenAPI document. Every answer must be as it is described,
 * and so must every request that was accepted.
 */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { describeService } from '../../service/api-document.ts';

export interface Exchanged {
  method: string;
  /** With its query. */
  path: string;
  sent: { headers: Record<string, string>; body?: string | undefined };
  status: number;
  headers: Headers;
  body: string;
}

interface Media {
  schema: object;
}
interface Operation {
  parameters?: { in: string; name: string; required: boolean; schema: object }[];
  requestBody?: { required: boolean; content: Record<string, Media> };
  responses: Record<string, { headers?: Record<string, Media>; content?: Record<string, Media> }>;
  security?: Record<string, never[]>[];
}
interface Scheme {
  type: string;
  in?: string;
  name?: string;
}

const dateTime = (text: string): boolean =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text));

const essence = (type: string): string => (type.split(';', 1)[0] ?? '').trim().toLowerCase();

/** The entry of this media type: with its parameters where the document has them. */
const mediaOf = (content: Record<string, Media>, type: string): [name: string, media: Media] | undefined =>
  Object.entries(content).find(
    ([name]) => name === '*/*' || (name.includes(';') ? name === type : name === essence(type)),
  );

/** Whether a name in the braces of a path stands for more than one segment: the rest of a path that is proxied. */
const spansSlashes = (name: string, operations: Record<string, Operation>): boolean =>
  Object.values(operations).some(({ parameters = [] }) =>
    parameters.some((parameter) => parameter.name === name && 'x-slashes' in parameter.schema),
  );

/** Matches what a documented path stands for. */
const pattern = (path: string, operations: Record<string, Operation>): RegExp => {
  const source = path
    .replace(/[.*+?^$()|[\]\\]/g, '\\$&')
    .replace(/\{([^}]+)\}/g, (_braces, name: string) => (spansSlashes(name, operations) ? '.*' : '[^/]+'));
  return new RegExp(`^${source}$`);
};

export const createCheck = (document: { paths: object; components: object; openapi: string }) => {
  const paths = document.paths as Record<string, Record<string, Operation>>;
  const { securitySchemes } = document.components as { securitySchemes: Record<string, Scheme> };
  // The schemas that others refer to go along with each of them.
  const keywords = ['x-slashes', 'components'];
  const options = { strict: true, allowUnionTypes: true, formats: { 'date-time': dateTime }, keywords };
  const json = new Ajv2020(options);
  // Headers and queries are text on the wire.
  const words = new Ajv2020({ ...options, coerceTypes: true });
  const validators = new Map<string, ValidateFunction>();

  const validator = (ajv: Ajv2020, schema: object): ValidateFunction => {
    const key = `${ajv === words} ${JSON.stringify(schema)}`;
    const validate = validators.get(key) ?? ajv.compile({ ...schema, components: document.components });
    validators.set(key, validate);
    return validate;
  };
  /** Fails with the value and what is wrong with it. */
  const expectValid = (ajv: Ajv2020, schema: object, value: unknown, what: string): void => {
    const validate = validator(ajv, schema);
    if (validate(value)) return;
    throw new Error(
      `${what} is not as documented: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(value)}`,
    );
  };

  // As the router chooses: what stands in the path itself before what a name stands for.
  const routes = Object.entries(paths)
    .sort(([one], [other]) => other.replace(/\{.*/, '').length - one.replace(/\{.*/, '').length)
    .map(([path, operations]) => ({ matches: pattern(path, operations), operations }));
  const find = (method: string, path: string): Operation | undefined =>
    routes.find(({ matches, operations }) => matches.test(path) && method in operations)?.operations[method];

  const presents = (scheme: Scheme | undefined, headers: Headers, query: URLSearchParams): boolean => {
    if (scheme?.type === 'http') return /^Bearer \S/i.test(headers.get('authorization') ?? '');
    return scheme?.in === 'query' ? query.has(scheme.name ?? '') : headers.has(scheme?.name ?? '');
  };

  /** By the media type that it came with. */
  const checkBody = (what: string, content: Record<string, Media>, type: string, body: string): void => {
    const [name, media] = mediaOf(content, type) ?? [];
    if (!name || !media) throw new Error(`${what}: "${type}" is not documented\n${body}`);
    expectValid(json, media.schema, name.endsWith('json') ? JSON.parse(body) : body, what);
  };

  const checkRequest = (
    what: string,
    { parameters = [], requestBody, security = [{}] }: Operation,
    query: URLSearchParams,
    { headers: plain, body }: Exchanged['sent'],
  ): void => {
    const headers = new Headers(plain);
    for (const { in: place, name, required, schema } of parameters) {
      if (place !== 'query') continue;
      const values = query.getAll(name);
      if (values.length === 0 && required) throw new Error(`${what}: ${name} is missing`);
      if (values.length > 0)
        expectValid(words, schema, values.length > 1 ? values : values[0], `${what}: ${name}`);
    }
    if (body && !requestBody) throw new Error(`${what}: no body is documented`);
    if (!body && requestBody?.required) throw new Error(`${what}: the body is missing`);
    if (body && requestBody)
      checkBody(`${what}: the request`, requestBody.content, headers.get('content-type') ?? '', body);
    const allowed = security.some((needed) =>
      Object.keys(needed).every((name) => presents(securitySchemes[name], headers, query)),
    );
    if (!allowed) throw new Error(`${what}: without any of the documented credentials`);
  };

  const checkAnswer = (
    what: string,
    { responses }: Operation,
    { status, headers, body }: Exchanged,
  ): void => {
    const response = responses[status] ?? responses[`${Math.floor(status / 100)}XX`];
    if (!response) throw new Error(`${what}: ${status} is not documented\n${body}`);
    for (const [name, { schema }] of Object.entries(response.headers ?? {})) {
      if (!headers.has(name)) throw new Error(`${what}: ${name} is missing`);
      expectValid(words, schema, headers.get(name), `${what}: ${name}`);
    }
    if (response.content) checkBody(what, response.content, headers.get('content-type') ?? '', body);
    else if (body !== '') throw new Error(`${what}: ${status} has no body by the document\n${body}`);
  };

  /** Throws when the document says otherwise. Paths that match `undocumented` are the test's own. */
  return (exchanged: Exchanged, undocumented?: RegExp): void => {
    const { method, path, sent, status, body } = exchanged;
    const [bare = '', search = ''] = path.split('?');
    const what = `${method} ${path}`;
    if (undocumented?.test(bare)) return;
    const found = find(method.toLowerCase(), bare);
    if (!found) {
      if (status !== 404) throw new Error(`${what} answers ${status} and is not documented\n${body}`);
      expectValid(json, { $ref: '#/components/schemas/Error' }, JSON.parse(body), what);
      return;
    }
    checkAnswer(what, found, exchanged);
    if (status < 300) checkRequest(what, found, new URLSearchParams(search), sent);
  };
};

export type Check = ReturnType<typeof createCheck>;

let check: Promise<Check> | undefined;

/** By the document of this service, which is made once. */
export const serviceCheck = (): Promise<Check> => {
  check ??= describeService().then(createCheck);
  return check;
};
