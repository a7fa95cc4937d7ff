/** IPv4 ranges in CIDR notation, as pure arithmetic. */
export interface Range {
  /** First and last address as unsigned 32-bit numbers. */
  first: number;
  last: number;
}

const pattern = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/;

/**
 * The range that a CIDR text names.
 * @throws RangeError when the text is no IPv4 CIDR, or has bits set beyond its prefix length.
 */
export const parseCidr = (text: string): Range => {
  const match = pattern.exec(text);
  const [a = 256, b = 256, c = 256, d = 256, length = 33] = match?.slice(1).map(Number) ?? [];
  if ([a, b, c, d].some((octet) => octet > 255) || length > 32) {
    throw new RangeError(`'${text}' is not an IPv4 range; write it like 10.0.0.0/16.`);
  }
  const size = 2 ** (32 - length);
  const first = ((a * 256 + b) * 256 + c) * 256 + d;
  if (first % size !== 0) {
    throw new RangeError(
      `'${text}' has bits set beyond its prefix of ${length}; write the first address of the range.`,
    );
  }
  return { first, last: first + size - 1 };
};

/** Whether every address of `inner` lies in `outer`. */
export const contains = (outer: string, inner: string): boolean => {
  const [o, i] = [parseCidr(outer), parseCidr(inner)];
  return o.first <= i.first && i.last <= o.last;
};

/** Whether two ranges share an address. */
export const overlaps = (one: string, other: string): boolean => {
  const [a, b] = [parseCidr(one), parseCidr(other)];
  return a.first <= b.last && b.first <= a.last;
};
