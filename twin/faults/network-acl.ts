import type { AclEntry } from '../../core/network/index.ts';
import type { FaultDefinition } from './fault.ts';
import { clientGroupOf, databaseIn } from './network-parts.ts';

export const networkAcl: FaultDefinition = {
  doc: 'Injected: EC2 describes an entry in the network ACL of the database that denies answers to one client subnet. No packet is dropped here; only the network-path probe sees it.',
  driven: false,
  parts: [],
  minutes: 15,
  breaks: ['configuration-changed-by-hand'],
  cause: 'NETWORK_ACL_BLOCKS',
  inject: async ({ network: state, changes }) => {
    const before = state.network;
    const database = databaseIn(before);
    const acl = before.subnets.find(({ id }) => id === database.subnet)?.acl;
    const client = before.interfaces.find(({ groups }) => groups.includes(clientGroupOf(before, database)));
    const [cidr] = before.subnets.find(({ id }) => id === client?.subnet)?.cidrs ?? [];
    if (acl === undefined || cidr === undefined) throw new Error('network-acl: no client subnet was found.');
    const entry: AclEntry = {
      ...{ number: 90, direction: 'egress', action: 'deny', protocol: 'tcp', cidr },
      ports: { from: 1024, to: 65_535 },
    };
    const change = (changed: (entries: AclEntry[]) => AclEntry[]): void => {
      const { network } = state;
      const acls = network.acls.map((one) =>
        one.id === acl ? { ...one, entries: changed(one.entries) } : one,
      );
      state.network = { ...network, acls };
    };
    const call = {
      service: 'ec2',
      requestParameters: { networkAclId: acl, ruleNumber: entry.number, egress: true },
    };
    change((entries) => [...entries, entry]);
    await changes.record({ ...call, eventName: 'CreateNetworkAclEntry' });
    return async () => {
      change((entries) => entries.filter((one) => one !== entry));
      await changes.record({ ...call, eventName: 'DeleteNetworkAclEntry' });
    };
  },
};
