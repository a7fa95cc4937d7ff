import type { AlarmState } from '../alarms/index.ts';
import { cut, paint, type Tone } from './paint.ts';
import type { Row } from './rows.ts';

interface Column {
  title: string;
  width: number;
  /** Takes what is left of the line, at least `width`. */
  grows?: true;
  right?: true;
  /** In a line that is too narrow the column with the lowest number goes first; without one it stays. */
  leaves?: number;
  text(row: Row): string;
  tone?(row: Row): Tone | undefined;
}

const alarmWords: Record<AlarmState, string> = { OK: 'OK', ALARM: 'ALARM', INSUFFICIENT_DATA: 'no data' };
const alarmTones: Record<AlarmState, Tone> = { OK: 'good', ALARM: 'bad', INSUFFICIENT_DATA: 'warning' };
const stateTones: Record<Row['state'], Tone> = {
  ok: 'good',
  degraded: 'warning',
  failed: 'bad',
  skipped: 'quiet',
};

/** In at most seven characters. */
const duration = (milliseconds: number): string =>
  milliseconds < 10_000 ? `${milliseconds} ms` : `${(milliseconds / 1000).toFixed(1)} s`;

const columns: readonly Column[] = [
  { title: 'DEPENDENCY', width: 10, text: ({ dependency }) => dependency },
  { title: 'PROBE', width: 13, leaves: 3, text: ({ probe }) => probe },
  { title: 'LAYER', width: 9, leaves: 2, text: ({ layer }) => layer },
  {
    title: 'CAUSE',
    width: 24,
    grows: true,
    text: ({ cause }) => cause,
    tone: ({ state }) => stateTones[state],
  },
  {
    title: 'LATENCY',
    width: 7,
    right: true,
    leaves: 1,
    text: ({ durationMs }) => (durationMs === undefined ? '-' : duration(durationMs)),
  },
  {
    title: 'RAN',
    width: 9,
    leaves: 0,
    text: ({ minutesAgo }) => (minutesAgo === 0 ? 'now' : `${minutesAgo} min ago`),
  },
  {
    title: 'ALARM',
    width: 7,
    text: ({ alarm }) => (alarm === undefined ? '-' : alarmWords[alarm]),
    tone: ({ alarm }) => alarm && alarmTones[alarm],
  },
];

/** The longest cause of the list has this many characters; a row that says more gets what room there is. */
const longestCause = 29;

const total = (shown: readonly Column[], gap: number): number =>
  shown.reduce((sum, { width }) => sum + width, 0) + gap * (shown.length - 1);

const chosen = (width: number): Column[] => {
  let shown = [...columns];
  const leaving = columns
    .filter(({ leaves }) => leaves !== undefined)
    .sort((a, b) => (a.leaves ?? 0) - (b.leaves ?? 0));
  for (const column of leaving) {
    if (total(shown, 1) <= width) break;
    shown = shown.filter((other) => other !== column);
  }
  return shown;
};

/** The table for a terminal of `width` columns, one text per line. */
export const tableLines = (rows: readonly Row[], width: number, color: boolean): string[] => {
  const shown = chosen(width);
  const spare = width - total(shown, 1);
  const longest = Math.max(longestCause, ...rows.map(({ cause }) => cause.length));
  const widthOf = ({ width: own, grows }: Column): number =>
    grows ? Math.min(longest, own + Math.max(0, spare)) : own;
  const used = shown.reduce((sum, column) => sum + widthOf(column), 0);
  const gap = used + 2 * (shown.length - 1) <= width ? 2 : 1;
  const line = (cell: (column: Column) => { text: string; tone?: Tone | undefined }): string =>
    shown
      .map((column) => {
        const { text, tone } = cell(column);
        const fitted = cut(text, widthOf(column));
        const padded = column.right ? fitted.padStart(widthOf(column)) : fitted.padEnd(widthOf(column));
        return paint(padded, tone, color);
      })
      .join(' '.repeat(gap))
      .trimEnd();
  return [
    line(({ title }) => ({ text: title, tone: 'strong' })),
    ...rows.map((row) => line((column) => ({ text: column.text(row), tone: column.tone?.(row) }))),
  ];
};
