import type { Row } from './rows.ts';
import type { View } from './screen-text.ts';
import { serviceName } from './service-rows.ts';

const nameOf = ({ dependency, probe }: Row): string => {
  if (dependency === serviceName) return `${dependency} ${probe}`;
  return probe === 'connectivity' ? dependency : `${probe} ${dependency}`;
};

const shortRow = (row: Row): string => {
  const { layer, cause, durationMs, alarm } = row;
  const found =
    cause === 'ok'
      ? `ok (${[layer, ...(durationMs === undefined ? [] : [`${durationMs} ms`])].join(', ')})`
      : cause;
  return `${nameOf(row)} ${found}${alarm === 'ALARM' ? ' ALARM' : ''}`;
};

/** What the load balancer thinks of the service, or what the service says of itself, where that is new. */
const serviceChanges = ({ rows }: View, before: View | undefined): string[] =>
  rows
    .filter(({ dependency }) => dependency === serviceName)
    .flatMap((row) => {
      const last = before?.rows.find((other) => nameOf(other) === nameOf(row));
      if (!last || last.cause === row.cause) return [];
      return [`${nameOf(row)}: ${last.cause} (${last.layer}) -> ${row.cause} (${row.layer})`];
    });

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
  const service = serviceChanges(view, before).map((change) => `${prefix} ${change}`);
  return [`${prefix} ${view.rows.map(shortRow).join(' | ')}`, ...failed, ...service, ...problems, ...changed];
};
