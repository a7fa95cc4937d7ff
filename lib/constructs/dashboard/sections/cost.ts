import { prices } from '../../../cost/index.ts';
import type { Subject } from '../subject.ts';
import type { Section } from '../widget.ts';

const dollars = (amount: number): string => `$${amount.toFixed(2)}`;

const priceList = (
  { customMetrics, alarmMetrics, composites }: Subject['monitoring'],
  shownMetrics: number,
): string => {
  const rows: [what: string, count: number, each: number][] = [
    ['custom metrics', customMetrics ?? shownMetrics, prices.metric.dollars],
    ['metrics of alarms', alarmMetrics, prices.alarmMetric.dollars],
    ['composite alarms', composites, prices.compositeAlarm.dollars],
    ['this dashboard', 1, prices.dashboard.dollars],
  ];
  const total = rows.reduce((sum, [, count, each]) => sum + count * each, 0);
  return [
    '**What watching costs a month**, at list prices without free tiers\n',
    '| what | how many | each | together |',
    '| --- | ---: | ---: | ---: |',
    ...rows.map(
      ([what, count, each]) => `| ${what} | ${count} | ${dollars(each)} | ${dollars(count * each)} |`,
    ),
    `| **total** | | | **${dollars(total)}** |`,
    '',
    'Functions, logs and endpoints: `npm run cost`.',
  ].join('\n');
};

/**
 * The monitoring itself: what it costs, whether it is heard, and every alarm that has no other place.
 * @param shownMetrics billed series that the other sections show
 * @param others conditions that none of them shows
 */
export const cost = ({ monitoring }: Subject, shownMetrics: number, others: readonly string[]): Section => ({
  title: 'The monitoring itself',
  rows: [
    {
      height: 6,
      cells: [
        { widgets: [{ kind: 'text', markdown: priceList(monitoring, shownMetrics) }] },
        { widgets: [{ kind: 'alarms', title: 'Alarms of the monitoring', conditions: others }] },
      ],
    },
  ],
});
