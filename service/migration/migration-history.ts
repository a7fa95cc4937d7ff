/**
 * Compares the migrations that a database has with those that this image knows. Both lists are in the order
 * in which they apply.
 */
export type History =
  /** `pending` are to be applied, in this order; empty when there is nothing to do. */
  | { kind: 'behind' | 'current'; pending: string[] }
  /** The database has all that this image knows, and later ones: a newer image was here before. */
  | { kind: 'newer'; newer: string[] }
  /** The histories part ways: the database belongs to something else, or was changed by hand. */
  | { kind: 'foreign'; reason: string };

export function compareHistory(known: readonly string[], applied: readonly string[]): History {
  const shared = Math.min(known.length, applied.length);
  for (let place = 0; place < shared; place += 1) {
    const here = known[place];
    const there = applied[place];
    if (here === there) continue;
    const reason = known.includes(there ?? '')
      ? `it has ${there} without ${here}, which comes before it`
      : `it has ${there} where this image has ${here}`;
    return { kind: 'foreign', reason };
  }
  if (applied.length > known.length) return { kind: 'newer', newer: applied.slice(shared) };
  const pending = known.slice(shared);
  return { kind: pending.length > 0 ? 'behind' : 'current', pending };
}
