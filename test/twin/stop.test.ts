import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { findRedis } from '../../twin/servers/index.ts';
import { developmentAssembly } from './assembly.ts';
import { type RunningTwin, runTwin } from './command.ts';

describe('npm start, while it runs', () => {
  let interrupted: RunningTwin;
  let killed: RunningTwin;
  let orphaned: RunningTwin;
  let early: RunningTwin;
  let matrix: RunningTwin;

  beforeAll(async () => {
    early = runTwin([]);
    await early.said('synthesizing');
    early.child.kill('SIGTERM');
    const live = ['--tick', '1', '--assembly', await developmentAssembly()];
    // Servers that stand still must not outlive it either.
    const still = findRedis() === undefined ? [] : ['--break', 'redis-hang'];
    interrupted = runTwin([...live, ...still]);
    killed = runTwin([...live, ...still]);
    orphaned = runTwin(live, { underShell: true });
    await Promise.all([interrupted, killed, orphaned].map((one) => one.said('minute 002')));
    matrix = runTwin(['--only', 'quiet-day', '--workers', '1'], { script: 'bin/faults.ts' });
  }, 240_000);
  afterAll(() => {
    for (const one of [interrupted, killed, orphaned, early, matrix]) one?.remove();
  });

  test('prints a line for each alarm minute where no table can be drawn', () => {
    expect(interrupted.stdout()).toMatch(
      /minute 001 postgres ok \(query, \d+ ms\) \| .*auth ok .*database-name postgres ok .*service load balancer ok \(healthy/,
    );
  });

  test('serves its page, at the address that it prints, and what it shows is what runs', async () => {
    const [, url] = /page: (http:\/\/127\.0\.0\.1:\d+)\n/.exec(interrupted.stdout()) ?? [];
    const state = (await (await fetch(`${url}/api/state`)).json()) as { minute: number; reports: unknown[] };
    expect(state.minute).toBeGreaterThanOrEqual(2);
    expect(state.reports.length).toBeGreaterThanOrEqual(4);
    const dashboard = (await (await fetch(`${url}/api/dashboard`)).json()) as { widgets: unknown[] };
    expect(dashboard.widgets.length).toBeGreaterThan(30);
  });

  test('says in one line how to try the service', () => {
    expect(interrupted.stdout()).toMatch(/try it: curl -H 'Authorization: Bearer hk_live_\S+' 'http:\S+'\n/);
  });

  test('ends 0 on Ctrl-C and leaves neither a process nor a file', async () => {
    expect(interrupted.left()).not.toEqual([]);
    interrupted.child.kill('SIGINT');
    expect(await interrupted.ended).toMatchObject({ status: 0 });
    expect(await interrupted.leftAfter(2_000)).toEqual([]);
  });

  test('leaves neither a process nor a file when it is killed with SIGKILL', async () => {
    killed.child.kill('SIGKILL');
    await killed.ended;
    expect(await killed.leftAfter(15_000)).toEqual([]);
  });

  test('ends when its parent is killed, and leaves neither a process nor a file', async () => {
    orphaned.child.kill('SIGKILL');
    // It stops in order, and the service may take its time to drain.
    expect(await orphaned.leftAfter(45_000)).toEqual([]);
  });

  test('ends in the middle of a fault when it is the matrix that is killed, and leaves nothing', async () => {
    await matrix.said('probes on their schedules');
    matrix.child.kill('SIGKILL');
    // A quiet day takes longer.
    expect(await matrix.leftAfter(25_000)).toEqual([]);
  });

  test('ends while it still starts, with the status of the signal', async () => {
    expect(await early.ended).toMatchObject({ status: 143 });
    expect(await early.leftAfter(2_000)).toEqual([]);
  });
});
