import type { Dependency } from '../../core/checks/index.ts';
import { type MetricDefinition, type MetricName, metrics } from '../../core/metrics/index.ts';
import { dependenciesOf, type Environment } from '../environments/index.ts';

const usesTls = (address: string): boolean => address.startsWith('https:');

/** Dependencies whose certificate is seen: PostgreSQL and Redis are always reached with TLS. */
const withCertificate = (environment: Environment): Dependency[] =>
  dependenciesOf(environment).filter((name) =>
    name === 'mlflow' || name === 'auth' ? usesTls(environment.upstreams[name]) : true,
  );

/** Series of a metric of the catalogue that this environment publishes. */
const seriesIn = (name: MetricName, definition: MetricDefinition, environment: Environment): number => {
  if (definition.sparse) return 0;
  if (name === 'ConsumerIdleSeconds') return environment.settings.MESSAGE_QUEUE_TYPE === 'redis' ? 1 : 0;
  if (definition.dependencies.length === 0) return 1;
  const on = name === 'CertificateDaysLeft' ? withCertificate(environment) : dependenciesOf(environment);
  const names = new Set<string>(on);
  return definition.dependencies.filter((dependency) => names.has(dependency)).length;
};

/** Series with data in every hour of a quiet month, which are billed. */
export const denseSeries = (environment: Environment): number =>
  Object.entries<MetricDefinition>(metrics).reduce(
    (sum, [name, definition]) => sum + seriesIn(name as MetricName, definition, environment),
    0,
  );
