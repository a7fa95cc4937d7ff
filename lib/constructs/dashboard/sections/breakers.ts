import { eachDependency } from '../own-series.ts';
import type { Subject } from '../subject.ts';
import type { Section } from '../widget.ts';

/** What the service lets through to each dependency. */
export const breakers = ({ environment, dependencies }: Subject): Section => ({
  title: 'Circuit breakers, and what the service says of itself',
  rows: [
    {
      height: 6,
      cells: [
        {
          widgets: [
            {
              kind: 'metric',
              title: 'State of the breaker, worst task',
              view: 'course',
              period: 60,
              series: eachDependency('BreakerState', environment, dependencies),
              axis: { label: 'state', min: 0, max: 2 },
              lines: [
                { value: 0, label: '0 closed' },
                { value: 1, label: '1 half-open' },
                { value: 2, label: '2 open' },
              ],
            },
          ],
        },
        {
          widgets: [
            {
              kind: 'metric',
              title: 'Changes of state',
              view: 'counts',
              period: 60,
              series: eachDependency('BreakerTransitions', environment, dependencies),
              axis: { label: 'a minute', min: 0 },
            },
          ],
        },
        {
          widgets: [
            {
              kind: 'alarms',
              title: 'Alarms of the service',
              conditions: ['service-unhealthy', 'service-degraded', 'service-silent'],
            },
          ],
        },
      ],
    },
  ],
});
