/** What the document says of every path that asks for an API key. */
import { errorResponse, type Responses } from '../openapi/index.ts';

export const keyErrors: Responses = {
  ...errorResponse(401, 'There is no API key, or the auth service does not accept it.'),
  ...errorResponse(403, 'The API key does not allow this; `error` says what it lacks.'),
  ...errorResponse(429, 'The auth service has had too many requests with this key.'),
  ...errorResponse(503, 'The auth service, or what the request needs behind it, cannot be used now.'),
};
