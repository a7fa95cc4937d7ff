/** The event that today's consumers read: a model with its token is registered and better than its baseline. */

export const modelReadyType = 'model_ready_to_deploy';

export interface ModelReadyToDeploy {
  model_id: string;
  /** Lower-case letters, digits and hyphens, 1 to 64. */
  token_symbol: string;
  metric_name: string;
  baseline_value: number;
  current_value: number;
  model_name: string;
  model_version: string;
  status: 'registered';
  mlflow_run_id?: string;
  proposal_identifier: string;
  /** Only where the baseline is above zero, and not so small that no number says it. */
  improvement_percentage?: number;
  contributor_address?: string;
  experiment_name?: string;
  tags?: Record<string, string>;
  api_schema?: Record<string, unknown>;
  eval_spec?: unknown;
  scorer_ref?: string;
  primary_metric?: string;
  benchmark_spec_id?: string;
  /** ISO 8601 without a zone; UTC. */
  timestamp: string;
  message_version: '1.0';
}

export const tokenSymbolPattern = '^[a-z0-9-]{1,64}$';

/**
 * Percent, to a millionth: 0.8 and 0.85 are 6.25, whatever their binary forms are. Undefined where there is none: of a
 * baseline of zero or less, or one so small that the percentage is no finite number.
 */
const improvement = (baseline: number, current: number): number | undefined => {
  const percent = Math.round(((current - baseline) / baseline) * 100 * 1e6) / 1e6;
  return baseline > 0 && Number.isFinite(percent) ? percent : undefined;
};

export type ModelReadyFacts = Omit<
  ModelReadyToDeploy,
  'status' | 'improvement_percentage' | 'proposal_identifier' | 'timestamp' | 'message_version'
> & { proposal_identifier?: string };

/** The whole event of what is known of a model. */
export const modelReady = (facts: ModelReadyFacts, at: Date): ModelReadyToDeploy => {
  const percent = improvement(facts.baseline_value, facts.current_value);
  return {
    ...facts,
    proposal_identifier: facts.proposal_identifier ?? facts.token_symbol,
    status: 'registered',
    ...(percent === undefined ? {} : { improvement_percentage: percent }),
    timestamp: at.toISOString().replace('Z', ''),
    message_version: '1.0',
  };
};
