/** What the consumer does with a message, once for each: a row of its own, with its note in the inbox. */
import pg from 'pg';
import type { Entry } from './lists.ts';

export class Poison extends Error {}

/** The consumer's own tables, beside the inbox that Breakwater's migrations make. */
export const tables = `
CREATE TABLE public.chaos_done (
  place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, message_id uuid NOT NULL, model text NOT NULL,
  run text NOT NULL);
CREATE TABLE public.chaos_again (message_id uuid NOT NULL)`;

const connect = async (url: string): Promise<pg.Client> => {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 2_000,
    query_timeout: 5_000,
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
};

const note = `
INSERT INTO public.breakwater_inbox (consumer, message_id) VALUES ('chaos', $1) ON CONFLICT DO NOTHING`;
const work = 'INSERT INTO public.chaos_done (message_id, model, run) VALUES ($1, $2, $3)';
const again = 'INSERT INTO public.chaos_again (message_id) VALUES ($1)';

export const worker = (url: string) => {
  let client: pg.Client | undefined;
  let asked: string | undefined;
  return async ({ messageId, payload }: Entry): Promise<void> => {
    const { model_name: model, mlflow_run_id: run, tags } = payload;
    if ((tags as Record<string, string> | undefined)?.poison) throw new Poison(`${run} cannot be done`);
    // What an attempt without an answer has written already is no second delivery.
    const unsure = asked === messageId;
    asked = messageId;
    try {
      client ??= await connect(url);
      await client.query('BEGIN');
      const { rowCount } = await client.query(note, [messageId]);
      if (rowCount === 1) await client.query(work, [messageId, model, run]);
      else if (!unsure) await client.query(again, [messageId]);
      await client.query('COMMIT');
      asked = undefined;
    } catch (error) {
      client?.end().catch(() => undefined);
      client = undefined;
      throw error;
    }
  };
};
