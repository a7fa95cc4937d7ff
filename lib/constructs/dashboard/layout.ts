import type { Row, Widget } from './widget.ts';

/** Columns of a CloudWatch dashboard. */
export const columns = 24;

export interface Placed {
  widget: Widget;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Whole numbers that come to `total`, as equal as can be, the larger ones last. */
const shares = (total: number, count: number): number[] =>
  Array.from(
    { length: count },
    (_, place) => Math.floor((total * (place + 1)) / count) - Math.floor((total * place) / count),
  );

/**
 * Places rows below each other, each over the whole width and without gaps.
 * @throws RangeError for a row that cannot fill its width, or is too low for what it stacks
 */
export const place = (rows: readonly Row[]): Placed[] => {
  let y = 0;
  return rows.flatMap(({ cells, height }) => {
    const open = cells.filter(({ width }) => width === undefined).length;
    const rest = columns - cells.reduce((sum, { width = 0 }) => sum + width, 0);
    if (rest < open || (open === 0 && rest !== 0))
      throw new RangeError(
        `A row of the dashboard has ${columns - rest} of ${columns} columns fixed and ${open} cells for the rest; leave the width of one out, or make them ${columns}.`,
      );
    const widths = shares(rest, open);
    let x = 0;
    const placed = cells.flatMap(({ width = widths.shift() ?? 0, widgets }) => {
      if (widgets.length > height)
        throw new RangeError(
          `A cell of the dashboard stacks ${widgets.length} widgets in a height of ${height}.`,
        );
      let top = y;
      const left = x;
      x += width;
      return shares(height, widgets.length).map((part, index) => {
        const at = { x: left, y: top, width, height: part };
        top += part;
        return { widget: widgets[index] as Widget, ...at };
      });
    });
    y += height;
    return placed;
  });
};
