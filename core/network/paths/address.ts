/** Addresses and ranges of both families, as pure arithmetic. */

export type Family = 4 | 6;

export interface AddressRange {
  family: Family;
  first: bigint;
  last: bigint;
  /** Bits of the prefix. */
  length: number;
}

const bits = { 4: 32, 6: 128 } as const;

const parse4 = (text: string): bigint | undefined => {
  const octets = text.split('.');
  if (octets.length !== 4 || !octets.every((octet) => /^\d{1,3}$/.test(octet) && Number(octet) < 256))
    return undefined;
  return octets.reduce((sum, octet) => sum * 256n + BigInt(octet), 0n);
};

const parse6 = (text: string): bigint | undefined => {
  const embedded = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const low = embedded ? parse4(embedded[2] ?? '') : undefined;
  if (embedded && low === undefined) return undefined;
  const plain =
    embedded && low !== undefined
      ? `${embedded[1]}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`
      : text;
  const halves = plain.split('::');
  const groups = (half: string): string[] => (half === '' ? [] : half.split(':'));
  const [head = [], tail = []] = halves.map(groups);
  const missing = 8 - head.length - tail.length;
  if (halves.length > 2 || (halves.length === 2 ? missing < 1 : missing !== 0)) return undefined;
  const all = [...head, ...Array.from({ length: missing }, () => '0'), ...tail];
  if (!all.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return all.reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n);
};

/** The family that a text is written in; it may still not be an address. */
export const familyOf = (text: string): Family => (text.includes(':') ? 6 : 4);

const numberOf = (text: string): bigint => {
  const value = familyOf(text) === 4 ? parse4(text) : parse6(text);
  if (value === undefined)
    throw new RangeError(`'${text}' is not an address; write it like 10.0.3.7 or fd00::7.`);
  return value;
};

const read = (text: string): AddressRange => {
  const [address = '', prefix] = text.split('/');
  const family = familyOf(address);
  const length = prefix === undefined ? bits[family] : Number(prefix);
  if (prefix !== undefined && !(/^\d{1,3}$/.test(prefix) && length <= bits[family]))
    throw new RangeError(`'${text}' is not a range; write it like 10.0.0.0/16 or fd00::/64.`);
  const size = 1n << BigInt(bits[family] - length);
  const first = (numberOf(address) / size) * size;
  return { family, first, last: first + size - 1n, length };
};

/** The same few texts are asked for again and again; more than this many are not kept. */
const mostKept = 10_000;
const kept = new Map<string, AddressRange>();

/**
 * The range that a CIDR text or a single address names. Bits beyond the prefix are cleared, as EC2 does.
 * @throws RangeError when the text is neither
 */
export const parseRange = (text: string): AddressRange => {
  const known = kept.get(text);
  if (known) return known;
  if (kept.size >= mostKept) kept.clear();
  const range = read(text);
  kept.set(text, range);
  return range;
};

/** An address as a text; of the sixth version without its abbreviations. */
export const addressText = (value: bigint, family: Family): string => {
  const step = family === 4 ? 8n : 16n;
  const parts = Array.from({ length: family === 4 ? 4 : 8 }, (_, place) => {
    const shift = BigInt(bits[family]) - step * BigInt(place + 1);
    return ((value >> shift) & ((1n << step) - 1n)).toString(family === 4 ? 10 : 16);
  });
  return parts.join(family === 4 ? '.' : ':');
};

/** Whether a range, or an address, holds all of another one. Families never hold each other. */
export const holds = (outer: string, inner: string): boolean => {
  const [o, i] = [parseRange(outer), parseRange(inner)];
  return o.family === i.family && o.first <= i.first && i.last <= o.last;
};

/** The smaller of two ranges that share an address: what is in both. */
export const shared = (one: string, other: string): string => (holds(one, other) ? other : one);

/** The range of one address alone. */
export const alone = (address: string): string => `${address}/${bits[familyOf(address)]}`;
