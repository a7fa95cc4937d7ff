import { type FaultDefinition, type FaultName, faultNames, faults } from '../faults/index.ts';

/** One fault as the page has it. */
export interface FaultView {
  name: FaultName;
  /** What it is a fault of. */
  group: string;
  doc: string;
  /** True when it happens for real; false when only its signal is made up. */
  driven: boolean;
  injected: boolean;
  /** It is being injected or lifted at the moment. */
  busy: boolean;
}

/** The first that the name matches, in the order of the page. */
const groups: readonly [group: string, names: RegExp][] = [
  ['Pairs that hide each other', /-and-/],
  ['Probes', /-probe-/],
  ['PostgreSQL', /^(database|connections|password|tls|certificate|table|pool)\b/],
  ['MLflow', /^mlflow\b/],
  ['Auth', /^auth\b/],
  ['Redis', /^redis\b/],
  ['Messages', /^(consumer|dead|messages?)\b/],
  ['Network', /^(network|security)\b/],
  ['Service', /^(service|task|requests|responses)\b/],
  ['Alerting', /-topic$|^notifier\b/],
];

const others = 'Other';

/** What everything depends on stands first. */
const order = [...groups.slice(2), ...groups.slice(0, 2)].map(([group]) => group);

const groupOf = (name: string): string => groups.find(([, names]) => names.test(name))?.[0] ?? others;

export const faultView = (
  name: FaultName,
  { injected, busy }: { injected: readonly FaultName[]; busy: ReadonlySet<string> },
): FaultView => {
  const { doc, driven }: FaultDefinition = faults[name];
  return {
    name,
    group: groupOf(name),
    doc,
    driven,
    injected: injected.includes(name),
    busy: busy.has(name),
  };
};

/** Group by group. */
export const faultViews = (now: Parameters<typeof faultView>[1]): FaultView[] => {
  const rank = (group: string): number => (order.includes(group) ? order.indexOf(group) : order.length);
  return faultNames
    .map((name) => faultView(name, now))
    .sort((one, other) => rank(one.group) - rank(other.group));
};
