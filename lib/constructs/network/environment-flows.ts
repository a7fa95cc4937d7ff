import { type Flow, flows } from '../../../core/network/index.ts';
import { settingDefinitions } from '../../../core/settings/index.ts';
import type { Environment } from '../../environments/index.ts';
import { internalUpstreamPorts } from './upstream-addresses.ts';

/** Who may talk to whom in an environment. */
export const environmentFlows = (environment: Environment): Flow[] =>
  flows({
    database: settingDefinitions.DATABASE_PORT.default,
    ...(environment.cache.enabled && { cache: settingDefinitions.REDIS_PORT.default }),
    service: Number(environment.settings.API_PORT ?? settingDefinitions.API_PORT.default),
    listeners: environment.service.certificate ? [80, 443] : [80],
    upstreams: internalUpstreamPorts(environment),
    endpoints: environment.network.egress === 'endpoints',
  });
