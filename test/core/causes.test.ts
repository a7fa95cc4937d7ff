import { expect, test } from '@jest/globals';
import { causes, layers, lookAlikes, remedyOf, specialRemedies } from '../../core/causes/index.ts';

const rows = Object.values(causes);

test.each(rows)(
  '$code has a meaning and a remedy in whole sentences, a known layer, and an anchor',
  (cause) => {
    expect(cause.meaning).toMatch(/^[A-Z].*\.$/);
    expect(cause.remedy).toMatch(/^[A-Z].*\.$/);
    expect(layers[cause.layer]).toBeGreaterThan(0);
    expect(cause.runbook).toBe(`${cause.runbook.split('#')[0]}#${cause.code.toLowerCase()}`);
  },
);

test('the numbers of the layers are those of the metric', () => {
  expect(layers).toEqual({
    config: 1,
    dns: 2,
    tcp: 3,
    tls: 4,
    auth: 5,
    database: 6,
    query: 7,
    capacity: 8,
    protocol: 9,
  });
});

test.each(Object.entries(lookAlikes))(
  '%s says shortly what else it may be, and what would decide',
  (_code, { mayBe, mayBeOf = {}, ruledOut, decides }) => {
    for (const list of [mayBe, ...Object.values(mayBeOf)]) {
      expect(list.length).toBeGreaterThanOrEqual(2);
      expect(list.length).toBeLessThanOrEqual(4);
    }
    for (const phrase of [...mayBe, ...Object.values(mayBeOf).flat(), ruledOut ?? 'nothing', decides]) {
      expect(phrase.length).toBeLessThanOrEqual(100);
      expect(phrase).not.toMatch(/\.$/);
    }
  },
);

test.each(specialRemedies)('$cause has a remedy of its own for $where, in whole sentences', (row) => {
  expect(row.remedy).toMatch(/^[A-Z].*\.$/);
  expect(row.remedy).not.toBe(causes[row.cause].remedy);
  expect(remedyOf(row.cause)).toBe(causes[row.cause].remedy);
});

test('what is said to somebody who uses PostgreSQL or Redis does not send them to the other one', () => {
  const ofRedis = specialRemedies.filter(({ dependencies }) => dependencies?.includes('redis'));
  for (const { cause } of ofRedis)
    expect(remedyOf(cause, { dependency: 'redis', evidence: { reply: 'WRONGTYPE NOREPLICAS' } })).not.toMatch(
      /pg_hba|ALTER ROLE|rds\.|DATABASE_|run the bootstrap/i,
    );
});
