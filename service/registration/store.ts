/** Models and registrations in PostgreSQL. */
import type { Database, Transaction } from '../postgres/index.ts';

export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/** Whose request it is, and which. */
export interface RegistrationKey {
  owner: string;
  key: string;
  route: string;
  hash: string;
}

export type Claim =
  | { kind: 'new'; registrationId: string }
  /** With what the earlier attempt has noted. */
  | { kind: 'resumed'; registrationId: string; request: unknown }
  | { kind: 'answered'; answer: Answer }
  /** The key stands for another request. */
  | { kind: 'other' }
  /** Another request with this key is being done. */
  | { kind: 'busy' };

interface Row extends Record<string, unknown> {
  registration_id: string;
  request_hash: string;
  route: string;
  status: number | null;
  answer: Record<string, unknown> | null;
  request: unknown;
  busy: boolean;
}

const insert = `
INSERT INTO public.breakwater_registrations (owner, idempotency_key, route, request_hash, request, claimed_until)
VALUES ($1, $2, $3, $4, $5, now() + $6 * interval '1 second')
ON CONFLICT (owner, idempotency_key) DO NOTHING
RETURNING registration_id`;

/** Locked: two that found the same row do not both go on with it. */
const find = `
SELECT registration_id, request_hash, route, status, answer, request, coalesce(claimed_until > now(), false) AS busy
FROM public.breakwater_registrations WHERE owner = $1 AND idempotency_key = $2 FOR UPDATE`;

const renew = `
UPDATE public.breakwater_registrations
SET attempts = attempts + 1, claimed_until = now() + $2 * interval '1 second'
WHERE registration_id = $1`;

/** Begins a request, finds its answer, or says who has it. A claim is given up after `seconds`. */
export const claim = async (
  { query }: Transaction,
  { owner, key, route, hash }: RegistrationKey,
  request: unknown,
  seconds: number,
): Promise<Claim> => {
  const inserted = await query<Row>(insert, [owner, key, route, hash, JSON.stringify(request), seconds]);
  const [created] = inserted.rows;
  if (created) return { kind: 'new', registrationId: created.registration_id };
  const { rows } = await query<Row>(find, [owner, key]);
  const [row] = rows;
  // Removed between the two statements: it had failed before anything was done.
  if (!row) return { kind: 'busy' };
  if (row.request_hash !== hash || row.route !== route) return { kind: 'other' };
  if (row.status !== null && row.answer)
    return { kind: 'answered', answer: { status: row.status, body: row.answer } };
  if (row.busy) return { kind: 'busy' };
  await query(renew, [row.registration_id, seconds]);
  return { kind: 'resumed', registrationId: row.registration_id, request: row.request };
};

export const saveAnswer = async (
  { query }: Transaction,
  registrationId: string,
  { status, body }: Answer,
): Promise<void> => {
  await query(
    `UPDATE public.breakwater_registrations
     SET status = $2, answer = $3, answered_at = now(), claimed_until = NULL WHERE registration_id = $1`,
    [registrationId, status, JSON.stringify(body)],
  );
};

/**
 * Notes the value that MLflow gave, before it is asked for a version: a second attempt announces the same one, whatever
 * has become of the run.
 */
export const noteCurrentValue = async (
  database: Database,
  registrationId: string,
  current: number,
): Promise<void> => {
  await database.query(
    `UPDATE public.breakwater_registrations SET request = request || $2::jsonb
     WHERE registration_id = $1 AND answer IS NULL`,
    [registrationId, JSON.stringify({ current_value: current })],
    { repeatable: true },
  );
};

/** Nothing was done: the same request may begin anew. */
export const forget = async (
  { query }: Pick<Transaction, 'query'>,
  registrationId: string,
): Promise<void> => {
  await query('DELETE FROM public.breakwater_registrations WHERE registration_id = $1 AND answer IS NULL', [
    registrationId,
  ]);
};

export interface Unanswered {
  registrationId: string;
  owner: string;
  request: unknown;
}

/** Takes one request whose claim has ended without an answer. */
export const takeUnanswered = async (
  { query }: Transaction,
  route: string,
  seconds: number,
): Promise<Unanswered | undefined> => {
  const { rows } = await query<{ registration_id: string; owner: string; request: unknown }>(
    `SELECT registration_id, owner, request FROM public.breakwater_registrations
     WHERE answer IS NULL AND claimed_until < now() AND route = $1
     ORDER BY claimed_until LIMIT 1 FOR UPDATE SKIP LOCKED`,
    [route],
  );
  const [row] = rows;
  if (!row) return undefined;
  await query(renew, [row.registration_id, seconds]);
  return { registrationId: row.registration_id, owner: row.owner, request: row.request };
};

export interface ModelRow {
  model_name: string;
  version: string;
  token_id?: string | undefined;
  model_type?: string | undefined;
  model_uri?: string | undefined;
  mlflow_run_id?: string | undefined;
  metric_name?: string | undefined;
  baseline_value?: number | undefined;
  current_value?: number | undefined;
  details: Record<string, unknown>;
  registered_by: string;
}

/** Writes a model, or what is new of one that is there. */
export const saveModel = async ({ query }: Transaction, model: ModelRow): Promise<Date> => {
  const { rows } = await query<{ registered_at: Date }>(
    `INSERT INTO public.breakwater_models AS model
       (model_name, version, token_id, model_type, model_uri, mlflow_run_id, metric_name, baseline_value,
        current_value, details, registered_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     ON CONFLICT (model_name, version, token_id) DO UPDATE SET
       model_type = coalesce(excluded.model_type, model.model_type),
       model_uri = coalesce(excluded.model_uri, model.model_uri),
       mlflow_run_id = coalesce(excluded.mlflow_run_id, model.mlflow_run_id),
       metric_name = coalesce(excluded.metric_name, model.metric_name),
       baseline_value = coalesce(excluded.baseline_value, model.baseline_value),
       current_value = coalesce(excluded.current_value, model.current_value),
       details = model.details || excluded.details,
       updated_at = now()
     RETURNING registered_at`,
    [
      model.model_name,
      model.version,
      model.token_id ?? null,
      model.model_type ?? null,
      model.model_uri ?? null,
      model.mlflow_run_id ?? null,
      model.metric_name ?? null,
      model.baseline_value ?? null,
      model.current_value ?? null,
      JSON.stringify(model.details),
      model.registered_by,
    ],
  );
  return rows[0]?.registered_at ?? new Date();
};
