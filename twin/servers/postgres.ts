import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { keepDirectory, keepProcess, releaseDirectory, releaseProcess } from '../keeper.ts';
import { freePort } from './free-port.ts';
import { postgresBinaries } from './postgres-binaries.ts';
import { type PostgresConfiguration, writeConfiguration } from './postgres-configuration.ts';
import { initializeDataDirectory } from './postgres-initdb.ts';

export interface PostgresOptions extends PostgresConfiguration {
  /** Default: `postgres` with a random password. */
  superuser?: { name: string; password: string };
  /** Default: a free one. */
  port?: number;
}

/** A PostgreSQL server of our own, on 127.0.0.1. */
export interface PostgresServer {
  host: '127.0.0.1';
  port: number;
  superuser: { name: string; password: string };
  /** The data directory. */
  directory: string;
  /** Undefined while it is stopped. */
  pid(): number | undefined;
  /** Stops the server and keeps its data. `fast` ends sessions, `immediate` crashes it. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
  /** Starts it again on the same port. Fails with the end of the server's log. */
  start(): Promise<void>;
  /** Applies what is given and keeps the rest; new connections see it when this returns. */
  reload(change: PostgresConfiguration): Promise<void>;
  /** Stops it and removes its data. */
  dispose(): Promise<void>;
  /** The end of the server's log. */
  log(): string;
}

/** How long the server may take to start or stop, milliseconds. */
const patience = 30_000;
const logLimit = 16_384;

const deadline = <T>(promise: Promise<T>, what: string, log: () => string): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${patience} ms.\n${log()}`)), patience);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

/** Creates a server in a new temporary directory and starts it. */
export const startPostgres = async (options: PostgresOptions = {}): Promise<PostgresServer> => {
  const binaries = await postgresBinaries();
  const { account } = binaries;
  const superuser = options.superuser ?? {
    name: 'postgres',
    password: randomBytes(18).toString('base64url'),
  };
  let configuration: PostgresConfiguration = options;
  let log = '';
  let child: ChildProcess | undefined;
  const tail = (): string => log.trim().split('\n').slice(-20).join('\n');

  const directory = await mkdtemp(join(binaries.temporary, 'breakwater-postgres-'));
  keepDirectory(directory);
  const remove = async (): Promise<void> => {
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    releaseDirectory(directory);
  };

  /** Resolves when the server's log says `text`; rejects when the server ends first. */
  const said = (server: ChildProcess, text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      let seen = '';
      const done = (): void => {
        server.stderr?.off('data', look);
        server.off('close', ended);
      };
      const look = (chunk: string): void => {
        seen += chunk;
        if (!seen.includes(text)) return;
        done();
        resolve();
      };
      const ended = (): void => {
        done();
        reject(new Error(`PostgreSQL ended by itself:\n${seen.trim() || tail()}`));
      };
      server.stderr?.on('data', look);
      server.on('close', ended);
    });

  const start = async (port: number): Promise<void> => {
    if (child) throw new Error(`PostgreSQL runs already, pid ${child.pid}.`);
    await writeConfiguration(directory, configuration, account);
    log = '';
    const server = spawn(binaries.postgres, ['-D', directory, '-p', String(port)], {
      ...account,
      cwd: directory,
      // Its own session: Ctrl-C in the terminal is for the twin, which then stops its servers in order.
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { LC_ALL: 'C', TZ: 'UTC' },
    });
    const { pid } = server;
    if (pid !== undefined) keepProcess(pid, 'SIGQUIT');
    server.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      log = `${log}${chunk}`.slice(-logLimit);
    });
    server.on('error', (error) => {
      log = `${log}${error}\n`;
    });
    server.on('close', () => {
      if (pid !== undefined) releaseProcess(pid);
      if (child === server) child = undefined;
    });
    child = server;
    await deadline(
      said(server, 'database system is ready to accept connections'),
      'PostgreSQL: starting',
      tail,
    ).catch(async (error) => {
      await stop('immediate');
      throw error;
    });
    server.unref();
    (server.stderr as unknown as { unref(): void }).unref();
  };

  const stop = async (mode: 'fast' | 'immediate' = 'fast'): Promise<void> => {
    const server = child;
    if (!server) return;
    const ended = once(server, 'close');
    server.ref();
    server.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
    await deadline(ended, 'PostgreSQL: stopping', tail).catch(async () => {
      server.kill('SIGKILL');
      await ended;
    });
  };

  const startOnFreePort = async (): Promise<number> => {
    for (let attempt = 1; ; attempt += 1) {
      const port = options.port ?? (await freePort());
      try {
        await start(port);
        return port;
      } catch (error) {
        // Another program may have taken the port between our look and the server's own.
        const taken = String(error).includes('Address already in use');
        if (!taken || options.port !== undefined || attempt === 5) throw error;
      }
    }
  };

  try {
    await chmod(directory, 0o700);
    if (account) await chown(directory, account.uid, account.gid);
    await initializeDataDirectory(binaries, directory, superuser);
    const port = await startOnFreePort();
    return {
      host: '127.0.0.1',
      port,
      superuser,
      directory,
      pid: () => child?.pid,
      stop,
      start: () => start(port),
      reload: async (change) => {
        configuration = { ...configuration, ...change };
        await writeConfiguration(directory, configuration, account);
        if (!child) return;
        const reloaded = said(child, 'received SIGHUP, reloading configuration files');
        child.kill('SIGHUP');
        await deadline(reloaded, 'PostgreSQL: reloading', tail);
      },
      dispose: async () => {
        await stop('immediate');
        await remove();
      },
      log: tail,
    };
  } catch (error) {
    await remove();
    throw error;
  }
};
