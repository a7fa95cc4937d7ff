import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from '@jest/globals';
import { goodSettings } from './settings.ts';

const root = new URL('../../', import.meta.url).pathname;

it('npm run service says where it listens, and ends itself and npm on SIGTERM', async () => {
  const settings = await goodSettings();
  const env = { ...settings, PATH: process.env.PATH ?? '', npm_config_update_notifier: 'false' };
  const npm = spawn('npm', ['run', '--silent', 'service'], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  npm.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  while (!output.includes('"listening"')) await once(npm.stdout, 'data');
  const listening = JSON.parse(output.split('\n').find((line) => line.includes('"listening"')) ?? '');
  expect(listening).toMatchObject({ host: '127.0.0.1', port: Number(settings.API_PORT), msg: 'listening' });
  npm.kill('SIGTERM');
  const [code, signal] = await once(npm, 'close');
  expect([code, signal]).toEqual([0, null]);
  expect(output.trim().split('\n').at(-1)).toContain('"stopped"');
  await expect(fetch(`http://127.0.0.1:${settings.API_PORT}/live`)).rejects.toThrow();
});
