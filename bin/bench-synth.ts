/**
 * Compares synthesizing an environment with synthesizing an empty CDK app on this machine, run alternately.
 *   npm run bench:synth -- [environment] [runs]
 * Both are whole processes: start, load, construct, validate, write. Ends 1 when the ratio is above the limit.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** An environment may take this many times as long as the empty app. */
const limit = 3;

/** What the empty app does: the same library and template validation, one stack without resources. */
const empty = async (outdir: string): Promise<void> => {
  const { App, Stack, Validations } = await import('aws-cdk-lib/core');
  const app = new App({ outdir });
  const stack = new Stack(app, 'Empty', { env: { region: 'us-east-1' } });
  Validations.of(stack).acknowledge({
    id: 'CloudFormation-Validate::F0001',
    reason: 'It is meant to be empty.',
  });
  app.synth();
};

const seconds = (script: string, args: string[]): number => {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${script} ${args.join(' ')} ended with ${status}:\n${stderr}`);
  return (performance.now() - start) / 1000;
};

const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const compare = (environment: string, runs: number): void => {
  const here = fileURLToPath(import.meta.url);
  const synth = join(here, '..', 'synth.ts');
  const outdir = mkdtempSync(join(tmpdir(), 'breakwater-bench-'));
  const times: Record<'empty' | 'ours', number[]> = { empty: [], ours: [] };
  try {
    for (let run = 0; run < runs; run += 1) {
      times.empty.push(seconds(here, ['--empty', join(outdir, 'empty')]));
      times.ours.push(seconds(synth, [environment, '--out', join(outdir, environment)]));
    }
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
  const [base, ours] = [median(times.empty), median(times.ours)];
  const ratio = ours / base;
  console.log(`empty app:    ${base.toFixed(2)} s (median of ${runs})`);
  console.log(`${`${environment}:`.padEnd(13)} ${ours.toFixed(2)} s`);
  console.log(`ratio:        ${ratio.toFixed(2)} (limit ${limit})`);
  if (ratio > limit) process.exitCode = 1;
};

const [first, second] = process.argv.slice(2);
if (first === '--empty' && second) await empty(second);
else compare(first ?? 'production', Number(second ?? 5));
