/** A network of its own on this machine, with routes that fail as those of a VPC do. Takes root. */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from '../../../core/checks/index.ts';
import type { Answer } from '../../fixtures/name-server.ts';
import type { World } from '../fault.ts';

const root = new URL('../../../', import.meta.url).pathname;

/** Name that the name server of the namespace is asked for. */
export const hostName = 'server.example';

/** Addresses by what becomes of a packet to them. */
export const addresses = {
  unreachable: '10.9.1.1',
  prohibited: '10.9.2.1',
  blackHoleRoute: '10.9.3.1',
  noRoute: '10.9.4.1',
  dropped: '10.9.5.1',
  deadNextHop: '10.9.6.2',
  /** A server that is there, for packets from some source ports only. */
  partlyDropped: '10.9.7.2',
} as const;

/** A next hop that forwards nothing. */
const lost = '10.9.5.253';

const peerPort = 5_432;

export interface NetworkNamespace extends World {
  /** The connectivity probe in the namespace, every dependency at this host. */
  probe(host: string): Promise<Report>;
  /** Runs with a name server that answers this, or with none. */
  withNameServer<T>(answer: Answer | undefined, work: () => Promise<T>): Promise<T>;
  /** What the hosts file of the namespace says. */
  writeHosts(text: string): void;
}

const ip = (...args: string[]): void => {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'inherit'] });
};

const started = async (child: ChildProcess): Promise<void> => {
  if (child.stdout) await once(child.stdout, 'data');
};

const build = (name: string, peer: string): void => {
  ip('netns', 'add', name);
  ip('netns', 'add', peer);
  const here = (...args: string[]) => ip('-n', name, ...args);
  here('link', 'set', 'lo', 'up');
  here('route', 'add', 'unreachable', '10.9.1.0/24');
  here('route', 'add', 'prohibit', '10.9.2.0/24');
  here('route', 'add', 'blackhole', '10.9.3.0/24');
  // A cable whose other end has no address: nobody answers who has 10.9.6.2. Where the answer is written down
  // beforehand, packets are sent and get lost.
  here('link', 'add', 'cable', 'type', 'veth', 'peer', 'name', 'loose');
  here('addr', 'add', '10.9.5.254/24', 'dev', 'cable');
  here('addr', 'add', '10.9.6.1/24', 'dev', 'cable');
  for (const device of ['cable', 'loose']) here('link', 'set', device, 'up');
  for (const neighbour of [addresses.dropped, lost])
    here('neigh', 'add', neighbour, 'lladdr', '02:00:00:00:00:01', 'dev', 'cable');
  ip('netns', 'exec', name, 'sh', '-c', 'echo 50 > /proc/sys/net/ipv4/neigh/cable/retrans_time_ms');
  // Another machine; from the ports that Linux chooses, packets to it get lost.
  here('link', 'add', 'wire', 'type', 'veth', 'peer', 'name', 'wire', 'netns', peer);
  here('addr', 'add', '10.9.7.1/24', 'dev', 'wire');
  here('link', 'set', 'wire', 'up');
  ip('-n', peer, 'addr', 'add', `${addresses.partlyDropped}/24`, 'dev', 'wire');
  ip('-n', peer, 'link', 'set', 'wire', 'up');
  here('route', 'add', 'default', 'via', lost, 'dev', 'cable', 'table', '100');
  here(
    'rule',
    'add',
    'ipproto',
    'tcp',
    'sport',
    '32768-60999',
    'to',
    addresses.partlyDropped,
    'lookup',
    '100',
  );
};

const listener = `require('node:net').createServer().listen(${peerPort},'0.0.0.0',()=>process.stdout.write('up'))`;

const settings = (host: string): Record<string, string> => ({
  DATABASE_HOST: host,
  DATABASE_NAME: 'mlflow_db',
  DATABASE_USER: 'mlflow',
  DATABASE_PASSWORD: 'x',
  DATABASE_CONNECT_TIMEOUT: '1',
  REDIS_ENABLED: 'true',
  REDIS_HOST: host,
  REDIS_PORT: String(peerPort),
  REDIS_CONNECT_TIMEOUT: '1',
  MLFLOW_TRACKING_URI: `http://${host}:${peerPort}`,
  HEALTH_QUERY_TIMEOUT: '1',
  HEALTH_CHECK_TIMEOUT: '1',
  AUTH_SERVICE_URL: `http://${host}:${peerPort}`,
  AUTH_SERVICE_TIMEOUT: '1',
  DNS_TIMEOUT: '2',
  PROBE_DEADLINE: '4',
});

export const startNetworkNamespace = async (): Promise<NetworkNamespace> => {
  const name = `breakwater-${process.pid}`;
  const peer = `${name}-peer`;
  const etc = join('/etc/netns', name);
  const disposables: World['disposables'] = [
    () => rmSync(etc, { recursive: true, force: true }),
    () => ip('netns', 'del', name),
    () => ip('netns', 'del', peer),
  ];
  mkdirSync(etc, { recursive: true });
  writeFileSync(join(etc, 'resolv.conf'), 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n');
  const writeHosts = (text: string) => writeFileSync(join(etc, 'hosts'), `127.0.0.1 localhost\n${text}\n`);
  writeHosts('');
  try {
    build(name, peer);
  } catch (error) {
    for (const dispose of disposables.reverse()) dispose();
    throw error;
  }
  const server = spawn('ip', ['netns', 'exec', peer, process.execPath, '-e', listener]);
  disposables.push(() => server.kill('SIGKILL'));
  await started(server);
  return {
    secrets: [],
    disposables,
    writeHosts,
    probe: (host) =>
      new Promise((resolve, reject) => {
        const args = ['netns', 'exec', name, process.execPath, 'bin/probe.ts', 'connectivity', '--json'];
        const env = { PATH: process.env.PATH, AWS_EC2_METADATA_DISABLED: 'true', ...settings(host) };
        execFile('ip', args, { cwd: root, env }, (_error, stdout, stderr) =>
          stdout === '' ? reject(new Error(stderr)) : resolve(JSON.parse(stdout) as Report),
        );
      }),
    withNameServer: async (answer, work) => {
      if (answer === undefined) return work();
      const program = 'test/fixtures/name-server.ts';
      const args = ['netns', 'exec', name, process.execPath, program, JSON.stringify(answer)];
      const child = spawn('ip', args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
      await started(child);
      try {
        return await work();
      } finally {
        child.kill('SIGKILL');
        await once(child, 'close');
      }
    },
  };
};
