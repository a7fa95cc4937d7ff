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

/** By the first word of the name. */
const groups: Readonly<Record<string, string>> = {
  database: 'PostgreSQL',
  postgres: 'PostgreSQL',
  connections: 'PostgreSQL',
  password: 'PostgreSQL',
  tls: 'PostgreSQL',
  mlflow: 'MLflow',
  auth: 'Auth',
  redis: 'Redis',
  message: 'Messages',
  messages: 'Messages',
  network: 'Network',
  security: 'Network',
  service: 'Service',
};

const groupOf = (name: string): string => groups[name.split('-', 1)[0] ?? ''] ?? 'Other';

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

const order = [...new Set(Object.values(groups))];

/** Group by group, what everything depends on first. */
export const faultViews = (now: Parameters<typeof faultView>[1]): FaultView[] => {
  const rank = (group: string): number => (order.includes(group) ? order.indexOf(group) : order.length);
  return faultNames
    .map((name) => faultView(name, now))
    .sort((one, other) => rank(one.group) - rank(other.group));
};
