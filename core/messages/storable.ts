/**
 * JSON that PostgreSQL refuses although it is well formed: a NUL, and half of a character that takes two units
 * (PostgreSQL, "JSON Types"). JSON.stringify writes both as escapes, and nothing else that begins like them.
 */
const unstorable = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][\da-f]{2})/;

/** So is what is nested deeper than JSON.stringify can follow; long before that, no program means it. */
export const isStorable = (value: unknown): boolean => {
  try {
    return !unstorable.test(JSON.stringify(value) ?? '');
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
};
