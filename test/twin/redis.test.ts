import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { budgetOf } from '../../core/checks/index.ts';
import { converse } from '../../core/checks/redis-command.ts';
import { type CertificateAuthority, createCertificateAuthority } from '../../twin/certificates.ts';
import { type FaultTarget, faultNames, faults } from '../../twin/faults/index.ts';
import { findRedis, freePort, type RedisServer, startRedis } from '../../twin/servers/index.ts';
import { eventually } from './eventually.ts';

const token = 'a-token-of-16-letters-or-more';

/** State of a process in Linux: `T` stands still. */
const stateOf = (pid: number | undefined): string =>
  readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\) /s, '')[0] ?? '';

test.each(faultNames.filter((name) => name.startsWith('redis-')))(
  '%s says so where the stack has no cache',
  async (name) => {
    await expect(faults[name].inject({ cache: undefined } as FaultTarget)).rejects.toThrow(
      'needs a cache, and the stack that runs here has none',
    );
  },
);

(findRedis() ? describe : describe.skip)('a Redis of the twin', () => {
  let authority: CertificateAuthority;
  let server: RedisServer;

  beforeAll(async () => {
    authority = await createCertificateAuthority();
    const certificate = await authority.issue({ names: ['localhost'] });
    server = await startRedis({ program: findRedis() ?? '', port: await freePort(), certificate, token });
  });
  afterAll(() => server?.dispose());

  /** A session that has sent the token; `undefined` stands for the answer when it was let in. */
  const session = async () => {
    const socket = connect({ port: server.port, host: 'localhost', ca: authority.certificatePem });
    socket.on('error', () => undefined);
    const talk = converse(socket);
    const ask = async (...words: string[]) => {
      const reply = await talk.ask(words, budgetOf(5_000));
      return reply.ok ? undefined : reply.failure.cause;
    };
    return { socket, ask, first: await ask('AUTH', token) };
  };

  test('disconnects whoever came in with the old token, and knows the new one after a start too', async () => {
    const { socket, first } = await session();
    expect(first).toBeUndefined();
    await server.reload({ token: 'another-token-of-16-letters' });
    await eventually(() => socket.destroyed);
    expect((await session()).first).toBe('PASSWORD_REJECTED');
    await server.stop();
    await server.start();
    expect((await session()).first).toBe('PASSWORD_REJECTED');
    await server.reload({ token });
    const after = await session();
    expect(after.first).toBeUndefined();
    after.socket.destroy();
  });

  test('refuses writes at its limit, keeps its sessions, and takes writes again without the limit', async () => {
    const { socket, ask } = await session();
    expect(await ask('SET', 'key', 'value')).toBeUndefined();
    await server.reload({ maxMemory: 1 });
    expect([await ask('PING'), await ask('SET', 'key', 'value')]).toEqual([undefined, 'OUT_OF_MEMORY']);
    await server.reload({ maxMemory: 0 });
    expect(await ask('SET', 'key', 'value')).toBeUndefined();
    socket.destroy();
  });

  test('is told nothing while it stands still', async () => {
    server.suspend();
    await expect(server.reload({ maxMemory: 1 })).rejects.toThrow('stands still');
    server.resume();
    const { socket, first, ask } = await session();
    expect([first, await ask('SET', 'key', 'value')]).toEqual([undefined, undefined]);
    socket.destroy();
  });

  test('stops at once although it stands still, and is awake after the next start', async () => {
    server.suspend();
    await eventually(() => stateOf(server.pid()) === 'T');
    const began = performance.now();
    await server.stop();
    // Otherwise it is killed after 10 s.
    expect(performance.now() - began).toBeLessThan(8_000);
    await server.start();
    await server.reload({ maxMemory: 0 });
  });
});
