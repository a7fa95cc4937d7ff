/**
 * Registers a model: MLflow gets the version, PostgreSQL the record and, for a token, the event. The request is noted
 * first, so that whatever stops in between is found again, and the version carries its mark, so that it is made once.
 */

import { modelReady } from '../../core/messages/index.ts';
import type { Database } from '../postgres/index.ts';
import { claimSeconds, currentValue, earlier, modelRow } from './announce.ts';
import { saveEvent } from './event.ts';
import { demandEvent } from './judge.ts';
import type { MlflowRegistry } from './mlflow-registry.ts';
import {
  demandImprovement,
  demandTokenFacts,
  eventFacts,
  type ModelRegistration,
  modelIdOf,
  Refused,
  type TokenFacts,
  type TokenizedEvent,
} from './request.ts';
import { settle } from './settle.ts';
import {
  type Answer,
  type Claim,
  claim,
  noteCurrentValue,
  type RegistrationKey,
  saveAnswer,
  saveModel,
} from './store.ts';

export interface Registration {
  key: RegistrationKey;
  model: ModelRegistration;
  mlflow: MlflowRegistry;
  traceId: string | undefined;
}

/** Where the files of the model are: as it is said, or where a run keeps its model. */
export const sourceOf = ({ model_uri, mlflow_run_id, model_data }: ModelRegistration): string | undefined => {
  const given = [model_uri, model_data?.model_uri, model_data?.uri].find(
    (value): value is string => typeof value === 'string' && value.trim() !== '',
  );
  return given ?? (mlflow_run_id ? `runs:/${mlflow_run_id}/model` : undefined);
};

/** @throws Refused for what MLflow need not be asked about */
export const demandSource = (model: ModelRegistration): void => {
  if (model.version !== undefined || sourceOf(model) !== undefined) return;
  throw new Refused(
    422,
    'the model has no place: send model_uri (or mlflow_run_id), or the version that MLflow has already',
  );
};

/** Its other fields are looked at before it is noted. */
export const isTokenized = (model: ModelRegistration): model is ModelRegistration & TokenFacts =>
  model.token_id !== undefined;

const textsOf = (metadata: Record<string, unknown> | undefined): Record<string, string> =>
  Object.fromEntries(
    Object.entries(metadata ?? {}).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );

/** The version in MLflow: the one that is named, the one that an earlier attempt made, or a new one. */
const versionInMlflow = async (
  { model, mlflow }: Pick<Registration, 'model' | 'mlflow'>,
  registrationId: string,
  resumed: boolean,
): Promise<string> => {
  const { model_name: name, version } = model;
  if (version !== undefined) {
    if (await mlflow.hasVersion(name, version)) return version;
    throw new Refused(422, `MLflow has no version ${version} of ${name}; leave version out to create one`);
  }
  const made = resumed ? await mlflow.createdVersion(name, registrationId) : undefined;
  if (made !== undefined) return made;
  return mlflow.createVersion({
    name,
    source: sourceOf(model) ?? '',
    runId: model.mlflow_run_id,
    description: model.description,
    tags: {
      ...textsOf(model.metadata),
      ...model.tags,
      ...(model.model_type ? { model_type: model.model_type } : {}),
    },
    registrationId,
  });
};

/** Writes model, event and answer together. */
const record = (
  database: Database,
  { key, model, traceId }: Omit<Registration, 'mlflow'>,
  registrationId: string,
  version: string,
  current: number | undefined,
): Promise<Answer> =>
  database.transaction(
    async (transaction) => {
      const registered = { ...model, version };
      const row = modelRow(registered, current, key.owner);
      const at = await saveModel(transaction, {
        ...row,
        model_uri: sourceOf(model),
        details: { ...row.details, metadata: model.metadata, model_data: model.model_data },
      });
      if (current !== undefined)
        await saveEvent(
          transaction,
          modelReady(eventFacts(registered as TokenizedEvent, current), new Date()),
          traceId,
        );
      const answer: Answer = {
        status: 201,
        body: {
          model_id: modelIdOf(model.model_name, version, model.token_id),
          model_name: model.model_name,
          version,
          status: 'registered',
          registration_timestamp: at.toISOString(),
          event_emitted: current !== undefined,
        },
      };
      await saveAnswer(transaction, registrationId, answer);
      return answer;
    },
    { repeatable: true },
  );

/** Goes on with a request that is noted. */
export const complete = async (
  database: Database,
  registration: Registration,
  registrationId: string,
  resumed: boolean,
): Promise<Answer> => {
  const { model, mlflow } = registration;
  const event = model as TokenizedEvent;
  const current = isTokenized(model) ? await currentValue(event, mlflow) : undefined;
  if (current !== undefined) {
    demandImprovement(event.baseline_value, current);
    if (model.current_value === undefined) await noteCurrentValue(database, registrationId, current);
  }
  const version = await versionInMlflow(registration, registrationId, resumed);
  return record(database, registration, registrationId, version, current);
};

/**
 * @throws Refused, or what the database and MLflow throw. While it is not known what MLflow has done, the request
 * stays noted, and is completed with its next attempt or by itself.
 */
export const register = async (
  database: Database,
  registration: Registration,
): Promise<{ answer: Answer; replayed: boolean }> => {
  const { key, model } = registration;
  demandSource(model);
  demandTokenFacts(model);
  if (isTokenized(model)) demandEvent(model);
  const claimed = await database.transaction((transaction) => claim(transaction, key, model, claimSeconds), {
    repeatable: true,
  });
  const before = earlier(claimed);
  if (before) return { answer: before, replayed: true };
  const begun = claimed as Extract<Claim, { registrationId: string }>;
  const { registrationId, kind } = begun;
  const noted =
    begun.kind === 'resumed' ? { ...registration, model: begun.request as ModelRegistration } : registration;
  try {
    const answer = await complete(database, noted, registrationId, kind === 'resumed');
    return { answer, replayed: false };
  } catch (error) {
    await settle(database, registrationId, kind, error).catch(() => undefined);
    throw error;
  }
};
