/** The last start of `from <= time <= to`, milliseconds since the epoch; `undefined` without one. */
export type Starts = (from: number, to: number) => number | undefined;

/** A schedule expression that CloudWatch would not take, or that reads differently than it may be meant. */
export class ScheduleRefused extends Error {
  override name = 'ScheduleRefused';
}

const minute = 60_000;

interface Field {
  name: string;
  from: number;
  to: number;
  /** What stands for a number; the first one for `from`. */
  words: readonly string[];
  of(date: Date): number;
}

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const days = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

const fields: readonly Field[] = [
  { name: 'minute', from: 0, to: 59, words: [], of: (date) => date.getUTCMinutes() },
  { name: 'hour', from: 0, to: 23, words: [], of: (date) => date.getUTCHours() },
  { name: 'day of the month', from: 1, to: 31, words: [], of: (date) => date.getUTCDate() },
  { name: 'month', from: 1, to: 12, words: months, of: (date) => date.getUTCMonth() + 1 },
  { name: 'day of the week', from: 0, to: 6, words: days, of: (date) => date.getUTCDay() },
];

/** The numbers that a field stands for; `*`, `-` and `,` are what CloudWatch supports. */
const numbersOf = (text: string, { name, from, to, words }: Field): Set<number> => {
  const numbers = new Set<number>();
  const read = (part: string): number => {
    const word = words.indexOf(part.toUpperCase());
    const number = word >= 0 ? word + from : /^\d{1,2}$/.test(part) ? Number(part) : Number.NaN;
    if (number >= from && number <= to) return number;
    throw new ScheduleRefused(`has the ${name} ${JSON.stringify(part)}, which must be ${from} to ${to}`);
  };
  for (const part of text.split(',')) {
    if (part === '*') {
      for (let number = from; number <= to; number += 1) numbers.add(number);
      continue;
    }
    const [first = '', last = first, ...others] = part.split('-');
    const [low, high] = [read(first), read(last)];
    if (others.length > 0 || low > high)
      throw new ScheduleRefused(`has the ${name} ${JSON.stringify(part)}, which is no range`);
    for (let number = low; number <= high; number += 1) numbers.add(number);
  }
  return numbers;
};

const cron = (text: string): Starts => {
  const parts = text.trim().split(/\s+/);
  if (parts.length !== fields.length)
    throw new ScheduleRefused(
      `has ${parts.length} fields in cron(); it takes ${fields.length}: ${fields.map(({ name }) => name).join(', ')}`,
    );
  if (parts[2] !== '*' && parts[4] !== '*')
    throw new ScheduleRefused(
      'names days of the month and of the week; give one of them, and * for the other',
    );
  const wanted = fields.map((field, index) => ({ field, numbers: numbersOf(parts[index] ?? '', field) }));
  return (from, to) => {
    for (let time = Math.floor(to / minute) * minute; time >= from; time -= minute) {
      const date = new Date(time);
      if (wanted.every(({ field, numbers }) => numbers.has(field.of(date)))) return time;
    }
    return undefined;
  };
};

const once = (text: string): Starts => {
  const time = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(text) ? Date.parse(`${text}Z`) : Number.NaN;
  if (Number.isNaN(time))
    throw new ScheduleRefused(`has at(${text}), which must be a time such as at(2026-01-31T02:00)`);
  return (from, to) => (time >= from && time <= to ? time : undefined);
};

/**
 * Reads `cron(minutes hours day-of-month month day-of-week)` or `at(yyyy-MM-ddThh:mm)`, in UTC.
 * @throws ScheduleRefused
 */
export const parseSchedule = (expression: string): Starts => {
  const [, kind, inside = ''] = /^(cron|at)\((.*)\)$/.exec(expression) ?? [];
  if (kind === 'cron') return cron(inside);
  if (kind === 'at') return once(inside);
  throw new ScheduleRefused(
    `must be cron(0 2 * * *) or at(2026-01-31T02:00), with your times, not ${JSON.stringify(expression)}`,
  );
};
