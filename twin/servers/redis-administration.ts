import { Redis } from 'ioredis';
import { socketPath } from './redis-configuration.ts';

export type RedisCommand = readonly [name: string, ...words: string[]];

/** How long one command may take, milliseconds. */
const patience = 5_000;

/** Runs commands one after the other on the server's own Unix socket, in a session of their own; gives their answers. */
export const administer = async (
  directory: string,
  token: string,
  commands: readonly RedisCommand[],
): Promise<unknown[]> => {
  const client = new Redis({
    path: socketPath(directory),
    password: token,
    lazyConnect: true,
    enableReadyCheck: false,
    connectTimeout: patience,
    commandTimeout: patience,
    retryStrategy: () => null,
  });
  // It is told again by the call that fails.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const answers: unknown[] = [];
    for (const [name, ...words] of commands) answers.push(await client.call(name, ...words));
    return answers;
  } finally {
    client.disconnect();
  }
};
