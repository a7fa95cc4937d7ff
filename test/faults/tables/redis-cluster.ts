/** Redis: two real nodes in cluster mode, and one alone. */
import { expect } from '@jest/globals';
import type { RedisProcess } from '../../fixtures/redis-process.ts';
import type { Fault } from '../fault.ts';
import type { RedisWorld } from '../worlds/redis-world.ts';

type Row = Omit<Fault<RedisWorld>, 'dependency' | 'needs'>;

const clustered = { 'cluster-enabled': 'yes', 'cluster-require-full-coverage': 'no' };
/** Half of the slots each. */
const halves = [
  [0, 8_191],
  [8_192, 16_383],
] as const;

const until = async (wanted: () => Promise<boolean>): Promise<void> => {
  for (let wait = 0; wait < 200 && !(await wanted()); wait++)
    await new Promise((resolve) => setTimeout(resolve, 50));
};

const info = async (node: RedisProcess): Promise<string> => String(await node.command('CLUSTER', 'INFO'));

/** Two nodes that know each other, each with half of the slots; the first is the one that owns the key. */
const twoNodes = async ({ start }: RedisWorld): Promise<{ owner: RedisProcess; other: RedisProcess }> => {
  const nodes = [await start(clustered), await start(clustered)] as const;
  const slots = ([from, to]: readonly [number, number]) =>
    Array.from({ length: to - from + 1 }, (_, place) => String(from + place));
  for (const [index, node] of nodes.entries())
    await node.command('CLUSTER', 'ADDSLOTS', ...slots(halves[index] ?? halves[0]));
  await nodes[0].command('CLUSTER', 'MEET', '127.0.0.1', String(nodes[1].port));
  await until(async () =>
    (await Promise.all(nodes.map(info))).every(
      (text) => text.includes('cluster_state:ok') && text.includes('cluster_slots_assigned:16384'),
    ),
  );
  const slot = Number(await nodes[0].command('CLUSTER', 'KEYSLOT', 'breakwater:probe'));
  return slot <= halves[0][1] ? { owner: nodes[0], other: nodes[1] } : { owner: nodes[1], other: nodes[0] };
};

const rows: readonly Row[] = [
  {
    name: 'a node of a cluster without slots',
    cause: 'CLUSTER_DOWN',
    evidence: { command: 'SET' },
    run: async ({ start, check }) => check((await start({ 'cluster-enabled': 'yes' })).port),
  },
  {
    name: 'a key that the cluster keeps on another node',
    cause: 'CLUSTER_MODE',
    evidence: { command: 'SET', reply: expect.stringMatching(/^MOVED \d+ 127\.0\.0\.1:\d+$/) },
    run: async (world) => world.check((await twoNodes(world)).other.port),
  },
  {
    name: 'a slot that is moving to another node',
    cause: 'CLUSTER_RESHARDING',
    evidence: { command: 'SET' },
    run: async (world) => {
      const { owner, other } = await twoNodes(world);
      const slot = String(await owner.command('CLUSTER', 'KEYSLOT', 'breakwater:probe'));
      const id = String(await other.command('CLUSTER', 'MYID'));
      await owner.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', id);
      return world.check(owner.port);
    },
  },
  {
    name: 'another logical database than 0 in cluster mode',
    cause: 'CLUSTER_MODE',
    evidence: { command: 'SELECT' },
    run: async ({ start, check }) => {
      const { port } = await start(clustered);
      const REDIS_URL = `redis://127.0.0.1:${port}/2`;
      return check(port, { REDIS_HOST: '', REDIS_PORT: '', REDIS_TLS_ENABLED: '', REDIS_URL });
    },
  },
];

export const redisClusterFaults: readonly Fault<RedisWorld>[] = rows.map((row) => ({
  ...row,
  dependency: 'redis',
  needs: 'redis-server',
}));
