/** What messages are ordered by. */
import { createHash } from 'node:crypto';

/**
 * Most bytes of a key: a name of 256 characters, which is what models have at most, whatever they are. The index of what
 * is pending takes 2,704 bytes a row.
 */
export const longestKey = 1_024;

export const isKey = (text: string): boolean => text !== '' && Buffer.byteLength(text) <= longestKey;

/** Begins what stands in the place of a text. */
export const hashed = 'sha256:';

export const hashOf = (text: string): string => `${hashed}${createHash('sha256').update(text).digest('hex')}`;

/** The text itself where it is a key, and its SHA-256 where not: what others have written is kept whatever it says. */
export const keyOf = (text: string): string => (isKey(text) ? text : hashOf(text));
