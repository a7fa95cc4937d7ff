import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  contains,
  flows,
  groupParties,
  mayTalk,
  type NetworkPorts,
  networkAclEntries,
  overlaps,
  type Party,
  parseCidr,
  parties,
  securityGroupRules,
} from '../../../core/network/index.ts';

const ports: NetworkPorts = {
  database: 5432,
  cache: 6379,
  service: 8001,
  listeners: [80, 443],
  upstreams: [5000, 8000],
  endpoints: true,
};
const withoutCache: NetworkPorts = { ...ports };
delete withoutCache.cache;

const subnets = { client: ['10.0.3.0/24', '10.0.4.0/24'], data: ['10.0.6.0/24', '10.0.7.0/24'] };

describe('ranges', () => {
  test('a range knows its first and last address', () => {
    expect(parseCidr('10.0.0.0/8')).toEqual({ first: 167_772_160, last: 184_549_375 });
    expect(parseCidr('0.0.0.0/0')).toEqual({ first: 0, last: 4_294_967_295 });
    expect(parseCidr('255.255.255.255/32')).toEqual({ first: 4_294_967_295, last: 4_294_967_295 });
  });

  test.each(['10.0.0.0', '10.0.0.0/33', '10.0.0.256/32', '10.0.0.1/24', 'fd00::/8', '', '10.0.0.0/x'])(
    "'%s' is refused by name",
    (text) => {
      expect(() => parseCidr(text)).toThrow(`'${text}'`);
    },
  );

  test('what contains another overlaps it, and overlap has no direction', () => {
    const cidr = fc
      .tuple(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 0, max: 32 }))
      .map(([address, length]) => {
        const first = address - (address % 2 ** (32 - length));
        const octets = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256);
        return `${octets.join('.')}/${length}`;
      });
    fc.assert(
      fc.property(cidr, cidr, (one, other) => {
        expect(overlaps(one, other)).toBe(overlaps(other, one));
        expect(overlaps(one, other)).toBe(contains(one, other) || contains(other, one));
      }),
    );
  });
});

describe('who may talk to whom', () => {
  const list = flows(ports);

  test('the database and the cache are reached by clients only, and reach nobody', () => {
    for (const party of Object.keys(parties) as Party[]) {
      expect(mayTalk(list, party, 'database', 5432)).toBe(party === 'client');
      expect(mayTalk(list, party, 'cache', 6379)).toBe(party === 'client');
    }
    expect(list.filter(({ from }) => from === 'database' || from === 'cache')).toEqual([]);
  });

  test('the internet reaches the load balancer only, on its listeners', () => {
    expect(list.filter(({ from }) => from === 'internet').map(({ to, port }) => `${to} ${port}`)).toEqual([
      'load-balancer 80',
      'load-balancer 443',
    ]);
  });

  test('without a cache nobody talks to one', () => {
    expect(flows(withoutCache).filter(({ to }) => to === 'cache')).toEqual([]);
  });

  test('an upstream port that occurs twice is one flow', () => {
    const twice = flows({ ...ports, upstreams: [5000, 5000] });
    expect(twice.filter(({ to }) => to === 'upstreams')).toHaveLength(1);
  });

  test.each([0, 65_536, 1.5, Number.NaN])('port %s is refused', (port) => {
    expect(() => flows({ ...ports, database: port })).toThrow(`Port ${port} from client to database`);
  });
});

describe('security group rules', () => {
  const rules = securityGroupRules(flows(ports), '10.0.0.0/16');

  test('every flow has an egress rule at its client and an ingress rule at its server, where they have groups', () => {
    for (const { from, to, port } of flows(ports)) {
      const at = (direction: string, group: string) =>
        rules.filter((rule) => rule.direction === direction && rule.group === group && rule.port === port);
      if (parties[from].group) expect(at('egress', from).length).toBeGreaterThan(0);
      if (parties[to].group) expect(at('ingress', to).length).toBeGreaterThan(0);
    }
  });

  test('the database admits a group, never an address', () => {
    expect(rules.filter(({ group, direction }) => group === 'database' && direction === 'ingress')).toEqual([
      expect.objectContaining({ peer: { group: 'client' }, port: 5432 }),
    ]);
    expect(rules.filter(({ group, direction }) => group === 'database' && direction === 'egress')).toEqual(
      [],
    );
  });

  test('upstreams are the range of the VPC, and only https leaves it', () => {
    const outward = rules.filter((rule) => rule.group === 'client' && rule.direction === 'egress');
    const addresses = outward.flatMap(({ peer, port }) => ('cidr' in peer ? [`${peer.cidr} ${port}`] : []));
    expect(addresses).toEqual(['10.0.0.0/16 5000', '10.0.0.0/16 8000', '0.0.0.0/0 443']);
  });

  test('no rule names a party that has no group', () => {
    for (const { group, peer } of rules) {
      expect(groupParties).toContain(group);
      if ('group' in peer) expect(groupParties).toContain(peer.group);
    }
  });
});

describe('network ACL entries of the data subnets', () => {
  const entries = networkAclEntries(flows(ports), subnets);

  test('the clients come in on the server ports, and the answers go out to their ephemeral ports', () => {
    const text = entries.map((e) => `${e.direction} ${e.number} ${e.cidr} ${e.fromPort}-${e.toPort}`);
    expect(text).toEqual([
      'ingress 100 10.0.3.0/24 5432-5432',
      'ingress 110 10.0.4.0/24 5432-5432',
      'ingress 120 10.0.3.0/24 6379-6379',
      'ingress 130 10.0.4.0/24 6379-6379',
      'egress 100 10.0.3.0/24 1024-65535',
      'egress 110 10.0.4.0/24 1024-65535',
    ]);
  });

  test('no entry is wider than the client subnets', () => {
    for (const { cidr } of entries)
      expect(subnets.client.some((client) => contains(client, cidr))).toBe(true);
  });

  test('client and data ranges that overlap are refused, both named', () => {
    expect(() => networkAclEntries(flows(ports), { ...subnets, client: ['10.0.6.0/23'] })).toThrow(
      '10.0.6.0/23 overlaps the data range 10.0.6.0/24',
    );
  });

  test('more entries than AWS takes are refused', () => {
    const client = Array.from({ length: 11 }, (_, index) => `10.1.${index}.0/24`);
    expect(() => networkAclEntries(flows(ports), { ...subnets, client })).toThrow('need 22 ingress entries');
  });
});
