import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type FaultDefinition, faults } from '../../twin/faults/index.ts';
import { startTwin, type Twin } from '../../twin/index.ts';
import { findRedis } from '../../twin/servers/index.ts';
import { eventually } from './eventually.ts';
import { type FoundFault, findings, foundFaults } from './fault-findings.ts';
import { quickSettings } from './quick-settings.ts';

/** Together where a check waits for its deadline, so that several wait at the same time. */
const patient: FoundFault[][] = [
  ['mlflow-hang', 'auth-slow', 'redis-hang'],
  ['auth-hang', 'mlflow-slow'],
];

const runnable = (name: FoundFault): boolean =>
  findRedis() !== undefined || (faults[name] as FaultDefinition).needs === undefined;

const optional = foundFaults.filter((name) => findings[name].dependency !== 'postgres' && runnable(name));

const rounds: FoundFault[][] = [
  ...optional.filter((name) => !patient.flat().includes(name)).map((name) => [name]),
  ...patient.map((names) => names.filter(runnable)),
];

describe('the twin without what the service can do without', () => {
  let twin: Twin;

  beforeAll(async () => {
    twin = await startTwin({
      environment: 'development',
      settings: quickSettings,
      progress: () => undefined,
      signal: new AbortController().signal,
    });
  });
  afterAll(() => twin?.stop());
  // A test that failed must not break the next one.
  afterEach(async () => {
    for (const name of twin.injected()) await twin.lift(name);
  });

  /** What fails in as many alarm minutes as an alarm wants to go off, or to come back. */
  const failures = async () => {
    await twin.clock.tick();
    const { outcomes } = await twin.clock.tick();
    return outcomes.flatMap(({ report }) =>
      (report?.checks ?? [])
        .filter(({ ok }) => !ok)
        .map(({ dependency, cause }) => ({ probe: report?.probe, dependency, cause })),
    );
  };

  /** Without the one that remembers: one fault after the other is five minutes of a service that is not whole. */
  const inAlarm = () =>
    twin.evaluator.alarms
      .filter(({ state }) => state === 'ALARM')
      .map(({ definition: { name } }) => name.replace(/^hokusai-development-/, ''))
      .filter((name) => name !== 'service-degraded')
      .sort();

  const dropped = () => [twin.service.status().state, twin.service.status().dropped];

  test('has every fault of what is not critical in one round', () => {
    expect(rounds.flat().sort()).toEqual([...optional].sort());
  });

  test.each(rounds.map((round) => [round] as const))(
    'names the cause of %j, raises the alarm of that dependency and no other, keeps the service in service, and recovers',
    async (round) => {
      const expected = round.map((name) => findings[name]);
      for (const name of round) await twin.inject(name);
      const found = await failures();
      expect(found).toEqual(expect.arrayContaining(expected));
      expect(found).toHaveLength(expected.length);
      expect(inAlarm()).toEqual(expected.map(({ dependency }) => `${dependency}-down`).sort());
      expect(dropped()).toEqual(['healthy', 0]);

      for (const name of round) await twin.lift(name);
      expect(await failures()).toEqual([]);
      expect(inAlarm()).toEqual([]);
      expect(dropped()).toEqual(['healthy', 0]);
    },
    120_000,
  );

  test.each(['mlflow-stop', 'auth-403', ...(findRedis() ? (['redis-full'] as const) : [])] as FoundFault[])(
    'has a service that says with %s that it is degraded, and healthy again afterwards',
    async (name) => {
      const { service } = twin;
      const { dependency } = findings[name];
      const says = async (): Promise<string[]> => {
        const { said, notHealthy } = await service.askHealth();
        return [said, ...notHealthy];
      };
      const become = async (...wanted: string[]) => {
        for (let said: string[] = []; said.join() !== wanted.join(); said = await says()) await sleep(100);
      };
      await become('healthy');
      await twin.inject(name);
      await become('degraded', dependency);
      await twin.lift(name);
      await become('healthy');
      await eventually(() => service.status().state === 'healthy');
    },
  );
});
