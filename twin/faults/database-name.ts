import type { FaultDefinition } from './fault.ts';

/** The name that the live system once ran with while its database had another. */
const wrongName = 'mlflow';

export const databaseName: FaultDefinition = {
  doc: `The task definition that runs has DATABASE_NAME=${wrongName}; everything else has the right name.`,
  driven: true,
  breaks: ['database-name-mismatch', 'configuration-drift'],
  cause: 'DATABASE_NAME_MISMATCH',
  inject: async ({ tasks }) => {
    const revision = { environment: { DATABASE_NAME: wrongName } };
    tasks.revisions.push(revision);
    return async () => {
      tasks.revisions.splice(tasks.revisions.indexOf(revision), 1);
    };
  },
};
