-- Up Migration
-- Dead letters of others were kept with any name as their key, and one longer than the index of what is pending takes
-- could not be redriven, nor any other with it. What writes them now does the same (core/messages/ordering-key.ts).
UPDATE public.breakwater_outbox
SET ordering_key = 'sha256:' || encode(sha256(convert_to(ordering_key, 'UTF8')), 'hex')
WHERE dead_at IS NOT NULL AND octet_length(ordering_key) > 1024;
