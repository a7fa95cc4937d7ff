import { type Change, recordChange } from './record.ts';

const required = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; the infrastructure gives it to this function.`);
  return value;
};

/** An error has EventBridge send the event again, so that no change goes unrecorded. */
export const handler = async (event: unknown): Promise<Change> => {
  const recorded = recordChange(event, {
    environment: required('ENVIRONMENT'),
    own: { functions: required('CHANGES_BY_FUNCTIONS'), roles: required('CHANGES_BY_ROLES') },
    now: () => Date.now(),
  });
  // Never the event itself: it holds the parameters of the request.
  if (!recorded)
    throw new Error('The event is no call of CloudTrail: it has no eventName or no eventSource.');
  process.stdout.write(`${recorded.line}\n`);
  return recorded.change;
};
