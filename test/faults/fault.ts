/** One row of the fault matrix, and how it is judged. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CauseCode, causes, lookAlikeOf, remedyOf } from '../../core/causes/index.ts';
import type { Check, Dependency } from '../../core/checks/index.ts';
import { findRedis } from '../../twin/servers/redis.ts';
import { hasRoot } from '../fixtures/privileges.ts';

/** What a machine must have for a row; without it the row is left out, and the run says so. */
export type Need = 'redis-server' | 'root';

export interface Fault<World> {
  dependency: Dependency;
  /** What is broken, unique within its dependency; begins with the number of the incident that it replays. */
  name: string;
  cause: CauseCode;
  /** Evidence that must be there. */
  evidence?: Record<string, unknown>;
  /** What must have been found out besides. */
  toldApart?: RegExp;
  /** What the detail must say. */
  detail?: RegExp;
  /** What the remedy must say, where it is another one than that of the cause in general. */
  remedy?: RegExp;
  needs?: Need;
  run(world: World): Promise<Check>;
}

/** Everything that the rows of a table need, started once. */
export interface World {
  /** Texts that no report may contain. */
  secrets: readonly string[];
  /** Kept until the end. */
  disposables: (() => unknown)[];
}

const available: Record<Need, boolean> = { 'redis-server': findRedis() !== undefined, root: hasRoot() };

/** Texts of drivers and of the system that are no cause. */
const driverTexts =
  /timeout expired|Connection terminated unexpectedly|socket hang up|getaddrinfo|connect E[A-Z]+|read E[A-Z]+|write E[A-Z]+|Parse Error|SASL|UND_ERR|wrong version number/;

/** Longest evidence of one check, in characters of JSON. */
const longestEvidence = 1_600;

export const judge = <W extends World>(fault: Fault<W>, found: Check, world: W): void => {
  const { layer, runbook } = causes[fault.cause];
  expect({ ok: found.ok, dependency: found.dependency, cause: found.cause, layer: found.layer }).toEqual({
    ok: false,
    dependency: fault.dependency,
    cause: fault.cause,
    layer,
  });
  expect(found).toMatchObject({ runbook, evidence: fault.evidence ?? {} });
  expect(found.remedy).toBe(remedyOf(fault.cause, found));
  expect(found.remedy).toMatch(fault.remedy ?? /./);
  expect(found.detail).not.toMatch(driverTexts);
  expect(found.detail).toMatch(fault.detail ?? /./);
  const told = (found.evidence?.toldApart ?? []) as string[];
  expect(told.join('; ')).toMatch(fault.toldApart ?? /^/);
  expect(found.evidence?.mayBe).toEqual(lookAlikeOf(fault.cause, fault.dependency)?.mayBe);
  const text = JSON.stringify(found);
  for (const secret of world.secrets) expect(text).not.toContain(secret);
  expect(JSON.stringify(found.evidence).length).toBeLessThan(longestEvidence);
};

const titleOf = ({ dependency, name, cause, needs }: Fault<never>): string =>
  `${name} [${dependency}] is ${cause}${needs === 'root' ? ' (needs root)' : ''}`;

/** Runs a table against its world. Rows whose need is not met are left out, visibly. */
export const describeFaults = <W extends World>(
  title: string,
  faults: readonly Fault<W>[],
  startWorld: () => Promise<W>,
): void => {
  const met = ({ needs }: Fault<W>) => needs === undefined || available[needs];
  const runnable = faults.filter(met);
  // Without a single row to run, nothing is started.
  const describeTable = runnable.length > 0 ? describe : describe.skip;
  describeTable(title, () => {
    let world: W;
    beforeAll(async () => {
      world = await startWorld();
    });
    afterAll(async () => {
      for (const dispose of world?.disposables.reverse() ?? []) await dispose();
    });
    for (const fault of faults) {
      const run = met(fault) ? test : test.skip;
      run(titleOf(fault as unknown as Fault<never>), async () => judge(fault, await fault.run(world), world));
    }
  });
};
