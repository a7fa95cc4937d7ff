/** A client has registered a model with MLflow and now says so: the model and its event are written together. */
import { modelReady } from '../../core/messages/index.ts';
import type { Database } from '../postgres/index.ts';
import { saveEvent } from './event.ts';
import { demandEvent } from './judge.ts';
import type { MlflowRegistry } from './mlflow-registry.ts';
import { demandImprovement, eventFacts, modelIdOf, Refused, type TokenizedEvent } from './request.ts';
import { type Answer, type Claim, claim, type RegistrationKey, saveAnswer, saveModel } from './store.ts';

export interface Announcement {
  key: RegistrationKey;
  event: TokenizedEvent;
  /** Asked only for a value that the client left to it; undefined while MLflow is off. */
  mlflow: MlflowRegistry | undefined;
  traceId: string | undefined;
}

/** Longest that a request is left to whoever began it, seconds: longer than any request may take. */
export const claimSeconds = 60;

/** The value that the client gives, or that its run has. Only the second needs MLflow. */
export const currentValue = async (
  { current_value, mlflow_run_id, metric_name }: TokenizedEvent,
  mlflow: MlflowRegistry | undefined,
): Promise<number> => {
  if (current_value !== undefined) return current_value;
  if (!mlflow) throw new Refused(503, 'MLflow is off and current_value is left out; send current_value', 60);
  const value = await mlflow.metric(mlflow_run_id, metric_name);
  if (value !== undefined) return value;
  throw new Refused(
    422,
    `current_value is left out, and MLflow has no run ${mlflow_run_id} with the metric ${metric_name}; send current_value`,
  );
};

/** An answer that was given before, or why there is none; undefined when the request may begin. */
export const earlier = (claimed: Claim): Answer | undefined => {
  if (claimed.kind === 'answered') return claimed.answer;
  if (claimed.kind === 'other')
    throw new Refused(422, 'Idempotency-Key was used before for another request; send a new key');
  if (claimed.kind === 'busy')
    throw new Refused(409, 'a request with this Idempotency-Key is being done; ask again in a moment', 1);
  return undefined;
};

/** Which fields of the table hold what a client said; the rest is kept as it came. */
export const modelRow = (
  event: Partial<TokenizedEvent> & { model_name: string; version: string; model_type?: string },
  current: number | undefined,
  owner: string,
) => {
  const { model_name, version, token_id, model_type, model_uri, mlflow_run_id, metric_name, baseline_value } =
    event;
  const { proposal_identifier, tags, api_schema, eval_spec, scorer_ref, primary_metric, benchmark_spec_id } =
    event;
  return {
    model_name,
    version,
    token_id,
    model_type,
    model_uri,
    mlflow_run_id,
    metric_name,
    baseline_value,
    current_value: current,
    registered_by: owner,
    details: {
      proposal_identifier,
      tags,
      api_schema,
      eval_spec,
      scorer_ref,
      primary_metric,
      benchmark_spec_id,
    },
  };
};

/**
 * Everything is one transaction: it may be repeated, because its key makes a second time find the first.
 * @throws Refused, MessageRefused, or what the database and MLflow throw; then nothing was written
 */
export const announce = async (
  database: Database,
  { key, event, mlflow, traceId }: Announcement,
): Promise<{ answer: Answer; replayed: boolean }> => {
  demandEvent(event);
  const current = await currentValue(event, mlflow);
  demandImprovement(event.baseline_value, current);
  return database.transaction(
    async (transaction) => {
      const claimed = await claim(transaction, key, event, claimSeconds);
      const before = earlier(claimed);
      if (before) return { answer: before, replayed: true };
      const { registrationId } = claimed as Extract<Claim, { registrationId: string }>;
      await saveModel(transaction, modelRow(event, current, key.owner));
      await saveEvent(transaction, modelReady(eventFacts(event, current), new Date()), traceId);
      const { model_name, version, token_id } = event;
      const answer: Answer = {
        status: 200,
        body: {
          status: 'ok',
          model_id: modelIdOf(model_name, version, token_id),
          model_name,
          version,
          event_emitted: true,
        },
      };
      await saveAnswer(transaction, registrationId, answer);
      return { answer, replayed: false };
    },
    { repeatable: true },
  );
};
