/**
 * JSON that PostgreSQL refuses although it is well formed: a NUL, and half of a character that takes two units
 * (PostgreSQL, "JSON Types"). JSON.stringify writes both as escapes, and nothing else that begins like them.
 */
const unstorable = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][\da-f]{2})/;

export const isStorable = (value: unknown): boolean => !unstorable.test(JSON.stringify(value) ?? '');
