import { EC2Client } from '@aws-sdk/client-ec2';
import type { Network } from '../../core/network/index.ts';
import { type AwsEndpoint, ec2Operations, startAwsEndpoint } from '../../twin/aws/index.ts';

type Operations = ReturnType<typeof ec2Operations>;

export interface Ec2Fixture {
  client: EC2Client;
  /** Calls in order, with the number of each. */
  calls: string[];
  endpoint: AwsEndpoint;
  close(): Promise<void>;
}

/** The real client of EC2, and a server that describes a network to it in pages of two. */
export const describedNetwork = async (
  network: Network,
  replaced: Partial<Operations> = {},
): Promise<Ec2Fixture> => {
  const calls: string[] = [];
  const operations = { ...ec2Operations({ network }, 2), ...replaced };
  const counted = Object.fromEntries(
    Object.entries(operations).map(([name, operation]) => [
      name,
      (input: Record<string, unknown>) => {
        calls.push(name);
        return operation?.(input) ?? {};
      },
    ]),
  );
  const endpoint = await startAwsEndpoint({ secretsManager: {}, rds: {}, ecs: {}, ec2: counted });
  const client = new EC2Client({
    endpoint: endpoint.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    maxAttempts: 1,
  });
  return {
    client,
    calls,
    endpoint,
    close: async () => {
      client.destroy();
      await endpoint.close();
    },
  };
};
