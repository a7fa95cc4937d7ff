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
const stateTones: Record<Row['state'], Tone> = { ok: 'good', failed: 'bad', skipped: 'quiet' };

const columns: readonly Column[] = [
  { title: 'DEPENDENCY', width: 10, text: ({ dependency }) => dependency },
  { title: 'PROBE', width: 13, leaves: 3, text: ({ probe }) => probe },
  { title: 'LAYER', width: 8, leaves: 2, text: ({ layer }) => layer },
  {
    title: 'CAUSE',
    width: 24,
    grows: true,
    text: ({ cause }) => cause,
    tone: ({ state }) => stateTones[state],
  },
  {
    title: 'LATENCY',
    width: 8,
    right: true,
    leaves: 1,
    text: ({ durationMs }) => (durationMs === undefined ? '-' : `${durationMs} ms`),
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

/** The longest cause has this many characters; more room would only pull the columns apart. */
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
  const widthOf = ({ width: own, grows }: Column): number =>
    grows ? Math.min(longestCause, own + Math.max(0, spare)) : own;
  const gap = spare >= longestCause ? 2 : 1;
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
