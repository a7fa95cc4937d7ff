import { describe, expect, test } from '@jest/globals';
import { commandOf, endpointOf, evaluatePaths, type Network } from '../../../../core/network/index.ts';
import { all, change, entries, rules, written } from './written-network.ts';

const tcp5432 = { protocol: 'tcp', port: 5432 } as const;

/** Two clients, and the database with its standby in the other zone. */
const network = (...edits: Parameters<typeof all>): Network =>
  all(
    (before) => ({
      ...before,
      subnets: [
        ...before.subnets,
        {
          ...{ id: 'subnet-data-b', cidrs: ['10.0.4.0/24'], zone: 'az-b', tier: 'data' },
          ...{ acl: 'acl-data', routeTable: 'rtb-data' },
        },
      ],
      interfaces: [
        ...before.interfaces,
        {
          ...{ id: 'eni-standby', subnet: 'subnet-data-b', addresses: ['10.0.4.10'] },
          ...{ groups: ['sg-db'], publicAddress: false },
        },
      ],
    }),
    ...edits,
  )(written());

const evaluate = (of: Network) => {
  const ends = (ids: string[]) =>
    ids.flatMap((id) => of.interfaces.filter((one) => one.id === id).map((one) => endpointOf(one)));
  return evaluatePaths(of, ends(['eni-a', 'eni-b']), ends(['eni-db', 'eni-standby']), tcp5432);
};

describe('several clients and targets', () => {
  test('are all open where nothing blocks', () => {
    expect(evaluate(network())).toMatchObject({ state: 'open', findings: [], changes: [] });
    expect(evaluate(network()).verdicts).toHaveLength(4);
    expect(evaluate(network()).pattern).toBeUndefined();
  });

  test('that all fail for one reason have one finding and one change', () => {
    const verdict = evaluate(network(rules('sg-db', 'ingress')));
    expect(verdict.state).toBe('blocked');
    expect(verdict.findings).toHaveLength(1);
    expect(verdict.changes).toHaveLength(1);
    expect(verdict.pattern).toBeUndefined();
  });

  test('that fail from one subnet only point at it', () => {
    const verdict = evaluate(network(entries('acl-data', 'ingress', '100 allow tcp/5432 10.0.1.0/24')));
    expect(verdict.pattern).toBe('2 of 4 paths fail, exactly those from subnet-b (client b) in az-b');
    expect(verdict.findings).toHaveLength(1);
  });

  test('that fail towards one subnet only point at it', () => {
    const verdict = evaluate(
      network(
        (before) => ({ ...before, acls: [...before.acls, { id: 'acl-closed', entries: [] }] }),
        change('subnets', 'subnet-data-b', { acl: 'acl-closed' }),
      ),
    );
    expect(verdict.pattern).toBe('2 of 4 paths fail, exactly those to subnet-data-b in az-b');
    // Nothing else is wrong there: port and answers for each of two clients.
    expect(
      verdict.changes
        .map(commandOf)
        .map((command) => /--(\w+gress) --rule-number (\d+).*-block (\S+)/.exec(command)?.slice(1)),
    ).toEqual([
      ['ingress', '100', '10.0.1.0/24'],
      ['egress', '100', '10.0.1.0/24'],
      ['ingress', '110', '10.0.2.0/24'],
      ['egress', '110', '10.0.2.0/24'],
    ]);
  });

  test('that fail here and there are counted', () => {
    const verdict = evaluate(
      network(
        entries('acl-data', 'ingress', '100 allow tcp/5432 10.0.1.0/24'),
        change('interfaces', 'eni-standby', { groups: ['sg-web'] }),
      ),
    );
    expect(verdict.pattern).toBe('3 of 4 paths fail');
  });

  test('put what is closed before what fails now and then', () => {
    const verdict = evaluate(
      network(
        entries('acl-data', 'egress', '100 allow tcp/1024-32767 10.0.1.0/24', '110 allow all 10.0.2.0/24'),
        entries('acl-data', 'ingress', '100 allow tcp/5432 10.0.1.0/24'),
      ),
    );
    expect(verdict.state).toBe('blocked');
    expect(verdict.findings.map(({ intermittent }) => intermittent ?? false)).toEqual([false, true]);
  });
});
