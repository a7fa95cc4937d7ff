/**
 * How much room each of several texts gets: the short ones all they need, the long ones the same of what is left.
 *
 * @param wanted lengths
 * @param room for all of them; what is below 0 is none
 */
export const sharesOf = (wanted: readonly number[], room: number): number[] => {
  const shares = wanted.map(() => 0);
  let left = Math.max(0, room);
  const ascending = [...wanted.keys()].toSorted((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0));
  for (const [done, place] of ascending.entries()) {
    const share = Math.min(wanted[place] ?? 0, Math.floor(left / (ascending.length - done)));
    shares[place] = share;
    left -= share;
  }
  return shares;
};
