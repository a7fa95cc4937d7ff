import { expect, test } from '@jest/globals';
import { budgetOf, within } from '../../../core/checks/index.ts';

test('a part never outlives the whole', () => {
  let now = 0;
  const whole = budgetOf(1_000, () => now);
  expect(whole.part(5_000).remaining()).toBe(1_000);
  now = 900;
  expect(whole.part(5_000).remaining()).toBe(100);
  now = 2_000;
  expect(whole.remaining()).toBe(0);
  expect(whole.part(10).remaining()).toBe(0);
});

test('work that is too late gives nothing, and its later failure harms nobody', async () => {
  const late = new Promise<string>((_, reject) => setTimeout(() => reject(new Error('late')), 30));
  expect(await within(budgetOf(5), late)).toBeUndefined();
  await new Promise((resolve) => setTimeout(resolve, 40));
  expect(await within(budgetOf(50), Promise.resolve('in time'))).toBe('in time');
  await expect(within(budgetOf(50), Promise.reject(new Error('in time too')))).rejects.toThrow('in time too');
});
