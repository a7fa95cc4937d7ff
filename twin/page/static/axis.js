/** How far the axis of a graph reaches. */

/** What is left to the data of the height where an axis is stretched to a line, at least. */
const leastShare = 1 / 4;

/** The highest and lowest that is drawn; areas stand on each other. */
export const extentOf = (series, stacked) => {
  if (!stacked) return series.flatMap(({ points }) => points.map(([, value]) => value));
  const heights = new Map();
  for (const { points } of series)
    for (const [at, value] of points) heights.set(at, (heights.get(at) ?? 0) + value);
  return [...heights.values()];
};

/**
 * The console of CloudWatch stretches an axis to every line. So is this one, from the nearest line on, as long as
 * the data can still be read; lines farther away are named at the edge.
 * @param values what is drawn; at least one
 * @param fixed bounds that the widget has itself
 * @returns bounds of what is to be seen, both of them inside those that are fixed
 */
export const reachOf = (values, { min, max }, lines) => {
  let low = min ?? Math.min(...values);
  let high = max ?? Math.max(...values);
  // Counts that are all 0 have an axis to 1.
  if (max === undefined && high - low < 1 && values.every(Number.isInteger)) high = low + 1;
  const own = high - low;
  const distance = (value) => Math.max(low - value, value - high, 0);
  for (const value of lines.toSorted((a, b) => distance(a) - distance(b))) {
    const [under, over] = [Math.min(low, value), Math.max(high, value)];
    if (own < leastShare * (over - under)) continue;
    low = min ?? under;
    high = max ?? over;
  }
  return { low, high };
};
