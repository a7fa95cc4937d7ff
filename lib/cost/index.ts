export { type Account, type AccountRow, accountOf } from './account.ts';
export { formatAccount, formatPrices } from './format.ts';
export { type Price, type PriceName, prices } from './prices.ts';
export { denseSeries } from './series.ts';
export type { Template } from './templates.ts';
