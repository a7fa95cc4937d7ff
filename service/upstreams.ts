/** The upstreams of the service: MLflow and the auth service, each where its settings can be used. */
import { type BreakerRegistry, CircuitOpenError } from '../core/resilience/index.ts';
import { type AuthTarget, type MlflowTarget, Secret } from '../core/settings/index.ts';
import {
  type AskAuthService,
  type Authenticator,
  askAuthService,
  createAuthenticator,
  type SharedCache,
} from './auth/index.ts';
import type { Contract } from './contract.ts';
import type { ProxyOptions } from './gateway/index.ts';
import { recoverWithoutTraffic } from './recovery.ts';
import { CallerGone, Upstream, UpstreamBusy, UpstreamError } from './upstream/index.ts';

export interface Upstreams {
  mlflow?: ProxyOptions;
  authenticator: Authenticator;
  /** Begins to make the trials of their breakers; gives what ends it. */
  recover(): Disposable;
  /** Ends the connections after at most `ms`. */
  close(ms: number): Promise<void>;
}

const ms = (seconds: number): number => seconds * 1_000;

/** Sent in a trial when no key is set: a service that is up answers it with 401. */
const unknownKey = new Secret('breakwater-trial-without-a-key');

/** A trial says what it found to the breaker, and to nobody else. */
const quietly = async (trial: () => Promise<unknown>): Promise<void> => {
  try {
    await trial();
  } catch (error) {
    const known = [CircuitOpenError, UpstreamError, UpstreamBusy, CallerGone];
    if (!known.some((kind) => error instanceof kind)) throw error;
  }
};

const mlflowTrial = async (upstream: Upstream, { token, timeoutMs }: MlflowTarget): Promise<void> => {
  const answer = await upstream.send({
    method: 'POST',
    path: '/api/2.0/mlflow/experiments/search',
    headers: {
      'content-type': 'application/json',
      ...(token ? { authorization: `Bearer ${token.reveal()}` } : {}),
    },
    body: JSON.stringify({ max_results: 1 }),
    deadlineMs: timeoutMs,
  });
  await answer.discard();
};

export const createUpstreams = (
  contract: Contract,
  breakers: BreakerRegistry,
  shared?: SharedCache,
): Upstreams => {
  const { reading, health } = contract;
  const breaker = (name: string) => {
    const found = breakers.get(name);
    if (!found) throw new Error(`${name} has no circuit breaker`);
    return found;
  };

  const createMlflow = (target: MlflowTarget) => ({
    target,
    mostBytes: reading.get('MLFLOW_MAX_JSON_BYTES'),
    idleMs: ms(reading.get('MLFLOW_PROXY_TIMEOUT')),
    upstream: new Upstream('mlflow', target, breaker('mlflow'), {
      connectMs: ms(reading.get('MLFLOW_CONNECT_TIMEOUT')),
      dnsMs: health.dnsMs,
      responseMs: ms(reading.get('MLFLOW_PROXY_TIMEOUT')),
      most: reading.get('MLFLOW_MAX_CONNECTIONS'),
    }),
  });
  const createAuth = (target: AuthTarget) =>
    new Upstream('auth', target, breaker('auth'), {
      connectMs: target.timeoutMs,
      dnsMs: health.dnsMs,
      responseMs: target.timeoutMs,
      most: reading.get('AUTH_MAX_CONNECTIONS'),
    });

  const mlflow = contract.mlflow.ok ? createMlflow(contract.mlflow.value) : undefined;
  const auth = contract.auth.ok
    ? { upstream: createAuth(contract.auth.value), target: contract.auth.value }
    : undefined;
  const cannotAsk: AskAuthService = async () => ({
    kind: 'unavailable',
    how: 'unavailable',
    cause: 'SETTING_INVALID',
    waitMs: 60_000,
  });
  const ask = auth ? askAuthService(auth.upstream, auth.target) : cannotAsk;
  const authenticator = createAuthenticator({
    ask,
    lifeMs: ms(reading.get('AUTH_CACHE_TTL')),
    outageLifeMs: ms(reading.get('AUTH_CACHE_OUTAGE_TTL')),
    size: reading.get('AUTH_CACHE_SIZE'),
    ...(shared ? { shared } : {}),
  });

  return {
    ...(mlflow ? { mlflow } : {}),
    authenticator,
    recover: () => {
      const recoveries = [
        ...(mlflow
          ? [
              recoverWithoutTraffic(breaker('mlflow'), () =>
                quietly(() => mlflowTrial(mlflow.upstream, mlflow.target)),
              ),
            ]
          : []),
        ...(auth
          ? [
              recoverWithoutTraffic(breaker('auth'), () =>
                quietly(() => ask(auth.target.key ?? unknownKey, undefined)),
              ),
            ]
          : []),
      ];
      return {
        [Symbol.dispose]: () => {
          for (const recovery of recoveries) recovery[Symbol.dispose]();
        },
      };
    },
    close: async (limitMs) => {
      await Promise.all([mlflow?.upstream.close(limitMs), auth?.upstream.close(limitMs)]);
    },
  };
};
