/** What stands in the description of an alarm. */
export interface Description {
  /** What is wrong, in one or more sentences. */
  wrong: string;
  /** What follows for users or operators: its last sentence. */
  consequence: string;
  /** Page and anchor. */
  runbook: string | undefined;
}

/** Reads a description of the catalogue: what is wrong, what follows from it, and `Runbook: PAGE` at its end. */
export const splitDescription = (description: string): Description => {
  const [, text = description, runbook] = /^(.*?)\s*Runbook: (\S+?)\.?$/s.exec(description.trim()) ?? [];
  const sentences = text.trim().split(/(?<=[.!?])\s+(?=[A-Z])/);
  const consequence = sentences.at(-1) ?? '';
  return { wrong: sentences.slice(0, -1).join(' '), consequence, runbook };
};
