-- Up Migration
-- The role with which operators look at messages, redrive and purge them. The bootstrap function creates it, and grants
-- the same where it comes after this; on a server without the role there is nobody to grant anything to.
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'breakwater_operations') THEN
    GRANT SELECT, DELETE ON public.breakwater_outbox TO breakwater_operations;
    GRANT UPDATE (attempts, held_until, sent_at, dead_at, dead_reason) ON public.breakwater_outbox
      TO breakwater_operations;
    GRANT SELECT ON public.breakwater_transports TO breakwater_operations;
  END IF;
END $$;
