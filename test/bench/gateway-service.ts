/** The service with everything it depends on, each in a process of its own, and MLflow and auth of the gateway's benches. */
import { goodSettings } from '../service/settings.ts';
import { type Child, startChild } from './child.ts';
import { loadCore, serverCore } from './cores.ts';
import type { UpstreamsReady } from './gateway-upstreams.ts';
import type { Ready } from './surroundings.ts';

export type Service = Child<{ port: number }>;

export interface GatewayBench {
  upstreams: Child<UpstreamsReady>;
  /** Starts a service in front of them. */
  start(env?: Record<string, string>): Promise<Service>;
  stop(): Promise<void>;
}

export const startGatewayBench = async (): Promise<GatewayBench> => {
  const surroundings = await startChild<Ready>('surroundings.ts', { core: loadCore });
  const upstreams = await startChild<UpstreamsReady>('gateway-upstreams.ts', { core: loadCore });
  return {
    upstreams,
    start: async (env = {}) => {
      const settings = { ...(await goodSettings()), ...surroundings.ready.env, ...upstreams.ready.env };
      return startChild('contenders/breakwater.ts', {
        core: serverCore,
        env: { ...settings, LOG_LEVEL: 'info', ...env },
      });
    },
    stop: async () => {
      await Promise.all([surroundings.stop(), upstreams.stop()]);
    },
  };
};
