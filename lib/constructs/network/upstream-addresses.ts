import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { discoveryDomain, type Environment } from '../../environments/index.ts';

/** TCP ports of the upstreams that run inside the VPC, by their discovery names. */
export const internalUpstreamPorts = (environment: Environment): number[] => {
  const inside = Object.values(environment.upstreams)
    .map((address) => new URL(address))
    .filter(({ hostname }) => hostname.endsWith(`.${discoveryDomain(environment)}`));
  return inside.map(({ port, protocol }) => Number(port) || (protocol === 'https:' ? 443 : 80));
};

/**
 * Refuses upstreams that this network cannot reach.
 * @throws RangeError for a discovery name of another environment, plain http to the outside, or an outside
 * address where there is no way out
 */
export const checkUpstreams = (environment: Environment): void => {
  const domain = discoveryDomain(environment);
  const problems = Object.entries(environment.upstreams).flatMap(([name, address]) => {
    if (!URL.canParse(address)) return [`${name}: '${address}' is no URL; write it like https://host`];
    const { hostname, protocol, port } = new URL(address);
    if (hostname.endsWith(`.${domain}`)) return [];
    if (hostname.endsWith('.local')) {
      return [`${name}: '${hostname}' is not under ${domain}, the only private names of this environment`];
    }
    if (environment.network.egress === 'endpoints') {
      return [`${name}: '${hostname}' is outside, and endpoints give no way out; use a name under ${domain}`];
    }
    return protocol === 'https:' && port === ''
      ? []
      : [`${name}: '${address}' is outside the VPC; only https on port 443 may leave it`];
  });
  if (problems.length > 0) {
    throw new RangeError(
      `The upstreams of ${environment.name} cannot be reached:\n  ${problems.join('\n  ')}`,
    );
  }
};

export interface UpstreamAddressesProps {
  /** First part of the names of the parameters: `/{path}/mlflow/tracking-uri`. */
  path: string;
  mlflow: string;
  auth: string;
}

/** The addresses of MLflow and auth, published once; tasks and probes refer to them. */
export class UpstreamAddresses extends Construct {
  readonly mlflow: string;
  readonly auth: string;

  constructor(scope: Construct, id: string, { path, mlflow, auth }: UpstreamAddressesProps) {
    super(scope, id);
    this.mlflow = new StringParameter(this, 'Mlflow', {
      parameterName: `/${path}/mlflow/tracking-uri`,
      description: 'Address of the MLflow server',
      stringValue: mlflow,
    }).stringValue;
    this.auth = new StringParameter(this, 'Auth', {
      parameterName: `/${path}/auth/url`,
      description: 'Address of the auth service',
      stringValue: auth,
    }).stringValue;
  }
}
