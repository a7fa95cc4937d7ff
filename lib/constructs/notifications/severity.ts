/** What must be fixed now, and what can wait until the next working day. */
export const severities = ['page', 'ticket'] as const;
export type Severity = (typeof severities)[number];
