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

const validate = ({ headers, body }: StandInRequest, keys: ReadonlySet<string>): StandInAnswer => {
  const input = jsonObject(body);
  if (!input) return unprocessable('body', 'value is not a valid dict');
  const { service_id: service, client_ip: address } = input;
  if (typeof service !== 'string' || !serviceIds.includes(service))
    return unprocessable('service_id', `string does not match regex "^(${serviceIds.join('|')})$"`);
  if (address !== undefined && typeof address !== 'string')
    return unprocessable('client_ip', 'str type expected');
  const key = /^Bearer (.+)$/.exec(String(headers.authorization ?? ''))?.[1];
  if (key === undefined) return { status: 401, body: { detail: 'API key required' } };
  if (!keys.has(key)) return { status: 401, body: { detail: 'Invalid or expired API key' } };
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
    },
  };
};

/** The auth service's key validation. `keys` are the ones it accepts. */
export const startAuth = (keys: readonly string[] = []): Promise<StandIn> => {
  const accepted = new Set(keys);
  return startStandIn('uvicorn', (request) => {
    if (request.path === '/health') return { status: 200, body: { status: 'healthy' } };
    if (request.path !== '/api/v1/keys/validate') return { status: 404, body: { detail: 'Not Found' } };
    if (request.method !== 'POST') return { status: 405, body: { detail: 'Method Not Allowed' } };
    return validate(request, accepted);
  });
};
