import type { Account, AccountRow } from './account.ts';
import { type Price, type PriceName, prices } from './prices.ts';

const dollars = (amount: number): string => `$${amount.toFixed(2)}`;

/** Of something small, with the digits that tell it apart from nothing. */
const unitPrice = (amount: number): string =>
  amount === 0 || amount >= 0.01 ? dollars(amount) : `$${Number(amount.toPrecision(6))}`.replace('e-', ' e-');

const quantity = (amount: number): string =>
  amount >= 100 || Number.isInteger(amount) ? Math.round(amount).toLocaleString('en-GB') : amount.toFixed(2);

const columns = (first: string, second: string, third: string): string =>
  `${first.padEnd(38)}${second.padStart(22)}${third.padStart(18)}`.trimEnd();

const line = ({ item, quantity: amount, unit, monthly }: AccountRow): string =>
  columns(item, `${quantity(amount)} ${unit}`, dollars(monthly));

const wayOut = {
  'nat-shared': 'it has: one NAT gateway',
  'nat-per-zone': 'it has: a NAT gateway in each zone',
  endpoints: 'it has: endpoints, which its tasks need too',
} as const;

/** The account of one environment in 80 columns. */
export const formatAccount = (account: Account): string => {
  const { environment, egress, rows, total, endpoints, totalWithOwnEndpoints, canaries } = account;
  const rule = '-'.repeat(78);
  return [
    columns(environment, 'quantity', 'a month'),
    rule,
    ...rows.filter(({ quantity: amount }) => amount > 0).map(line),
    rule,
    columns('where a way to AWS exists anyway', '', dollars(total)),
    `  (${wayOut[egress]})`,
    line(endpoints),
    `  (${endpoints.services.join(', ')}, in each zone)`,
    columns('with own endpoints', '', dollars(totalWithOwnEndpoints)),
    '',
    columns('beside it, a canary each minute', '43,800 runs', dollars(canaries.one)),
    columns('four of them', '175,200 runs', dollars(canaries.four)),
    '  (without their functions, files and logs; and they log in to no database)',
  ].join('\n');
};

/** The price of every row that is paid, with where and when it was read. */
export const formatPrices = (accounts: readonly Account[]): string => {
  const rows = accounts.flatMap((account) => [...account.rows, account.endpoints]);
  const used = new Set<PriceName>([
    ...rows.filter(({ quantity: amount }) => amount > 0).map(({ price }) => price),
    'canaryRun',
  ]);
  const entries = Object.entries<Price>(prices).filter(([name]) => used.has(name as PriceName));
  return [
    'List prices in us-east-1, US dollars, without free tiers; a month has 730 hours.',
    ...entries.flatMap(([, { dollars: amount, per, source, date }]) => [
      `${unitPrice(amount).padStart(13)}  ${per}`,
      `${' '.repeat(15)}${source}, ${date}`,
    ]),
  ].join('\n');
};
