import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { IssuedCertificate } from '../certificates.ts';
import { keepDirectory, keepProcess, releaseDirectory, releaseProcess } from '../keeper.ts';
import { administer, type RedisCommand } from './redis-administration.ts';
import { configurationFile, type RedisConfiguration } from './redis-configuration.ts';

export interface RedisOptions {
  /** The program, as `findRedis` gives it. */
  program: string;
  port: number;
  certificate: IssuedCertificate;
  /** What clients must authenticate with. */
  token: string;
}

/** A Redis server of our own on 127.0.0.1, with TLS only unless told otherwise. It starts empty each time. */
export interface RedisServer {
  port: number;
  pid(): number | undefined;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Stands still: nothing is read, answered or closed. */
  suspend(): void;
  resume(): void;
  /** What it runs with, or would. */
  configuration(): RedisConfiguration;
  /**
   * Applies what is given and keeps the rest, also for the next start. With another token its clients are
   * disconnected, for another transport it is started again. Fails while it is suspended.
   */
  reload(change: Partial<RedisConfiguration>): Promise<void>;
  /** Runs commands as its administrator, and gives their answers. Fails while it is stopped or suspended. */
  administer(commands: readonly RedisCommand[]): Promise<unknown[]>;
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

/** What a running server is told; sessions that were let in with another token end. */
const commandsFor = ({ token, maxMemory }: Partial<RedisConfiguration>): RedisCommand[] => [
  ...(maxMemory === undefined ? [] : [['CONFIG', 'SET', 'maxmemory', `${maxMemory}`] as const]),
  ...(token === undefined
    ? []
    : [
        ['CONFIG', 'SET', 'requirepass', token] as const,
        ['CLIENT', 'KILL', 'TYPE', 'normal'] as const,
        ['CLIENT', 'KILL', 'TYPE', 'pubsub'] as const,
      ]),
];

export const startRedis = async ({
  program,
  port,
  certificate,
  token,
}: RedisOptions): Promise<RedisServer> => {
  const directory = await mkdtemp(join(tmpdir(), 'breakwater-redis-'));
  keepDirectory(directory);
  const write = (name: string, text: string): Promise<void> =>
    writeFile(join(directory, name), text, { mode: 0o600 });
  await write('server.crt', certificate.certificatePem);
  await write('server.key', certificate.keyPem);
  let configuration: RedisConfiguration = { token, transport: 'tls', maxMemory: 0 };
  let child: ChildProcess | undefined;
  let suspended = false;

  const start = async (): Promise<void> => {
    await write('redis.conf', configurationFile(directory, port, configuration));
    suspended = false;
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
    // One that stands still would not take notice.
    server.kill('SIGCONT');
    const timer = setTimeout(() => server.kill('SIGKILL'), patience);
    await closed;
    clearTimeout(timer);
  };

  const reload = async (change: Partial<RedisConfiguration>): Promise<void> => {
    if (suspended) throw new Error('Redis stands still: let it go on before it is told anything.');
    const before = configuration;
    configuration = { ...before, ...change };
    if (!child) return;
    if (configuration.transport === before.transport)
      return void (await administer(directory, before.token, commandsFor(change)));
    await stop();
    await start();
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
  return {
    port,
    pid: () => child?.pid,
    start,
    stop,
    suspend: () => {
      suspended = child?.kill('SIGSTOP') ?? false;
    },
    resume: () => {
      child?.kill('SIGCONT');
      suspended = false;
    },
    configuration: () => configuration,
    reload,
    administer: async (commands) => {
      if (!child || suspended) throw new Error('Redis does not run: nothing can be asked of it.');
      return administer(directory, configuration.token, commands);
    },
    dispose,
  };
};
