/** What today's consumers demand of an event. */
import { tokenSymbolPattern } from './model-ready.ts';

interface Field {
  kind: 'text' | 'number' | 'object' | 'texts' | 'any';
  required?: true;
  pattern?: RegExp;
  /** Allowed values. */
  values?: readonly string[];
}

const text: Field = { kind: 'text' };
const needed: Field = { kind: 'text', required: true };
const number: Field = { kind: 'number', required: true };

const fields: Readonly<Record<string, Field>> = {
  model_id: needed,
  token_symbol: { ...needed, pattern: new RegExp(tokenSymbolPattern) },
  metric_name: needed,
  baseline_value: number,
  current_value: number,
  model_name: needed,
  model_version: needed,
  status: { ...needed, values: ['registered'] },
  mlflow_run_id: text,
  proposal_identifier: text,
  improvement_percentage: { kind: 'number' },
  contributor_address: { kind: 'text', pattern: /^0x[a-fA-F0-9]{40}$/ },
  experiment_name: text,
  tags: { kind: 'texts' },
  api_schema: { kind: 'object' },
  eval_spec: { kind: 'any' },
  scorer_ref: text,
  primary_metric: text,
  benchmark_spec_id: text,
  timestamp: text,
  message_version: { kind: 'text', values: ['1.0'] },
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const kinds: Record<Field['kind'], { is: (value: unknown) => boolean; words: string }> = {
  text: { is: (value) => typeof value === 'string' && value !== '', words: 'a text that is not empty' },
  number: { is: (value) => typeof value === 'number' && Number.isFinite(value), words: 'a finite number' },
  object: { is: isObject, words: 'an object' },
  texts: {
    is: (value) => isObject(value) && Object.values(value).every((one) => typeof one === 'string'),
    words: 'an object of texts',
  },
  any: { is: () => true, words: 'anything' },
};

const problemOf = (name: string, { kind, required, pattern, values }: Field, value: unknown) => {
  if (value === undefined || value === null) return required ? `${name} is missing` : undefined;
  if (!kinds[kind].is(value)) return `${name} must be ${kinds[kind].words}`;
  if (pattern && !pattern.test(String(value))) return `${name} must match ${pattern.source}`;
  return values && !values.includes(String(value)) ? `${name} must be ${values.join(' or ')}` : undefined;
};

/** Everything that is wrong with the payload of an event, each by the name of its field. */
export const modelReadyProblems = (payload: unknown): string[] => {
  if (!isObject(payload)) return ['the payload must be an object'];
  const unknown = Object.keys(payload).filter((name) => !Object.hasOwn(fields, name));
  return [
    ...Object.entries(fields).map(([name, field]) =>
      problemOf(name, field, Object.hasOwn(payload, name) ? payload[name] : undefined),
    ),
    ...unknown.map((name) => `${name} is not a field of this event`),
  ].filter((problem) => problem !== undefined);
};
