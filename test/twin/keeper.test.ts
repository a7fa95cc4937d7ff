import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

const module = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);

const running = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const within = async (milliseconds: number, what: () => boolean): Promise<boolean> => {
  const until = Date.now() + milliseconds;
  while (!what() && Date.now() < until) await sleep(20);
  return what();
};

/** Starts another process that runs `code`, and returns it with the first line that it prints, parsed. */
const owner = async <T>(code: string) => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: fileURLToPath(new URL('.', import.meta.url)),
  });
  const [chunk] = await once(child.stdout.setEncoding('utf8'), 'data');
  return { child, said: JSON.parse(String(chunk)) as T };
};

describe('the keeper', () => {
  test('ends a PostgreSQL server and removes its directory when the owner is killed with SIGKILL', async () => {
    const { child, said } = await owner<{ pid: number; keeper: number; directory: string }>(`
      const { startPostgres } = await import(${module('../../twin/servers/postgres.ts')});
      const { keeperPid } = await import(${module('../../twin/keeper.ts')});
      const server = await startPostgres();
      console.log(JSON.stringify({ pid: server.pid(), keeper: keeperPid(), directory: server.directory }));
      setInterval(() => {}, 1000);
    `);
    expect(running(said.pid)).toBe(true);
    expect(existsSync(said.directory)).toBe(true);
    child.kill('SIGKILL');
    expect(await within(10_000, () => !running(said.pid) && !existsSync(said.directory))).toBe(true);
    expect(await within(2_000, () => !running(said.keeper))).toBe(true);
  });

  test('uses SIGKILL on a process that ignores the first signal', async () => {
    const { child, said } = await owner<{ pid: number }>(`
      import { spawn } from 'node:child_process';
      const { keepProcess } = await import(${module('../../twin/keeper.ts')});
      const stubborn = spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); console.log(); setInterval(() => {}, 1000)'],
        { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
      stubborn.stdout.once('data', () => {
        keepProcess(stubborn.pid);
        setTimeout(() => console.log(JSON.stringify({ pid: stubborn.pid })), 300);
      });
    `);
    child.kill('SIGKILL');
    expect(await within(9_000, () => !running(said.pid))).toBe(true);
  });

  test('ends a process that stands still, without killing it', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'breakwater-keeper-'));
    const mark = join(directory, 'ended-in-order');
    const { child, said } = await owner<{ pid: number }>(`
      import { spawn } from 'node:child_process';
      const { keepProcess } = await import(${module('../../twin/keeper.ts')});
      const program = 'process.on("SIGTERM", () => { require("fs").writeFileSync(process.argv[1], ""); process.exit(); }); console.log(); setInterval(() => {}, 1000)';
      const still = spawn(process.execPath, ['-e', program, ${JSON.stringify(mark)}],
        { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
      still.stdout.once('data', () => {
        keepProcess(still.pid);
        still.kill('SIGSTOP');
        setTimeout(() => console.log(JSON.stringify({ pid: still.pid })), 300);
      });
    `);
    child.kill('SIGKILL');
    try {
      expect(await within(12_000, () => !running(said.pid))).toBe(true);
      expect(existsSync(mark)).toBe(true);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  test('leaves a released process alone', async () => {
    const { child, said } = await owner<{ pid: number; keeper: number }>(`
      import { spawn } from 'node:child_process';
      const { keepProcess, releaseProcess, keeperPid } = await import(${module('../../twin/keeper.ts')});
      const other = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 20000)'], { stdio: 'ignore', detached: true });
      keepProcess(other.pid);
      releaseProcess(other.pid);
      console.log(JSON.stringify({ pid: other.pid, keeper: keeperPid() }));
      setInterval(() => {}, 1000);
    `);
    child.kill('SIGKILL');
    try {
      expect(await within(5_000, () => !running(said.keeper))).toBe(true);
      expect(running(said.pid)).toBe(true);
    } finally {
      process.kill(said.pid, 'SIGKILL');
    }
  });
});
