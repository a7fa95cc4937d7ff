import { expect, test } from '@jest/globals';
import { causes, layers, lookAlikes } from '../../core/causes/index.ts';

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
  (_code, { mayBe, ruledOut, decides }) => {
    expect(mayBe.length).toBeGreaterThanOrEqual(2);
    expect(mayBe.length).toBeLessThanOrEqual(4);
    for (const phrase of [...mayBe, ruledOut ?? 'nothing', decides]) {
      expect(phrase.length).toBeLessThanOrEqual(100);
      expect(phrase).not.toMatch(/\.$/);
    }
  },
);
