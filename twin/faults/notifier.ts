import type { FaultDefinition } from './fault.ts';

export const notifierForbidden: FaultDefinition = {
  doc: 'The role of the notifier may not publish any more: every run of it fails.',
  driven: true,
  parts: [],
  breaks: ['notifier-failing'],
  inject: async ({ publishing }) => {
    publishing.forbidden = true;
    return async () => {
      publishing.forbidden = false;
    };
  },
};
