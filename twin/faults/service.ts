import type { FaultDefinition } from './fault.ts';

export const serviceStop: FaultDefinition = {
  doc: 'The number of tasks is 0: the one that ran was killed, and no other is started.',
  driven: true,
  parts: [],
  breaks: ['service-stopped'],
  inject: ({ service }) => service.scaleToNone(),
};

export const taskDefinition: FaultDefinition = {
  doc: 'Somebody registered a revision of the task definition with another setting, and it runs; nothing deployed it.',
  driven: true,
  parts: [],
  breaks: ['configuration-drift'],
  cause: 'TASK_DEFINITION_DRIFT',
  inject: async ({ tasks }) => {
    const revision = { environment: { DATABASE_POOL_SIZE: '2' } };
    tasks.revisions.push(revision);
    return async () => {
      tasks.revisions.splice(tasks.revisions.indexOf(revision), 1);
    };
  },
};
