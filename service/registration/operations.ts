/** What the document says of the registration of models. */
import { keyErrors } from '../auth/index.ts';
import {
  bodyErrors,
  closed,
  errorResponse,
  exactly,
  flag,
  jsonResponse,
  operation,
  type Responses,
  text,
  time,
  withApiKey,
} from '../openapi/index.ts';
import { modelRegistrationSchema, tokenizedEventSchema } from './request.ts';

const tags = ['models'] as const;

const idempotencyHeader = {
  type: 'object',
  properties: {
    'idempotency-key': {
      type: 'string',
      minLength: 1,
      maxLength: 257,
      description:
        'Visible ASCII. The same key with the same body is the same request, however often it is sent; without a key the body stands for itself.',
    },
  },
};

const errors: Responses = {
  ...keyErrors,
  ...bodyErrors,
  ...errorResponse(402, 'The balance of the API key does not suffice.'),
  ...errorResponse(409, 'A request with this Idempotency-Key is being done.'),
  ...errorResponse(422, 'A field is wrong, or the Idempotency-Key was used for another request.'),
  ...errorResponse(502, 'MLflow refuses the service, cannot be reached, or what answers is not MLflow.'),
  ...errorResponse(
    504,
    'MLflow did not answer in time; the registration is completed once it is clear what it did.',
  ),
};

/** Both operations write what they are told, and an event of it. */
const refusedFirst =
  'Before MLflow is asked, 422 names each field with a NUL or half a character (in a text or a name), a number that is not finite once it is read (1e400), or more than 100 arrays and objects in one another, and the longest field of an event of more than 200,000 bytes. The event has no `improvement_percentage` where the baseline is zero or less, or so small that no finite number says it.';

const nameAt = (mount: string): string => (mount === '/models' ? '' : 'BelowApi');

export const registerOperation = (mount: string) =>
  operation({
    operationId: `registerModel${nameAt(mount)}`,
    summary: 'Registers a model with MLflow and here',
    description: `Creates a version in MLflow from \`model_uri\`, or records the one that \`version\` names. With \`token_id\` and what belongs to it the event is written in the same transaction. While MLflow is away the request is refused and nothing is done; one whose outcome is not known is completed by the service itself. ${refusedFirst}`,
    tags,
    security: withApiKey,
    body: modelRegistrationSchema,
    responses: {
      ...jsonResponse(
        201,
        'Registered, now or by an earlier request with this key.',
        closed({
          model_id: text('Name and version, and the token where there is one.'),
          model_name: text(),
          version: text(),
          status: exactly('registered'),
          registration_timestamp: time(),
          event_emitted: flag('Whether an event was written.'),
        }),
        {
          model_id: 'churn/3',
          model_name: 'churn',
          version: '3',
          status: 'registered',
          registration_timestamp: '2026-01-02T03:04:05.678Z',
          event_emitted: false,
        },
      ),
      ...errors,
    },
    unchecked: { headers: idempotencyHeader },
  });

export const announceOperation = (mount: string) =>
  operation({
    operationId: `announceTokenizedModel${nameAt(mount)}`,
    summary: 'Writes the event of a tokenized model that MLflow has',
    description: `Model and event are written in one transaction. MLflow is asked only when \`current_value\` is left out: then it is the value of \`metric_name\` in the run. ${refusedFirst}`,
    tags,
    security: withApiKey,
    body: tokenizedEventSchema,
    responses: {
      ...jsonResponse(
        200,
        'Written, now or by an earlier request with this key.',
        closed({
          status: exactly('ok'),
          model_id: text('Name, version and token.'),
          model_name: text(),
          version: text(),
          event_emitted: exactly(true),
        }),
        {
          status: 'ok',
          model_id: 'churn/3/HOK-1',
          model_name: 'churn',
          version: '3',
          event_emitted: true,
        },
      ),
      ...errors,
    },
    unchecked: { headers: idempotencyHeader },
  });
