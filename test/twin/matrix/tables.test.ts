import { describe, expect, it } from '@jest/globals';
import { causes } from '../../../core/causes/index.ts';
import {
  type ConditionName,
  conditionNames,
  conditions,
  consequencesOf,
} from '../../../core/conditions/index.ts';
import { type AlarmRow, alarmRows, type CompositeRow, compositeRows } from '../../../lib/index.ts';
import { type FaultDefinition, faultNames, faults, isFaultName } from '../../../twin/faults/index.ts';
import { chainTo, expectedAlarms } from '../../../twin/matrix/expectation.ts';
import { everything } from '../../fixtures/watched.ts';

const rows: (AlarmRow | CompositeRow)[] = [...alarmRows(everything), ...compositeRows(everything)];
const alarmed = new Set<ConditionName>(rows.map(({ name }) => name));
const definitionOf = (name: string): FaultDefinition => {
  if (!isFaultName(name)) throw new Error(`no fault ${name}`);
  return faults[name];
};

describe('the tables of alarms and faults, compared both ways', () => {
  it.each(rows.map((row) => [row.name, row] as const))(
    '%s is proven by a fault that raises it, in the way that it says',
    (name, { proof }) => {
      expect([proof.fault, isFaultName(proof.fault)]).toEqual([proof.fault, true]);
      const fault = definitionOf(proof.fault);
      expect([...expectedAlarms(fault, alarmed)]).toContain(name);
      expect([name, proof.how]).toEqual([name, fault.driven ? 'driven' : 'injected']);
    },
  );

  it.each(faultNames.map((name) => [name]))(
    '%s raises an alarm, and no more than one of them pages',
    (name) => {
      const expected = expectedAlarms(definitionOf(name), alarmed);
      expect(expected.size).toBeGreaterThan(0);
      const pages = rows.filter((row) => expected.has(row.name) && row.severity === 'page');
      expect(pages.length).toBeLessThanOrEqual(1);
    },
  );

  it('has at least forty faults, over every part, and pairs that hide each other', () => {
    expect(faultNames.length).toBeGreaterThanOrEqual(40);
    for (const part of [
      'database',
      'redis',
      'mlflow',
      'auth',
      'service',
      'schedule',
      'certificate',
      'network',
    ])
      expect([part, faultNames.some((name) => name.includes(part))]).toEqual([part, true]);
    expect(faultNames.filter((name) => name.includes('-and-')).length).toBeGreaterThanOrEqual(3);
  });

  it('names causes that exist, and conditions that lead somewhere known', () => {
    for (const name of faultNames) {
      const { cause, breaks } = definitionOf(name);
      if (cause) expect(Object.keys(causes)).toContain(cause);
      for (const one of breaks) expect(conditionNames).toContain(one);
    }
    for (const name of conditionNames)
      for (const next of conditions[name].leadsTo) expect(conditionNames).toContain(next);
  });
});

describe('what follows from a condition', () => {
  it('never leads back to it', () => {
    for (const name of conditionNames) expect([name, consequencesOf(name).has(name)]).toEqual([name, false]);
  });

  it('is told as a chain', () => {
    expect(chainTo(['mlflow-unusable'], 'user-impact')).toEqual([
      'mlflow-unusable',
      'requests-failing',
      'user-impact',
    ]);
    expect(chainTo(['redis-down'], 'user-impact')).toEqual(['user-impact']);
  });
});
