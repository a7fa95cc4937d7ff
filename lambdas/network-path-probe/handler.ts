import { lookup } from 'node:dns/promises';
import { EC2Client } from '@aws-sdk/client-ec2';
import { logRun, type Report } from '../../core/checks/index.ts';
import { readSettings } from '../../core/settings/index.ts';
import { runNetworkPath } from './run.ts';

const settings = readSettings(process.env, { reader: 'network-path-probe' });
const ec2 = new EC2Client({ maxAttempts: 3 });

/** Every event only means: look now. A schedule sends one, and an alarm that has gone off. */
export const handler = async (): Promise<Report> =>
  logRun(
    await runNetworkPath({
      settings,
      ec2,
      awsOutOfReach: 'fails',
      lookup: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
    }),
    (line) => process.stdout.write(`${line}\n`),
  );
