-- Up Migration
CREATE TABLE public.breakwater_models (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  model_name text NOT NULL,
  version text NOT NULL,
  token_id text,
  model_type text,
  model_uri text,
  mlflow_run_id text,
  metric_name text,
  baseline_value double precision,
  current_value double precision,
  details jsonb NOT NULL DEFAULT '{}',
  registered_by text NOT NULL,
  registered_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE NULLS NOT DISTINCT (model_name, version, token_id)
);
COMMENT ON TABLE public.breakwater_models IS
  'Breakwater: each model version that was registered, once for each token.';

CREATE TABLE public.breakwater_registrations (
  owner text NOT NULL,
  idempotency_key text NOT NULL,
  registration_id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
  route text NOT NULL,
  request_hash text NOT NULL,
  request jsonb NOT NULL,
  attempts integer NOT NULL DEFAULT 1,
  claimed_until timestamptz,
  status integer,
  answer jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  answered_at timestamptz,
  PRIMARY KEY (owner, idempotency_key),
  CHECK ((status IS NULL) = (answer IS NULL))
);
COMMENT ON TABLE public.breakwater_registrations IS
  'Breakwater: one row for each request with its idempotency key; without an answer while it is being done.';
CREATE INDEX breakwater_registrations_unanswered ON public.breakwater_registrations (claimed_until)
  WHERE answer IS NULL;

CREATE TABLE public.breakwater_outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  message_id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
  message_type text NOT NULL,
  ordering_key text NOT NULL,
  payload jsonb NOT NULL,
  headers jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE public.breakwater_outbox IS
  'Breakwater: events, written with what they tell of; order holds among those with one ordering key.';
