import { expect, test } from '@jest/globals';
import { Breaker, BreakerRegistry, defaultBreakerPolicy } from '../../../core/resilience/index.ts';

const breaker = (name: string) => new Breaker({ name, policy: defaultBreakerPolicy });

test('finds a breaker by the name of its dependency, and nothing by another name', () => {
  const registry = new BreakerRegistry([breaker('postgres'), breaker('redis')]);
  expect(registry.names()).toEqual(['postgres', 'redis']);
  expect(registry.get('redis')?.name).toBe('redis');
  expect(registry.get('toString')).toBeUndefined();
});

test('hears the transitions of all of them until it stops listening', () => {
  const registry = new BreakerRegistry([breaker('postgres'), breaker('redis')]);
  const heard: string[] = [];
  const subscription = registry.onTransition(({ breaker: name, to }) => heard.push(`${name} ${to}`));
  registry.get('redis')?.holdOpen('ops', 'test');
  registry.get('postgres')?.holdOpen('ops', 'test');
  subscription[Symbol.dispose]();
  registry.get('redis')?.reset('ops', 'test');
  expect(heard).toEqual(['redis open', 'postgres open']);
  expect(registry.statuses().map(({ state }) => state)).toEqual(['open', 'closed']);
});

test('refuses two breakers of one name', () => {
  expect(() => new BreakerRegistry([breaker('redis'), breaker('redis')])).toThrow(
    'two circuit breakers are named "redis"',
  );
});
