import type { Row } from './rows.ts';
import type { View } from './screen-text.ts';

const shortRow = ({ dependency, probe, layer, cause, state, durationMs, alarm }: Row): string => {
  const who = probe === 'connectivity' ? dependency : `${probe} ${dependency}`;
  const found = state === 'ok' ? `ok (${layer}, ${durationMs} ms)` : cause;
  return `${who} ${found}${alarm === 'ALARM' ? ' ALARM' : ''}`;
};

/** What a tick has to say where no table can be drawn: one line for it, and one for each thing that changed. */
export const tickLines = (view: View, before: View | undefined): string[] => {
  const prefix = `minute ${String(view.minute).padStart(3, '0')}`;
  const changed = view.transitions
    .slice(before?.transitions.length ?? 0)
    .filter(({ transition }) => transition.from !== 'INSUFFICIENT_DATA')
    .map(
      ({ transition: { alarm, from, to, reason } }) =>
        `${prefix} alarm ${alarm}: ${from} -> ${to}. ${reason}`,
    );
  const failed = view.rows
    .filter(({ state }) => state === 'failed')
    .filter(
      (row) =>
        !before?.rows.some(
          ({ dependency, probe, cause }) =>
            dependency === row.dependency && probe === row.probe && cause === row.cause,
        ),
    )
    .flatMap(({ check }) =>
      check ? [`${prefix} ${check.cause}: ${check.detail}. ${check.remedy} (${check.runbook})`] : [],
    );
  const problems = view.problems
    .filter((problem) => !before?.problems.includes(problem))
    .map((problem) => `${prefix} problem: ${problem}`);
  return [`${prefix} ${view.rows.map(shortRow).join(' | ')}`, ...failed, ...problems, ...changed];
};
