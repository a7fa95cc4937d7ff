/**
 * Completes registrations that were begun and not answered: their process was killed, or MLflow did not say in time
 * what it had done. Without it a model could stay in MLflow with no record here.
 */
import { CircuitOpenError } from '../../core/resilience/index.ts';
import type { Log } from '../log.ts';
import { type Database, DatabaseError } from '../postgres/index.ts';
import { claimSeconds } from './announce.ts';
import { demandEvent } from './judge.ts';
import type { MlflowRegistry } from './mlflow-registry.ts';
import { complete, isTokenized } from './register.ts';
import type { ModelRegistration } from './request.ts';
import { settle } from './settle.ts';
import { takeUnanswered, type Unanswered } from './store.ts';

/** Time between two looks, milliseconds. Every task looks; what one has taken the others leave. */
const lookMs = 10_000;

/** Part of that time that is added at random, so that tasks do not look in step. */
const jitter = 0.5;

export interface CompletionOptions {
  database: Database;
  mlflow: MlflowRegistry;
  route: string;
  log: Log;
  everyMs?: number;
}

/** Completes what is open, one after the other; gives how many were taken. */
export const completeOpen = async ({ database, mlflow, route, log }: CompletionOptions): Promise<number> => {
  for (let taken = 0; ; taken++) {
    const open = await database.transaction(
      (transaction) => takeUnanswered(transaction, route, claimSeconds),
      { repeatable: true },
    );
    if (!open) return taken;
    await completeOne(database, mlflow, route, log, open);
  }
};

const completeOne = async (
  database: Database,
  mlflow: MlflowRegistry,
  route: string,
  log: Log,
  { registrationId, owner, request }: Unanswered,
): Promise<void> => {
  const model = request as ModelRegistration;
  const key = { owner, key: '', route, hash: '' };
  const fields = { registrationId, model: model.model_name };
  try {
    // One that an older version of this service has noted.
    if (isTokenized(model)) demandEvent(model);
    await complete(database, { key, model, mlflow, traceId: undefined }, registrationId, true);
    log.info(fields, 'a registration that was left open is completed');
  } catch (error) {
    const became = await settle(database, registrationId, 'resumed', error);
    log.warn(
      { ...fields, error: (error as Error).message },
      became === 'open'
        ? 'a registration that was left open is not completed'
        : 'a registration that was left open can never be completed and is forgotten; MLflow may have a version of it',
    );
  }
};

/** Looks for open registrations until it is disposed of. */
export const completeInBackground = (options: CompletionOptions): Disposable => {
  const { log, everyMs = lookMs } = options;
  let stopped = false;
  let timer: NodeJS.Timeout;
  const plan = () => {
    if (!stopped) timer = setTimeout(look, everyMs * (1 + jitter * Math.random())).unref();
  };
  const look = () => {
    completeOpen(options)
      .catch((error: unknown) => {
        // The database says of itself that it is away.
        if (error instanceof DatabaseError || error instanceof CircuitOpenError) return;
        log.error({ error: String(error) }, 'open registrations could not be looked for');
      })
      .finally(plan);
  };
  plan();
  return {
    [Symbol.dispose]: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
};
