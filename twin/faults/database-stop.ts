import type { FaultDefinition } from './fault.ts';

export const databaseStop: FaultDefinition = {
  doc: 'The PostgreSQL server is stopped; its port refuses connections.',
  driven: true,
  breaks: ['postgres-unreachable'],
  cause: 'CONNECTION_REFUSED',
  inject: async ({ database }) => {
    await database.server.stop();
    return () => database.server.start();
  },
};
