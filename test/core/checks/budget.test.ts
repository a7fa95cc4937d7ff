import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from '@jest/globals';
import { budgetOf, within } from '../../../core/checks/index.ts';
import { converse } from '../../../core/checks/redis-command.ts';

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
  const late = new Promise<string>((_, reject) => setTimeout(() => reject(new Error('late')), 500));
  expect(await within(budgetOf(5), late)).toBeUndefined();
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(await within(budgetOf(50), Promise.resolve('in time'))).toBe('in time');
  await expect(within(budgetOf(50), Promise.reject(new Error('in time too')))).rejects.toThrow('in time too');
});

/** Answers each command of Redis after a moment, in a process that goes on while this one is busy. */
const slowServer = `require('node:net').createServer((socket) => socket.on('data', () => setTimeout(() => socket.write('+PONG\\r\\n'), 20)))
  .listen(0, '127.0.0.1', function () { process.stdout.write(String(this.address().port)); });`;

test('an answer that is there is not taken for silence because this process was busy', async () => {
  const server = spawn(process.execPath, ['-e', slowServer], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = (await once(server.stdout, 'data')) as [Buffer];
  const socket = connect(Number(port.toString()), '127.0.0.1');
  try {
    await once(socket, 'connect');
    const answered = converse(socket).ask(['PING'], budgetOf(60));
    const end = performance.now() + 300;
    while (performance.now() < end);
    expect((await answered).ok).toBe(true);
  } finally {
    socket.destroy();
    server.kill('SIGKILL');
  }
});
