/** The shapes of what a breaker says of itself, as views.ts makes them. */
import { breakerStateNumber } from '../../core/resilience/index.ts';
import {
  closed,
  count,
  flag,
  type NamedSchema,
  named,
  nullable,
  oneOf,
  text,
  time,
} from '../openapi/index.ts';
import { dependencies } from './dependencies.ts';

export const breakerState = oneOf(Object.keys(breakerStateNumber));

const breaker = {
  state: breakerState,
  held_open: flag('An operator holds it open until it is reset.'),
  failures: count(),
  successes: count('While half-open.'),
  successes_required: count('Successes in a row that close it.'),
  failed_recoveries: count(),
  transitions: count('Since the start of the process.'),
  retry_after_ms: nullable(count('Until the next trial; null while it is held open.')),
  since: time('Of the last transition.'),
};
const openingCause = { opening_cause: nullable(text('A cause code, or what an operator said.')) };

const name = oneOf(Object.keys(dependencies));

export const breakerSchemas: readonly NamedSchema[] = [
  named('Breaker', closed(breaker)),
  named('OperatorBreaker', closed({ ...breaker, ...openingCause })),
  named('NamedBreaker', closed({ name, ...breaker, ...openingCause })),
];
