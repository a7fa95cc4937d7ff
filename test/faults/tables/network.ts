/** Faults of the way to a server, the same for every dependency: what can be had without root. */
import type { Check, Dependency } from '../../../core/checks/index.ts';
import { type BlackHole, openBlackHole } from '../../fixtures/black-hole.ts';
import { scriptedServer } from '../../fixtures/scripted-server.ts';
import type { Fault, World } from '../fault.ts';
import { checkAt, dependencies, type Place, token } from '../worlds/places.ts';

export interface NetworkWorld extends World {
  hole: BlackHole;
  /** A port of this machine that refuses. */
  closed: number;
  /** One that resets every connection that it accepts, and one that closes it. */
  resetting: number;
  closing: number;
}

export const startNetworkWorld = async (): Promise<NetworkWorld> => {
  const [closed, resetting, closing] = await Promise.all([
    scriptedServer(),
    scriptedServer((socket) => socket.resetAndDestroy()),
    scriptedServer((socket) => socket.end()),
  ]);
  closed.dispose();
  const hole = await openBlackHole();
  return {
    secrets: [token],
    disposables: [resetting.dispose, closing.dispose, hole.dispose],
    hole,
    closed: closed.port,
    resetting: resetting.port,
    closing: closing.port,
  };
};

interface Row extends Omit<Fault<NetworkWorld>, 'dependency' | 'run'> {
  place(world: NetworkWorld): Place;
}

const rows: readonly Row[] = [
  {
    name: 'a port that nobody listens on',
    cause: 'CONNECTION_REFUSED',
    evidence: { code: 'ECONNREFUSED' },
    toldApart: /not security groups/,
    place: ({ closed }) => ({ port: closed }),
  },
  {
    name: 'a connection attempt that is dropped',
    cause: 'CONNECT_TIMEOUT',
    detail: /no answer within \d+ ms/,
    toldApart: /silent too from source ports \d+ and \d+/,
    place: ({ hole }) => ({ port: hole.port, seconds: 0.3 }),
  },
  {
    name: 'an address that this machine has no route to',
    cause: 'NETWORK_UNREACHABLE',
    evidence: { code: 'ENETUNREACH' },
    // No connection can be made to a group of hosts, so that the system refuses it as it refuses one without a route.
    place: () => ({ host: '224.0.0.1', port: 5432 }),
  },
  {
    name: 'a server that resets what it accepts',
    cause: 'CONNECTION_RESET',
    place: ({ resetting }) => ({ port: resetting }),
  },
  {
    name: 'a proxy that closes what it accepts',
    cause: 'CONNECTION_RESET',
    toldApart: /nothing sent closed/,
    place: ({ closing }) => ({ port: closing }),
  },
];

export const networkFaults: readonly Fault<NetworkWorld>[] = dependencies.flatMap((dependency: Dependency) =>
  rows.map(({ place, ...row }) => ({
    ...row,
    dependency,
    run: (world: NetworkWorld): Promise<Check> => checkAt[dependency](place(world)),
  })),
);
