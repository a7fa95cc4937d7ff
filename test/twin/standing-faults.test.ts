import { describe, expect, test } from '@jest/globals';
import {
  createStandingFaults,
  type FaultDefinition,
  type FaultTarget,
  type Part,
} from '../../twin/faults/index.ts';
import { together } from '../../twin/faults/together.ts';

/** A server that several may stop, and of which some change what only a running one takes. */
const scene = () => {
  const said: string[] = [];
  const server = { runs: true, login: true };
  const broken = new Set<string>();
  const define = (
    name: string,
    parts: readonly Part[],
    [inject, lift]: [() => void, () => void],
  ): FaultDefinition => ({
    ...{ doc: '', driven: true, breaks: [], parts },
    inject: async () => {
      inject();
      said.push(`+${name}`);
      return async () => {
        if (broken.has(name)) throw new Error('it does not let go');
        lift();
        said.push(`-${name}`);
      };
    },
  });
  const needsServer = (login: boolean) => (): void => {
    if (!server.runs) throw new Error('the server does not run');
    server.login = login;
  };
  const stopped = (runs: boolean) => (): void => {
    server.runs = runs;
  };
  const nothing = (): void => undefined;
  const stop = define('stop', ['database'], [stopped(false), stopped(true)]);
  const password = define('password', ['database'], [needsServer(false), needsServer(true)]);
  const definitions = {
    ...{ stop, password, both: together(stop, password) },
    redis: define('redis', ['redis'], [nothing, nothing]),
    letter: define('letter', ['database', 'redis'], [nothing, nothing]),
    alone: define('alone', [], [nothing, nothing]),
  };
  const faults = createStandingFaults(definitions, {} as FaultTarget);
  return { faults, said, server, broken };
};

describe('faults that stand at the same time', () => {
  test('are there once, and gone once', async () => {
    const { faults, said } = scene();
    await Promise.all([faults.inject('stop'), faults.inject('stop')]);
    expect([said, faults.names()]).toEqual([['+stop'], ['stop']]);
    await Promise.all([faults.lift('stop'), faults.lift('stop')]);
    expect([said, faults.names()]).toEqual([['+stop', '-stop'], []]);
  });

  test('of one part: the one below is lifted, and the one above stands again', async () => {
    const { faults, server } = scene();
    await faults.inject('password');
    await faults.inject('stop');
    await faults.lift('password');
    expect([faults.names(), server]).toEqual([['stop'], { runs: false, login: true }]);
    await faults.lift('stop');
    expect([faults.names(), server]).toEqual([[], { runs: true, login: true }]);
  });

  test('of one part: what the one above made whole is broken again for the one below', async () => {
    const { faults, server } = scene();
    await faults.inject('both');
    await faults.inject('stop');
    await faults.lift('stop');
    expect([faults.names(), server]).toEqual([['both'], { runs: false, login: false }]);
    await faults.lift('both');
    expect([faults.names(), server]).toEqual([[], { runs: true, login: true }]);
  });

  test('of other parts are left alone, but for those that hang together', async () => {
    const { faults, said } = scene();
    for (const name of ['alone', 'redis', 'stop'] as const) await faults.inject(name);
    said.length = 0;
    await faults.lift('stop');
    expect(said).toEqual(['-stop']);
    await faults.inject('letter');
    said.length = 0;
    await faults.lift('redis');
    expect(said).toEqual(['-letter', '-redis', '+letter']);
    expect(faults.names()).toEqual(['alone', 'letter']);
  });

  test('that cannot be injected over another say which one, and nothing is left of them', async () => {
    const { faults, server } = scene();
    await faults.inject('stop');
    await expect(faults.inject('password')).rejects.toThrow(
      'the server does not run. Already broken there: stop; lift that first, and inject it afterwards.',
    );
    await expect(faults.inject('both')).rejects.toThrow('Already broken there: stop');
    await faults.lift('stop');
    expect([faults.names(), server]).toEqual([[], { runs: true, login: true }]);
  });

  test('that cannot be lifted still stand, and can be lifted later', async () => {
    const { faults, server, broken } = scene();
    await faults.inject('both');
    broken.add('password');
    await expect(faults.lift('both')).rejects.toThrow('both could not be lifted: it does not let go');
    expect([faults.names(), server.runs]).toEqual([['both'], true]);
    broken.clear();
    await faults.lift('both');
    expect([faults.names(), server]).toEqual([[], { runs: true, login: true }]);
  });

  test('are injected again when one below them cannot be lifted', async () => {
    const { faults, said, broken } = scene();
    await faults.inject('redis');
    await faults.inject('letter');
    broken.add('redis');
    said.length = 0;
    await expect(faults.lift('redis')).rejects.toThrow('redis could not be lifted');
    expect([said, faults.names()]).toEqual([
      ['-letter', '+letter'],
      ['redis', 'letter'],
    ]);
  });
});
