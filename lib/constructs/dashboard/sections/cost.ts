import { denseSeriesCount, monthlyCost, pricePerMetricMonth } from '../../../../core/metrics/index.ts';
import type { Subject } from '../subject.ts';
import type { Section } from '../widget.ts';

/** List prices for a month, US dollars (us-east-1, AWS price list of 2025-09-01), without free tiers. */
const prices = { alarm: 0.1, composite: 0.5, dashboard: 3 };

const dollars = (amount: number): string => `$${amount.toFixed(2)}`;

const priceList = ({ alarms, composites }: Subject['monitoring']): string => {
  const rows: [what: string, count: number, each: number][] = [
    ['custom metrics', denseSeriesCount(), pricePerMetricMonth],
    ['alarms', alarms, prices.alarm],
    ['composite alarms', composites, prices.composite],
    ['this dashboard', 1, prices.dashboard],
  ];
  const total = monthlyCost() + alarms * prices.alarm + composites * prices.composite + prices.dashboard;
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
 * @param others conditions that no other section shows
 */
export const cost = ({ monitoring }: Subject, others: readonly string[]): Section => ({
  title: 'The monitoring itself',
  rows: [
    {
      height: 6,
      cells: [
        { widgets: [{ kind: 'text', markdown: priceList(monitoring) }] },
        { widgets: [{ kind: 'alarms', title: 'Alarms of the monitoring', conditions: others }] },
      ],
    },
  ],
});
