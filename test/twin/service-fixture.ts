import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecrets } from '../../twin/aws/index.ts';
import type { Foundation } from '../../twin/foundation.ts';
import { type Service, startService } from '../../twin/service/index.ts';
import { createCleanups } from '../../twin/stopping.ts';
import type { Properties } from '../../twin/template/index.ts';
import { createFixture, type Fixture } from './template-fixture.ts';

interface Resource {
  Type: string;
  Properties: Properties;
}

/** A service behind a load balancer, as small as the twin takes it. */
export const serviceTemplate: Record<string, Resource> = {
  Instance: { Type: 'AWS::RDS::DBInstance', Properties: {} },
  Secret: {
    Type: 'AWS::SecretsManager::Secret',
    Properties: { Name: 'app', SecretString: '{"password":"p@ss"}' },
  },
  Task: {
    Type: 'AWS::ECS::TaskDefinition',
    Properties: {
      Family: 'api',
      ContainerDefinitions: [
        { Name: 'collector' },
        {
          Name: 'api',
          StopTimeout: 1,
          Environment: [
            { Name: 'API_PORT', Value: '8001' },
            { Name: 'DATABASE_HOST', Value: { 'Fn::GetAtt': ['Instance', 'Endpoint.Address'] } },
          ],
          Secrets: [
            {
              Name: 'DATABASE_PASSWORD',
              ValueFrom: { 'Fn::Join': ['', [{ Ref: 'Secret' }, ':password::']] },
            },
          ],
        },
      ],
    },
  },
  Balancer: { Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer', Properties: { Name: 'front' } },
  Group: {
    Type: 'AWS::ElasticLoadBalancingV2::TargetGroup',
    Properties: {
      Name: 'tasks',
      Protocol: 'HTTP',
      HealthCheckPath: '/health/alb',
      HealthCheckIntervalSeconds: 0.1,
      HealthCheckTimeoutSeconds: 0.5,
      HealthyThresholdCount: 2,
      UnhealthyThresholdCount: 2,
    },
  },
  Listener: {
    Type: 'AWS::ElasticLoadBalancingV2::Listener',
    Properties: {
      LoadBalancerArn: { Ref: 'Balancer' },
      Protocol: 'HTTP',
      Port: 80,
      DefaultActions: [{ Type: 'forward', TargetGroupArn: { Ref: 'Group' } }],
    },
  },
  Service: {
    Type: 'AWS::ECS::Service',
    Properties: {
      TaskDefinition: { Ref: 'Task' },
      LoadBalancers: [{ ContainerName: 'api', ContainerPort: 8001, TargetGroupArn: { Ref: 'Group' } }],
    },
  },
};

/** What the twin sets for every bundle. */
export const twinEnvironment = {
  AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
  AWS_ACCESS_KEY_ID: 'twin',
  AWS_SECRET_ACCESS_KEY: 'twin',
  DATABASE_SSL_ROOT_CERT: '/ca.pem',
  NODE_EXTRA_CA_CERTS: '',
};

export interface StartedService {
  service: Service;
  fixture: Fixture;
  progress: string[];
  stop(): Promise<void>;
}

/** Starts a program in the place of the service's bundle. */
export const startFixtureService = async (
  program: string,
  more: Record<string, Resource> = {},
): Promise<StartedService> => {
  const fixture = createFixture({ s: { Resources: { ...serviceTemplate, ...more } } });
  const { assembly, resolve } = fixture;
  const directory = mkdtempSync(join(tmpdir(), 'breakwater-service-'));
  writeFileSync(join(directory, 'service.mjs'), program);
  const secrets = createSecrets(assembly, resolve, { username: '', password: '' });
  const progress: string[] = [];
  const cleanups = createCleanups((error) => progress.push(String(error)));
  const service = await startService({
    assembly,
    foundation: { resolve, secrets, environment: twinEnvironment } as unknown as Foundation,
    bundle: Promise.resolve(directory),
    progress: (line) => progress.push(line),
    cleanups,
  });
  return {
    service,
    fixture,
    progress,
    stop: async () => {
      await cleanups.run();
      rmSync(directory, { recursive: true, force: true });
      fixture.remove();
    },
  };
};
