/** The service as it is, with two routes to measure: one that needs PostgreSQL, and one that needs nothing. */
import { startService } from '../../../service/start.ts';
import { memoryCommands } from '../memory-watch.ts';
import { serveParent } from '../parent.ts';

const outcome = await startService(process.env, {
  routes: (server, { database }) => {
    server.get(
      '/query',
      async () => (await database.query('SELECT 1 AS one', [], { repeatable: true })).rows,
    );
    server.get('/nothing', async () => ({ ok: true }));
  },
});
if (!outcome.ok) throw new Error(outcome.message);
const { service } = outcome;
serveParent({ port: service.port }, memoryCommands, () => service.stop('the bench is over'));
