import type { buildConnector } from 'undici';
import { budgetOf, connectLayers, startClimb } from '../../core/checks/index.ts';
import type { HttpTarget } from '../../core/settings/index.ts';
import { UpstreamError } from './failure.ts';

/**
 * Connects by the same layers as the checks do: name, connection, encryption with a verified certificate. So a
 * request fails with the cause that the probe would name.
 */
export const layeredConnector =
  (
    name: string,
    { host, port, tls }: HttpTarget,
    connectMs: number,
    dnsMs: number,
  ): buildConnector.connector =>
  (_options, done) => {
    const wanted = { host, port, dnsTimeoutMs: dnsMs, ...(tls ? { tls: { host } } : {}) };
    connectLayers(wanted, startClimb(), budgetOf(connectMs)).then(
      (connected) =>
        connected.ok
          ? done(null, connected.value)
          : done(new UpstreamError(name, 'connect', connected.failure), null),
      (error: Error) => done(error, null),
    );
  };
