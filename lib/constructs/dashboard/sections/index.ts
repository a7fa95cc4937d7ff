import { billedSeries } from '../own-series.ts';
import type { Subject } from '../subject.ts';
import type { Section, Widget } from '../widget.ts';
import { breakers } from './breakers.ts';
import { cost } from './cost.ts';
import { database } from './database.ts';
import { first } from './first.ts';
import { ladder } from './ladder.ts';
import { loadBalancer } from './load-balancer.ts';
import { messages } from './messages.ts';
import { pool } from './pool.ts';
import { redis } from './redis.ts';
import { tasks } from './tasks.ts';

const widgetsOf = ({ rows }: Section): Widget[] =>
  rows.flatMap(({ cells }) => cells.flatMap(({ widgets }) => widgets));

/**
 * Every section, in the order in which it is read.
 * @param conditions for which there are alarms: each is shown once, what has no place of its own at the end
 */
export const sectionsOf = (subject: Subject, conditions: readonly string[]): Section[] => {
  const { service, database: instance, cache, loadBalancer: balancer } = subject;
  const sections = [
    first(subject),
    ladder(subject),
    ...(service ? [pool(subject), breakers(subject), messages(subject, service)] : []),
    ...(instance ? [database(subject, instance)] : []),
    ...(service ? [tasks(service)] : []),
    ...(cache ? [redis(subject, cache)] : []),
    ...(balancer ? [loadBalancer(subject, balancer)] : []),
  ];
  const placed = new Set(
    sections.flatMap(widgetsOf).flatMap((widget) => (widget.kind === 'alarms' ? widget.conditions : [])),
  );
  return [
    ...sections,
    cost(
      subject,
      billedSeries(sections.flatMap(widgetsOf)),
      conditions.filter((condition) => !placed.has(condition)),
    ),
  ];
};
