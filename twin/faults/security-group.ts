import type { GroupRule } from '../../core/network/index.ts';
import type { FaultDefinition } from './fault.ts';
import { databaseIn } from './network-parts.ts';

export const securityGroup: FaultDefinition = {
  doc: 'Injected: EC2 describes the security group of the database without its inbound rules. No packet is dropped here; only the network-path probe sees it.',
  driven: false,
  parts: [],
  minutes: 15,
  breaks: ['configuration-changed-by-hand'],
  cause: 'SECURITY_GROUP_BLOCKS',
  inject: async ({ network: state, changes }) => {
    const { groups: carried } = databaseIn(state.network);
    const removed = new Map<string, GroupRule[]>(
      state.network.groups.filter(({ id }) => carried.includes(id)).map(({ id, ingress }) => [id, ingress]),
    );
    const set = (ingressOf: (id: string) => GroupRule[]): void => {
      const { network } = state;
      const groups = network.groups.map((group) =>
        removed.has(group.id) ? { ...group, ingress: ingressOf(group.id) } : group,
      );
      state.network = { ...network, groups };
    };
    const record = async (eventName: string): Promise<void> => {
      for (const groupId of removed.keys())
        await changes.record({ service: 'ec2', eventName, requestParameters: { groupId } });
    };
    set(() => []);
    await record('RevokeSecurityGroupIngress');
    return async () => {
      set((id) => removed.get(id) ?? []);
      await record('AuthorizeSecurityGroupIngress');
    };
  },
};
