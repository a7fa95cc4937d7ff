/**
 * What cannot be kept and read back as it was, found before anything is written: PostgreSQL refuses a NUL and half of a
 * character that takes two units (PostgreSQL, "JSON Types"), and JSON.stringify turns what it has no words for into
 * null, or leaves it out.
 */

/** Arrays and objects in one another. Parsers of consumers end between 64 and 1,000, PostgreSQL at some thousand. */
export const deepest = 100;

export interface Fault {
  /** From the value that was asked about: `.tags["a b"][0]`, or nothing for itself. */
  path: string;
  /** What is wrong and what to write instead; a sentence whose subject is the place. */
  what: string;
  /** It is the whole value that is too much, wherever that was noticed. */
  whole?: true;
}

const fault = (what: string): Fault => ({ path: '', what });
const unkeepable = 'holds a NUL or half a character, which the database cannot keep; leave it out';
const ofTheWhole = (what: string): Fault => ({ path: '', what, whole: true });
const tooDeep = ofTheWhole(`is nested deeper than ${deepest} levels, or holds itself; nest it less`);

const isUnkeepable = (text: string): boolean => text.includes('\0') || !text.isWellFormed();

/** Characters that are shown of a name, and of a path. */
const longestName = 40;
const longestPath = 120;

const stepOf = (name: string | number): string => {
  if (typeof name === 'number') return `[${name}]`;
  if (/^[a-z_]\w{0,39}$/i.test(name)) return `.${name}`;
  return `[${JSON.stringify(name.length > longestName ? `${name.slice(0, longestName)}…` : name)}]`;
};

/** Units of text that may still be seen: one object in many places is small to hold and endless to write. */
interface Walk {
  left: number;
  most: number;
}

const below = (name: string | number, value: unknown, depth: number, walk: Walk): Fault | undefined => {
  const found = look(value, depth + 1, walk);
  return !found || found.whole ? found : { ...found, path: `${stepOf(name)}${found.path}` };
};

const inArray = (values: readonly unknown[], depth: number, walk: Walk): Fault | undefined => {
  for (const [index, value] of values.entries()) {
    if (value === undefined) return { path: stepOf(index), what: 'is undefined; write null' };
    const found = below(index, value, depth, walk);
    if (found) return found;
  }
  return undefined;
};

const inObject = (object: object, depth: number, walk: Walk): Fault | undefined => {
  for (const [name, value] of Object.entries(object)) {
    if (value === undefined) continue;
    if (isUnkeepable(name)) return fault(`${unkeepable} (it is in a name)`);
    walk.left -= name.length;
    const found = below(name, value, depth, walk);
    if (found) return found;
  }
  return undefined;
};

const look = (value: unknown, depth: number, walk: Walk): Fault | undefined => {
  walk.left -= typeof value === 'string' ? value.length + 1 : 1;
  if (walk.left < 0)
    return ofTheWhole(`has more than ${walk.most} bytes, which is the most that is taken; send less in it`);
  if (typeof value === 'string') return isUnkeepable(value) ? fault(unkeepable) : undefined;
  if (typeof value === 'number')
    return Number.isFinite(value) ? undefined : fault(`is ${value}; write a finite number`);
  if (typeof value === 'boolean' || value === null) return undefined;
  if (typeof value !== 'object') return fault(`is a ${typeof value}, which is no JSON; leave it out`);
  if (depth > deepest) return tooDeep;
  if ('toJSON' in value && typeof value.toJSON === 'function') return look(value.toJSON(), depth + 1, walk);
  return Array.isArray(value) ? inArray(value, depth, walk) : inObject(value, depth, walk);
};

/** The first thing in a value that cannot be kept, or that makes it longer than `most` bytes of JSON. */
export const faultIn = (value: unknown, most = Number.POSITIVE_INFINITY): Fault | undefined => {
  const found = look(value, 1, { left: most, most });
  const long = found && found.path.length > longestPath;
  return long ? { ...found, path: `${found.path.slice(0, longestPath)}…` } : found;
};

export const isStorable = (value: unknown): boolean => value === undefined || faultIn(value) === undefined;
