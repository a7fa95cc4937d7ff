import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { definitionOf, type SettingName, settingNames } from '../../../core/settings/index.ts';
import { pathMatches } from '../../../twin/load-balancer/rules.ts';
import { cases, dereferenced, type Json, resourcesOf, theOne } from './synthesized.ts';

const openApi: Json = JSON.parse(
  readFileSync(new URL('../../../docs/reference/openapi.json', import.meta.url), 'utf8'),
);

describe.each(cases)('service of %s', (_name, synthesized) => {
  const { environment, templates } = synthesized;
  const service = templates.Service;
  const definitions = resourcesOf(service, 'AWS::ECS::TaskDefinition').map(({ Properties }) => Properties);
  const api: Json = definitions.find(({ Family }) => Family === `hokusai-api-${environment.name}`);
  const [container, collector] = api.ContainerDefinitions;
  const variables: Record<string, Json> = Object.fromEntries(
    container.Environment.map(({ Name, Value }: Json) => [Name, Value]),
  );

  test('every setting that operators tune and the service reads stands in its task definition', () => {
    const tuned = settingNames.filter((name) => {
      const { tuned: isTuned, readers, group } = definitionOf(name);
      const moot = group === 'redis' && name !== 'REDIS_ENABLED' && !environment.cache.enabled;
      return isTuned && readers.includes('service') && !moot;
    });
    expect(Object.keys(variables)).toEqual(expect.arrayContaining(tuned));
    expect(variables).toMatchObject({ DATABASE_NAME: 'mlflow_db', DATABASE_CONNECT_TIMEOUT: '10' });
  });

  test('no name is given twice, nor both in the environment and as a secret', () => {
    for (const { ContainerDefinitions } of definitions) {
      const { Environment, Secrets } = ContainerDefinitions[0];
      const names = [...Environment, ...Secrets].map(({ Name }: Json) => Name);
      expect(names.length).toBe(new Set(names).size);
    }
  });

  test('the password is one key of the secret that may be read again', () => {
    const password = container.Secrets.find(({ Name }: Json) => Name === 'DATABASE_PASSWORD');
    expect(password.ValueFrom['Fn::Join'][1]).toEqual([variables.DATABASE_SECRET_ID, ':password::']);
    const secret = dereferenced(synthesized, variables.DATABASE_SECRET_ID);
    expect(templates.Data.Resources[secret.Ref]?.Properties.Name).toMatch(/\/database\/application$/);
    const token = container.Secrets.find(({ Name }: Json) => Name === 'REDIS_AUTH_TOKEN');
    if (environment.cache.enabled) expect(token.ValueFrom['Fn::Join'][1][1]).toBe(':auth_token::');
    else expect(token).toBeUndefined();
  });

  test('no value names this machine or a private address, unless it runs in the same task', () => {
    for (const [name, value] of Object.entries(variables)) {
      if (definitionOf(name as SettingName).sameTask) continue;
      expect(JSON.stringify(value)).not.toMatch(
        /localhost|127\.0\.0\.1|"?(https?:\/\/)?(10|192\.168|172\.(1[6-9]|2\d|3[01]))\.\d/,
      );
    }
  });

  test('ECS asks the process for life, and stops it only after it has drained', () => {
    expect(container.HealthCheck.Command.join(' ')).toContain(
      "fetch('http://127.0.0.1:'+(process.env.API_PORT||8001)+'/live')",
    );
    expect(variables.API_PORT).toBe(String(container.PortMappings[0].ContainerPort));
    expect(container.StopTimeout).toBeGreaterThan(Number(variables.SHUTDOWN_DELAY));
    expect(container.StopTimeout).toBeLessThanOrEqual(120);
    expect(container.ReadonlyRootFilesystem).toBe(true);
  });

  test('the load balancer asks the process only, and decides within 30 s', () => {
    const { Properties } = theOne(service, 'AWS::ElasticLoadBalancingV2::TargetGroup');
    expect(Properties).toMatchObject({
      HealthCheckPath: '/health/alb',
      Matcher: { HttpCode: '200' },
      Port: container.PortMappings[0].ContainerPort,
      TargetType: 'ip',
    });
    expect(Properties.HealthCheckTimeoutSeconds).toBeLessThan(Properties.HealthCheckIntervalSeconds / 2);
    expect(Properties.HealthCheckIntervalSeconds * Properties.UnhealthyThresholdCount).toBeLessThanOrEqual(
      30,
    );
  });

  test('with a certificate HTTPS serves and HTTP redirects; without one HTTP serves', () => {
    const listeners = resourcesOf(service, 'AWS::ElasticLoadBalancingV2::Listener').map(
      ({ Properties }) => `${Properties.Protocol} ${Properties.Port} ${Properties.DefaultActions[0].Type}`,
    );
    expect(listeners.sort()).toEqual(
      environment.service.certificate ? ['HTTP 80 redirect', 'HTTPS 443 forward'] : ['HTTP 80 forward'],
    );
  });

  test('to the public listener the operator routes do not exist, whatever another rule says', () => {
    const rule = theOne(service, 'AWS::ElasticLoadBalancingV2::ListenerRule').Properties;
    expect(rule).toMatchObject({
      Priority: 1,
      Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/admin', '/admin/*'] } }],
      Actions: [
        {
          Type: 'fixed-response',
          FixedResponseConfig: {
            StatusCode: '404',
            ContentType: 'application/json',
            MessageBody: '{"detail":"Not Found"}',
          },
        },
      ],
    });
    const listener = service.Resources[rule.ListenerArn.Ref]?.Properties;
    expect(listener.DefaultActions[0].Type).toBe('forward');
  });

  test('I-19 every path of the service, and none of the operators, is sent to it by the load balancer', () => {
    const patterns = resourcesOf(service, 'AWS::ElasticLoadBalancingV2::ListenerRule').flatMap(
      ({ Properties }) =>
        Properties.Conditions.flatMap(({ PathPatternConfig }: Json) => PathPatternConfig?.Values ?? ['*']),
    );
    const elsewhere = Object.keys(openApi.paths).filter((path) =>
      patterns.some((pattern: string) => pathMatches(pattern, path)),
    );
    const forOperators = Object.keys(openApi.paths).filter((path) => path.startsWith('/admin'));
    expect(forOperators.length).toBeGreaterThan(0);
    expect(elsewhere).toEqual(forOperators);
  });

  test('a deployment keeps all tasks, runs after the migration and takes itself back', () => {
    const { Properties, DependsOn } = theOne(service, 'AWS::ECS::Service');
    expect(Properties.DeploymentConfiguration).toMatchObject({
      MinimumHealthyPercent: 100,
      MaximumPercent: 200,
      DeploymentCircuitBreaker: { Enable: true, Rollback: true },
    });
    expect(Properties.NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp).toBe('DISABLED');
    expect(DependsOn).toContain(theOne(service, 'Custom::Trigger').id);
  });

  test('the migration is the same image with another command', () => {
    const migrate: Json = definitions.find(({ Family }) => Family.includes('migrate'))
      ?.ContainerDefinitions[0];
    expect(migrate.Image).toEqual(container.Image);
    expect(migrate.Command).toEqual(['node', 'migrate.mjs']);
  });

  test('no container waits for its log', () => {
    for (const { LogConfiguration } of definitions.flatMap((definition) => definition.ContainerDefinitions)) {
      expect(LogConfiguration.Options).toMatchObject({ mode: 'non-blocking' });
    }
    expect(
      resourcesOf(service, 'AWS::Logs::LogGroup').map(({ Properties }) => Properties.LogGroupName),
    ).toContain(`/ecs/hokusai-api-${environment.name}`);
  });

  test('where traces are on, a collector takes them and may fail without the service', () => {
    const endpoints = definitions.flatMap(({ ContainerDefinitions }) =>
      ContainerDefinitions.flatMap(({ Name, Environment }: Json) =>
        Environment.filter((variable: Json) => variable.Name === 'OTEL_EXPORTER_OTLP_ENDPOINT').map(
          ({ Value }: Json) => [Name, Value],
        ),
      ),
    );
    const text = JSON.stringify(templates);
    expect(text.includes('xray:PutTraceSegments')).toBe(environment.service.tracing);
    if (environment.service.tracing) {
      expect(collector).toMatchObject({ Name: 'otel-collector', Essential: false });
      expect(endpoints).toEqual([[container.Name, 'http://127.0.0.1:4318']]);
      const [{ Value: configuration }] = collector.Environment;
      expect(configuration).toContain('otlp: { protocols: { http: { endpoint: 127.0.0.1:4318 } } }');
    } else {
      expect(endpoints).toEqual([]);
      expect(api.ContainerDefinitions).toHaveLength(1);
    }
  });

  test('the image is built from the sources unless the environment names another', () => {
    const { image } = environment.service;
    if (image) expect(container.Image).toBe(image);
    else expect(JSON.stringify(container.Image)).toContain('cdk-hnb659fds-container-assets');
  });

  test('scaling stays between the bounds of the environment', () => {
    const { Properties } = theOne(service, 'AWS::ApplicationAutoScaling::ScalableTarget');
    expect(Properties).toMatchObject({
      MinCapacity: environment.service.minTasks,
      MaxCapacity: environment.service.maxTasks,
    });
    expect(resourcesOf(service, 'AWS::ApplicationAutoScaling::ScalingPolicy')).toHaveLength(2);
  });

  test('every discovery name lies under the namespace, where the service is `api`', () => {
    const { Properties } = theOne(service, 'AWS::ServiceDiscovery::PrivateDnsNamespace');
    const hosts = Object.values(environment.upstreams).map((address) => new URL(address).hostname);
    for (const host of hosts.filter((name) => name.endsWith('.local'))) {
      expect(host.endsWith(`.${Properties.Name}`)).toBe(true);
    }
    const discovery = theOne(service, 'AWS::ServiceDiscovery::Service').Properties;
    expect(discovery).toMatchObject({ Name: 'api', DnsConfig: { DnsRecords: [{ TTL: 10, Type: 'A' }] } });
  });
});
