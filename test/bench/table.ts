/** Plain text tables: the first columns to the left, the others to the right, each as wide as its widest cell. */
export const table = (rows: readonly (readonly string[])[], leftColumns = 1): string => {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column < leftColumns ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};

/** A duration of milliseconds with three digits that count; `-` where there is none. */
export const ms = (value: number): string => {
  if (!Number.isFinite(value)) return '-';
  return value.toFixed(Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0);
};

export const mebibytes = (bytes: number): string => `${(bytes / (1024 * 1024)).toFixed(0)} MiB`;

/** The heading of every bench: what it runs on. */
export const title = (text: string): string => `${text}; Node ${process.versions.node}`;

export const print = (text: string): void => void process.stdout.write(`${text}\n`);
