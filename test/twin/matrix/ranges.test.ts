import { describe, expect, test } from '@jest/globals';
import type { ConditionName } from '../../../core/conditions/index.ts';
import { differingAlarms } from '../../../twin/matrix/ranges.ts';

const standing = 22;
const minutes = (found: Partial<Record<ConditionName, number>>) =>
  new Map(Object.entries(found)) as Map<ConditionName, number>;

describe('alarms under another evaluation range', () => {
  test('may come in another minute', () => {
    expect(differingAlarms(minutes({ 'redis-down': 3 }), minutes({ 'redis-down': 4 }), standing)).toEqual([]);
  });

  test('differ when one does not go off', () => {
    const first = minutes({ 'redis-down': 3, 'auth-down': 3 });
    expect(differingAlarms(first, minutes({ 'redis-down': 3 }), standing)).toEqual(['auth-down']);
  });

  test('differ when one goes off that did not', () => {
    const others = minutes({ 'redis-down': 3, 'auth-down': 3 });
    expect(differingAlarms(minutes({ 'redis-down': 3 }), others, standing)).toEqual(['auth-down']);
  });

  test('are compared while the fault stood, and not in the minutes after it', () => {
    const first = minutes({ 'redis-down': 3, 'service-degraded': standing + 1 });
    expect(differingAlarms(first, minutes({ 'redis-down': 3 }), standing)).toEqual([]);
  });
});
