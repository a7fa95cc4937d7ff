import type { FaultDefinition } from './fault.ts';

export const databaseStop: FaultDefinition = {
  doc: 'The PostgreSQL server is stopped; its port refuses connections.',
  driven: true,
  parts: ['database'],
  breaks: ['postgres-unreachable'],
  cause: 'CONNECTION_REFUSED',
  inject: async ({ database }) => {
    await database.server.stop();
    return async () => {
      if (database.server.pid() === undefined) await database.server.start();
    };
  },
};
