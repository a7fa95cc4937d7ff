import type { Dependency } from '../../core/checks/index.ts';

/** How much the service needs each dependency, and what is lost while it is away. */
export const dependencies: Readonly<Record<Dependency, { critical: boolean; lost: readonly string[] }>> = {
  postgres: {
    critical: true,
    lost: ['model registration', 'every route that reads or writes the database'],
  },
  redis: {
    critical: false,
    lost: ['delivery of model events to Redis consumers: they wait in PostgreSQL and are delivered later'],
  },
  mlflow: {
    critical: false,
    lost: ['the MLflow proxy', 'registrations that must ask MLflow'],
  },
  auth: {
    critical: false,
    lost: ['requests with an API key that is not in the cache: they are answered with 503'],
  },
};
