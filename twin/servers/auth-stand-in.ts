import {
  jsonObject,
  type StandIn,
  type StandInAnswer,
  type StandInRequest,
  startStandIn,
} from './stand-in.ts';

const serviceIds = ['website', 'prediction', 'platform'];

/** A field that is wrong, as the auth service's framework writes it. */
const unprocessable = (field: string, message: string): StandInAnswer => ({
  status: 422,
  body: { detail: [{ loc: ['body', field], msg: message, type: 'value_error' }] },
});

/** What the auth service tells of a key; the fields that it has beyond these are told as they are. */
export interface KeyAnswer {
  key_id?: string;
  user_id?: string;
  email?: string;
  scopes?: readonly string[];
  roles?: readonly string[];
  is_admin?: boolean;
  rate_limit_per_hour?: number;
  billing_plan?: string;
  [field: string]: unknown;
}

/** Keys that are accepted, or each with what differs from the usual answer. */
export type AcceptedKeys = readonly string[] | Readonly<Record<string, KeyAnswer>>;

const answersOf = (keys: AcceptedKeys): ReadonlyMap<string, KeyAnswer> =>
  new Map(Array.isArray(keys) ? keys.map((key: string) => [key, {}]) : Object.entries(keys));

const validate = ({ headers, body }: StandInRequest, keys: ReadonlyMap<string, KeyAnswer>): StandInAnswer => {
  const input = jsonObject(body);
  if (!input) return unprocessable('body', 'value is not a valid dict');
  const { service_id: service, client_ip: address } = input;
  if (typeof service !== 'string' || !serviceIds.includes(service))
    return unprocessable('service_id', `string does not match regex "^(${serviceIds.join('|')})$"`);
  if (address !== undefined && typeof address !== 'string')
    return unprocessable('client_ip', 'str type expected');
  const key = /^Bearer (.+)$/.exec(String(headers.authorization ?? ''))?.[1];
  if (key === undefined) return { status: 401, body: { detail: 'API key required' } };
  const own = keys.get(key);
  if (!own) return { status: 401, body: { detail: 'Invalid or expired API key' } };
  return {
    status: 200,
    body: {
      is_valid: true,
      key_id: 'key_twin',
      user_id: 'user_twin',
      service_id: service,
      scopes: ['read', 'write'],
      rate_limit_per_hour: 1000,
      billing_plan: 'free',
      ...own,
    },
  };
};

/** The auth service's key validation. `keys` are the ones it accepts: read and write, unless they say otherwise. */
export const startAuth = (keys: AcceptedKeys = []): Promise<StandIn> => {
  const accepted = answersOf(keys);
  return startStandIn('uvicorn', (request) => {
    if (request.path === '/health') return { status: 200, body: { status: 'healthy' } };
    if (request.path !== '/api/v1/keys/validate') return { status: 404, body: { detail: 'Not Found' } };
    if (request.method !== 'POST') return { status: 405, body: { detail: 'Method Not Allowed' } };
    return validate(request, accepted);
  });
};
