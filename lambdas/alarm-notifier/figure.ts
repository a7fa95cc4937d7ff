/** What a check that found nothing wrong shows of a condition, as a sentence with unit and limit. */
import type { Check } from '../../core/checks/index.ts';
import type { Condition } from '../../core/conditions/index.ts';

/** The alarm's limit, and whether the figure has come back within it since. */
const limited = (
  side: 'above' | 'below',
  figure: number,
  limit: number | undefined,
  unit: string,
): string => {
  if (limit === undefined) return '.';
  const beyond = side === 'above' ? figure > limit : figure < limit;
  const told = `; told ${side} ${limit.toLocaleString('en')} ${unit}`;
  return beyond ? `${told}.` : `${told}, and within that again.`;
};

const minuteOf = (time: string): string => `${time.slice(0, 16).replace('T', ' ')} UTC`;

interface Certificate {
  validTo?: string;
  daysLeft?: number;
  firstToExpire?: { subject?: string; validTo?: string };
}

const certificate = ({ evidence = {} }: Check, limit: number | undefined): string | undefined => {
  const { validTo, daysLeft, firstToExpire } = (evidence.certificate ?? {}) as Certificate;
  const end = firstToExpire?.validTo ?? validTo;
  if (end === undefined || daysLeft === undefined) return undefined;
  const which = firstToExpire
    ? `The certificate of "${firstToExpire.subject}", which it depends on, is`
    : 'It is';
  const days = daysLeft === 1 ? '1 day' : `${daysLeft} days`;
  return `${which} valid to ${minuteOf(end)}, ${days} after this report${limited('below', daysLeft, limit, 'days')}`;
};

/** Until it is ready for queries; what is asked then is another matter. */
const connecting = ({ phases = {} }: Check, limit: number | undefined): string | undefined => {
  const { queryMs: _, ...connect } = phases;
  const [longest] = Object.entries(connect).toSorted(([, a], [, b]) => b - a);
  if (!longest) return undefined;
  const ms = Math.round(Object.values(connect).reduce((sum, one) => sum + one, 0));
  const [phase] = longest;
  return `It took ${ms.toLocaleString('en')} ms until it was ready for queries, most of it ${phase.replace(/Ms$/, '')}${limited('above', ms, limit, 'ms')}`;
};

const figures = { certificate, connecting } as const satisfies Record<
  NonNullable<Condition['figure']>,
  (check: Check, limit: number | undefined) => string | undefined
>;

/** @param limit of the alarm, in the unit of its metric; nothing where the condition has no figure, or the check not */
export const figureOf = (
  { figure }: Condition,
  check: Check,
  limit: number | undefined,
): string | undefined => figure && figures[figure](check, limit);
