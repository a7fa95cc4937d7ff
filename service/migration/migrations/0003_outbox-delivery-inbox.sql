-- Up Migration
-- An event is pending until it is sent or dead. `held_until` holds it back: until its lease ends, or until its
-- next attempt. Without a lease token nobody has it.
ALTER TABLE public.breakwater_outbox
  ADD COLUMN attempts integer NOT NULL DEFAULT 0,
  ADD COLUMN held_until timestamptz,
  ADD COLUMN lease_token uuid,
  ADD COLUMN failures jsonb NOT NULL DEFAULT '[]',
  ADD COLUMN sent_at timestamptz,
  ADD COLUMN sent_sequence bigint,
  ADD COLUMN sent_to text,
  ADD COLUMN sends integer NOT NULL DEFAULT 0,
  ADD COLUMN dead_at timestamptz,
  ADD COLUMN dead_reason text;

-- Room beside each row for the one that takes its place when it is claimed: no index has to be told of that then.
-- A queue leaves more behind than an ordinary table, and whoever looks for the oldest row passes what is left.
ALTER TABLE public.breakwater_outbox SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);

CREATE INDEX breakwater_outbox_pending ON public.breakwater_outbox (id)
  WHERE sent_at IS NULL AND dead_at IS NULL;
CREATE INDEX breakwater_outbox_pending_keys ON public.breakwater_outbox (ordering_key, id)
  WHERE sent_at IS NULL AND dead_at IS NULL;
CREATE INDEX breakwater_outbox_sent ON public.breakwater_outbox (sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX breakwater_outbox_dead ON public.breakwater_outbox (dead_at) WHERE dead_at IS NOT NULL;

CREATE TABLE public.breakwater_transports (
  name text PRIMARY KEY,
  server_id text NOT NULL,
  since timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE public.breakwater_transports IS
  'Breakwater: the server behind the name of a transport, by its own id; another one has another memory.';

CREATE TABLE public.breakwater_inbox (
  consumer text NOT NULL,
  message_id uuid NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (consumer, message_id)
);
COMMENT ON TABLE public.breakwater_inbox IS
  'Breakwater: what consumers have done, so that a message that comes twice is done once.';
CREATE INDEX breakwater_inbox_received ON public.breakwater_inbox (received_at);
