/** Messages a second into a queue and out of it, beside pg-boss and BullMQ. */
import { median, shuffled } from '../percentiles.ts';
import { print, table } from '../table.ts';
import { type Contender, startContenders } from './contenders.ts';
import { perSecondOf, timed } from './pace.ts';
import type { Servers } from './servers.ts';

const rounds = 3;
/** Added one by one, by so many at once. */
const single = { count: 2_000, atOnce: 10 };
const batch = { count: 10_000, size: 100 };
/** Taken one by one: less, because some need long for it. */
const takenSingly = 300;

const columns = { add: 'added', addBatch: 'in 100s', take: 'taken', takeBatch: 'in 100s' } as const;
type Rates = Partial<Record<keyof typeof columns, number>>;

const takeAll = async (take: (most: number) => Promise<number>, count: number, most: number) => {
  for (let taken = 0; taken < count; ) {
    const some = await take(most);
    if (some === 0) throw new Error(`only ${taken} of ${count} were there`);
    taken += some;
  }
};

const rate = async (count: number, work: () => Promise<unknown>): Promise<number> =>
  (count * 1_000) / (await timed(work));

const measure = async ({ begin, add, addMany, take, takeEach }: Contender): Promise<Rates> => {
  const found: Rates = {};
  await begin();
  found.add = await perSecondOf(single.count, single.atOnce, add);
  if (take) found.take = await rate(takenSingly, () => takeAll(take, takenSingly, 1));
  if (takeEach) found.take = await rate(single.count, () => takeEach(single.count));
  await begin();
  found.addBatch = await rate(batch.count, async () => {
    for (let from = 0; from < batch.count; from += batch.size) await addMany(from, batch.size);
  });
  if (take) found.takeBatch = await rate(batch.count, () => takeAll(take, batch.count, batch.size));
  return found;
};

const cell = (rates: readonly Rates[], column: keyof Rates): string => {
  const values = rates.flatMap((found) => found[column] ?? []);
  return values.length === 0 ? '-' : Math.round(median(values)).toLocaleString('en');
};

export const beside = async (servers: Servers): Promise<void> => {
  const contenders = await startContenders(servers);
  const found = new Map(contenders.map((contender) => [contender, [] as Rates[]]));
  for (let round = 0; round < rounds; round++)
    for (const contender of shuffled(contenders)) found.get(contender)?.push(await measure(contender));
  for (const contender of contenders) await contender.end();
  print(
    `\nmessages a second, medians of ${rounds} shuffled rounds; one by one: ${single.atOnce} at once add, one takes (BullMQ: its worker, 10 at once)`,
  );
  const names = Object.keys(columns) as (keyof typeof columns)[];
  print(
    table([
      ['', ...Object.values(columns)],
      ...contenders.map((contender) => [
        contender.name,
        ...names.map((column) => cell(found.get(contender) ?? [], column)),
      ]),
    ]),
  );
};
