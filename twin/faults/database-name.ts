import type { FaultDefinition } from './fault.ts';

/** The name that the live system once ran with while its database had another. */
const wrongName = 'mlflow';

export const databaseName: FaultDefinition = {
  doc: `The task definition that runs has DATABASE_NAME=${wrongName}; everything else has the right name.`,
  driven: true,
  parts: [],
  breaks: ['database-name-mismatch', 'configuration-drift', 'configuration-changed-by-hand'],
  cause: 'DATABASE_NAME_MISMATCH',
  inject: async ({ tasks, changes, api: { cluster, service, family } }) => {
    const revision = { environment: { DATABASE_NAME: wrongName } };
    const record = (eventName: string, requestParameters: object): Promise<void> =>
      changes.record({ service: 'ecs', eventName, requestParameters: { ...requestParameters } });
    tasks.revisions.push(revision);
    await record('RegisterTaskDefinition', { family });
    await record('UpdateService', { cluster, service });
    return async () => {
      tasks.revisions.splice(tasks.revisions.indexOf(revision), 1);
      await record('UpdateService', { cluster, service });
    };
  },
};
