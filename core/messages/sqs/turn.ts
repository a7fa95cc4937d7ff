/** Which messages go into the next call. */
import { mostEntries, type SqsEntry } from './commands.ts';
import { mostBytes } from './entry.ts';

export interface Outgoing {
  entry: Omit<SqsEntry, 'id'>;
  bytes: number;
  /** It, or one that was with it, was refused for what it is: it goes without others, to learn which. */
  alone: boolean;
}

/**
 * From the front, as many as fit into one call, and of each group only its first: were the second done and the first
 * refused, their order would be lost. `waiting` is not empty.
 */
export const nextCall = <Message extends Outgoing>(waiting: readonly Message[]): Message[] => {
  const chosen: Message[] = [];
  const closed = new Set<string>();
  let bytes = 0;
  for (const message of waiting) {
    const { groupId } = message.entry;
    const first = chosen.length === 0;
    const fits = first || (!message.alone && bytes + message.bytes <= mostBytes);
    if (fits && !closed.has(groupId)) {
      chosen.push(message);
      bytes += message.bytes;
    }
    closed.add(groupId);
    if (chosen.length === mostEntries || chosen[0]?.alone) break;
  }
  return chosen;
};
