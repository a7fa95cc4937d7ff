import type { QuietDay } from './quiet-day.ts';
import type { FaultResult } from './result.ts';
import type { MatrixResult } from './run-matrix.ts';

const median = (numbers: readonly number[]): number | undefined => {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length === 0) return undefined;
  return sorted.length % 2 === 1
    ? sorted[middle]
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
};

/**
 * Minutes that the worst phase adds: the fault begins just after the probes have run, and the alarm is evaluated
 * just before its datapoint can be read.
 */
const worstPhase = 2;

/** What the results come to. */
export const summarize = ({ faults, quietDay }: MatrixResult) => {
  const fired = faults.reduce((sum, { fired: all }) => sum + all.length, 0);
  const missed = faults.reduce((sum, { missed: all }) => sum + all.length, 0);
  const unexpected = faults.reduce((sum, { unexpected: all }) => sum + all.length, 0);
  const right = fired - unexpected;
  const toPage = faults.flatMap(({ minutesToPage }) => minutesToPage ?? []);
  const percent = (part: number, whole: number): number =>
    whole === 0 ? 100 : Math.round((1_000 * part) / whole) / 10;
  return {
    faults: faults.length,
    passed: faults.filter(({ ok }) => ok).length,
    recallPercent: percent(right, right + missed),
    precisionPercent: percent(right, fired),
    minutesToPage: {
      median: median(toPage) ?? null,
      most: toPage.length > 0 ? Math.max(...toPage) : null,
      worstPhase: toPage.length > 0 ? Math.max(...toPage) + worstPhase : null,
    },
    targetsDropped: faults.reduce((sum, one) => sum + one.targetsDropped, 0),
    messagesLost: faults.reduce((sum, one) => sum + one.messagesLost, 0),
    ...(quietDay && { quietDayPages: quietDay.pages }),
  };
};

export const allGood = ({ faults, quietDay }: MatrixResult): boolean =>
  faults.every(({ ok }) => ok) && (quietDay?.ok ?? true);

const minutes = (value: number | null): string => (value === null ? '-' : `${value}`);

const columns = [
  { title: 'fault', of: ({ name }: FaultResult) => name },
  { title: 'how', of: ({ driven }: FaultResult) => (driven ? 'driven' : 'injected') },
  { title: 'alarms', of: ({ fired, expected }: FaultResult) => `${fired.length}/${expected.length}` },
  { title: 'page', of: ({ minutesToPage }: FaultResult) => minutes(minutesToPage) },
  { title: 'over', of: ({ minutesToRecovery }: FaultResult) => minutes(minutesToRecovery) },
  { title: 'dropped', of: ({ targetsDropped }: FaultResult) => `${targetsDropped}` },
  { title: 'lost', of: ({ messagesLost }: FaultResult) => `${messagesLost}` },
  { title: '', of: ({ ok }: FaultResult) => (ok ? 'ok' : 'FAILED') },
] as const;

const widths = (results: readonly FaultResult[]): number[] =>
  columns.map(({ title, of }) => Math.max(title.length, ...results.map((one) => of(one).length)));

const quietDayLines = ({ ok, problems, seed, minutes: all, driven, pages, tickets }: QuietDay): string[] => [
  `quiet day (seed ${seed}): ${all} minutes, ${driven} of them driven, ${pages} pages, tickets: ${
    tickets.map(({ alarm, during }) => `${alarm} (${during})`).join(', ') || 'none'
  }: ${ok ? 'ok' : 'FAILED'}`,
  ...problems.map((problem) => `    ${problem}`),
];

/** The results for people. */
export const formatMatrix = (result: MatrixResult): string => {
  const { faults, quietDay } = result;
  const width = widths(faults);
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => cell.padEnd(width[index] ?? 0))
      .join('  ')
      .trimEnd();
  const summary = summarize(result);
  const { median: middle, most, worstPhase: worst } = summary.minutesToPage;
  return [
    ...(faults.length > 0
      ? [
          line(columns.map(({ title }) => title)),
          ...faults.flatMap((one) => [
            line(columns.map(({ of }) => of(one))),
            ...one.problems.map((problem) => `    ${problem}`),
          ]),
          '',
          `${summary.passed} of ${summary.faults} faults as expected; recall ${summary.recallPercent} %, precision ${summary.precisionPercent} %`,
          `minutes to page: median ${middle ?? '-'}, most ${most ?? '-'}, in the worst phase ${worst ?? '-'}`,
          `targets dropped: ${summary.targetsDropped}, messages lost: ${summary.messagesLost}`,
        ]
      : []),
    ...(quietDay ? quietDayLines(quietDay) : []),
  ].join('\n');
};
