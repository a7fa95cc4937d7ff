import type { Alarm } from './alarm.ts';

/** Alarms in an order in which each composite one comes after its children and its suppressor. */
export const childrenFirst = (alarms: readonly Alarm[]): Alarm[] => {
  const byName = new Map(alarms.map((alarm) => [alarm.definition.name, alarm]));
  const done = new Set<Alarm>();
  const visit = (alarm: Alarm, path: readonly string[]): void => {
    const { definition } = alarm;
    if (path.includes(definition.name))
      throw new Error(
        `Composite alarms must not refer to each other in a circle: ${[...path, definition.name].join(' -> ')}.`,
      );
    if (done.has(alarm)) return;
    if (definition.kind === 'composite')
      for (const name of [
        ...definition.children,
        ...(definition.suppressor ? [definition.suppressor.alarm] : []),
      ]) {
        const child = byName.get(name);
        if (child) visit(child, [...path, definition.name]);
      }
    done.add(alarm);
  };
  for (const alarm of alarms) visit(alarm, []);
  return [...done];
};
