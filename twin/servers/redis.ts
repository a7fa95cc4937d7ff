import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { IssuedCertificate } from '../certificates.ts';
import { keepDirectory, keepProcess, releaseDirectory, releaseProcess } from '../keeper.ts';

export interface RedisOptions {
  /** The program, as `findRedis` gives it. */
  program: string;
  port: number;
  certificate: IssuedCertificate;
  /** What clients must authenticate with. */
  token: string;
}

/** A Redis server of our own on 127.0.0.1, with TLS only. */
export interface RedisServer {
  port: number;
  pid(): number | undefined;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Stops it and removes its files. */
  dispose(): Promise<void>;
}

const patience = 10_000;

/** The first `redis-server` of PATH; `undefined` when there is none. */
export const findRedis = (path = process.env.PATH ?? ''): string | undefined =>
  path
    .split(delimiter)
    .filter((directory) => directory !== '')
    .map((directory) => join(directory, 'redis-server'))
    .find((program) => {
      try {
        accessSync(program, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });

/** Options in the order of the file; nothing is kept on disk, and no port without TLS is open. */
const configuration = (directory: string, port: number, token: string): string =>
  [
    'bind 127.0.0.1',
    'port 0',
    `tls-port ${port}`,
    `tls-cert-file ${directory}/server.crt`,
    `tls-key-file ${directory}/server.key`,
    'tls-auth-clients no',
    `requirepass ${token}`,
    'save ""',
    'appendonly no',
    `dir ${directory}`,
    'daemonize no',
  ].join('\n');

export const startRedis = async ({
  program,
  port,
  certificate,
  token,
}: RedisOptions): Promise<RedisServer> => {
  const directory = await mkdtemp(join(tmpdir(), 'breakwater-redis-'));
  keepDirectory(directory);
  const files = {
    'server.crt': certificate.certificatePem,
    'server.key': certificate.keyPem,
    'redis.conf': configuration(directory, port, token),
  };
  for (const [name, text] of Object.entries(files))
    await writeFile(join(directory, name), text, { mode: 0o600 });
  let child: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    const server = spawn(program, [join(directory, 'redis.conf')], {
      cwd: directory,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH ?? '' },
    });
    const { pid } = server;
    if (pid !== undefined) keepProcess(pid);
    child = server;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let log = '';
    const read = (chunk: Buffer): void => {
      log = `${log}${chunk}`.slice(-8192);
      if (log.includes('Ready to accept connections')) resolve();
    };
    server.stdout.on('data', read);
    server.stderr.on('data', read);
    server.once('error', reject);
    server.once('close', () => {
      if (pid !== undefined) releaseProcess(pid);
      if (child === server) child = undefined;
      reject(new Error(`${program} ended by itself:\n${log.trim()}`));
    });
    const timer = setTimeout(
      () => reject(new Error(`${program}: starting took more than ${patience} ms.\n${log.trim()}`)),
      patience,
    );
    try {
      await promise;
    } catch (error) {
      await stop();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  };

  const stop = async (): Promise<void> => {
    const server = child;
    if (!server) return;
    const closed = once(server, 'close');
    server.kill('SIGTERM');
    const timer = setTimeout(() => server.kill('SIGKILL'), patience);
    await closed;
    clearTimeout(timer);
  };

  const dispose = async (): Promise<void> => {
    await stop();
    await rm(directory, { recursive: true, force: true });
    releaseDirectory(directory);
  };

  try {
    await start();
  } catch (error) {
    await dispose();
    throw error;
  }
  return { port, pid: () => child?.pid, start, stop, dispose };
};
