/** What clients send to register a model. Fields that are not known are left aside, as they always were. */
import type { ModelReadyFacts, ModelReadyToDeploy } from '../../core/messages/index.ts';

/** What of the event is taken as the client says it. */
type Told = Pick<
  ModelReadyToDeploy,
  | 'contributor_address'
  | 'experiment_name'
  | 'tags'
  | 'api_schema'
  | 'eval_spec'
  | 'scorer_ref'
  | 'primary_metric'
  | 'benchmark_spec_id'
  | 'metric_name'
  | 'baseline_value'
>;

/** What an event needs to know of a model beside its name and version. */
export interface TokenFacts extends Told {
  token_id: string;
  proposal_identifier?: string;
  mlflow_run_id: string;
  /** Read from the run in MLflow when it is left out. */
  current_value?: number;
  model_uri?: string;
}

export interface TokenizedEvent extends TokenFacts {
  model_name: string;
  version: string;
}

export interface ModelRegistration extends Partial<TokenFacts> {
  model_name: string;
  /** A version that MLflow has already; without it one is created from `model_uri`. */
  version?: string;
  model_type?: string;
  description?: string;
  model_data?: Record<string, unknown>;
  metadata?: Record<string, unknown>;
}

const text = (most = 500) => ({ type: 'string', minLength: 1, maxLength: most, pattern: '\\S' }) as const;

/** As MLflow numbers them. */
export const versionPattern = '^[0-9]{1,10}$';

/** MLflow allows neither; a quote would end a text in its search language, and a backslash hide its end. */
const modelName = {
  type: 'string',
  minLength: 1,
  maxLength: 256,
  pattern: '^[^/:.%"\'`\\\\\\x00-\\x1f]+$',
} as const;

const tokenProperties = {
  token_id: { type: 'string', pattern: '^[A-Za-z0-9-]{1,64}$' },
  proposal_identifier: text(),
  metric_name: text(250),
  mlflow_run_id: text(64),
  baseline_value: { type: 'number' },
  current_value: { type: 'number' },
  model_uri: text(2_000),
  contributor_address: { type: 'string', pattern: '^0x[a-fA-F0-9]{40}$' },
  experiment_name: text(),
  tags: { type: 'object', additionalProperties: { type: 'string', maxLength: 5_000 }, maxProperties: 200 },
  api_schema: { type: 'object' },
  eval_spec: {},
  scorer_ref: text(),
  primary_metric: text(),
  benchmark_spec_id: text(),
} as const;

export const tokenizedEventSchema = {
  type: 'object',
  required: ['model_name', 'version', 'token_id', 'metric_name', 'mlflow_run_id', 'baseline_value'],
  properties: { model_name: text(256), version: text(64), ...tokenProperties },
} as const;

export const modelRegistrationSchema = {
  type: 'object',
  required: ['model_name'],
  properties: {
    model_name: modelName,
    version: { type: 'string', pattern: versionPattern },
    model_type: text(),
    description: { type: 'string', maxLength: 5_000 },
    model_data: { type: 'object' },
    metadata: { type: 'object' },
    ...tokenProperties,
  },
} as const;

/** A request that is well formed and cannot be done; the client is told why. */
export class Refused extends Error {
  readonly statusCode: number;
  /** Seconds after which the same request may succeed; undefined when it will not. */
  readonly retryAfter: number | undefined;

  constructor(statusCode: number, message: string, retryAfter?: number) {
    super(message);
    this.statusCode = statusCode;
    this.retryAfter = retryAfter;
  }
}

const neededByEvent = ['metric_name', 'mlflow_run_id', 'baseline_value'] as const;

/** @throws Refused for a token without what its event must say */
export const demandTokenFacts = (model: ModelRegistration): void => {
  const left = neededByEvent.filter((field) => model[field] === undefined);
  if (model.token_id === undefined || left.length === 0) return;
  throw new Refused(422, `token_id needs ${left.join(' and ')} beside it; send them, or leave token_id out`);
};

/** @throws Refused for what would be no improvement */
export const demandImprovement = (baseline: number, current: number): void => {
  if (current >= baseline) return;
  throw new Refused(
    422,
    `current_value is ${current} and below baseline_value (${baseline}): an event is for an improvement; nothing was registered`,
  );
};

/** The name that clients know a model by. */
export const modelIdOf = (name: string, version: string, token?: string): string =>
  [name, version, ...(token === undefined ? [] : [token])].join('/');

/** What consumers of the event are told besides, where it is known. */
const passedOn = [
  'metric_name',
  'mlflow_run_id',
  'baseline_value',
  'proposal_identifier',
  'contributor_address',
  'experiment_name',
  'tags',
  'api_schema',
  'eval_spec',
  'scorer_ref',
  'primary_metric',
  'benchmark_spec_id',
] as const;

/** What the event says of a model. */
export const eventFacts = (event: TokenizedEvent, currentValue: number): ModelReadyFacts => {
  const { model_name, version, token_id } = event;
  const known = passedOn.filter((field) => event[field] !== undefined).map((field) => [field, event[field]]);
  return {
    ...(Object.fromEntries(known) as Pick<TokenizedEvent, 'metric_name' | 'baseline_value'>),
    model_id: modelIdOf(model_name, version, token_id),
    model_name,
    model_version: version,
    token_symbol: token_id.toLowerCase(),
    current_value: currentValue,
  };
};
