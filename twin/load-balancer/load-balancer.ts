import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Sample } from '../metrics/index.ts';
import type { Address } from '../template/index.ts';
import type { LoadBalancerDefinition } from './definition.ts';
import { forward, type Outcome } from './forward.ts';
import { startChecking } from './health-check.ts';
import { answerError, answerFixed } from './own-answers.ts';
import {
  type CheckResult,
  createTargetHealth,
  type TargetHealth,
  type TargetTransition,
} from './target-health.ts';
import { createTraffic } from './traffic.ts';

export interface Target extends Address {
  /** Whether its process runs; a live one that is taken out counts as dropped. */
  alive(): boolean;
}

/** A load balancer of our own, with one target. */
export interface LoadBalancer {
  /** Of its listener, without a slash at the end. */
  url: string;
  /** Checks the target from now on, in place of the one before; `passed` is a check that it has passed already. */
  register(target: Target, passed?: CheckResult): void;
  /** Sends the target nothing new; what is under way goes on. */
  deregister(): void;
  /** What it thinks of the target; undefined before the first one. */
  target(): Pick<TargetHealth, 'state' | 'reason' | 'lastCheckMs'> | undefined;
  /** Every change of a target's state, oldest first. */
  transitions: readonly TargetTransition[];
  /** How often a healthy target whose process was running became unhealthy. */
  dropped(): number;
  /** Metrics of what came since the last time. */
  take(): Sample[];
  close(): Promise<void>;
}

/** Starts the listener on a free port of 127.0.0.1. */
export const startLoadBalancer = async (definition: LoadBalancerDefinition): Promise<LoadBalancer> => {
  const { healthCheck, rules, idleTimeoutMs } = definition;
  // A connection that nobody uses is closed from this side first, as the service expects of its load balancer.
  const agent = new Agent({ keepAlive: true, timeout: idleTimeoutMs });
  const traffic = createTraffic(definition);
  const transitions: TargetTransition[] = [];
  let dropped = 0;
  let current: { target: Target; health: TargetHealth; endChecks: () => void } | undefined;

  /** A healthy target; or, when all are unhealthy, which one is, that one all the same: it fails open. */
  const chosen = (): Target | undefined =>
    current && ['healthy', 'unhealthy'].includes(current.health.state) ? current.target : undefined;

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<Outcome | undefined> => {
    // A client may name the whole URL in place of its path.
    const url = (request.url ?? '/').replace(/^https?:\/\/[^/?]*/, '') || '/';
    const path = url.split('?', 1)[0] ?? url;
    const action = rules.find(({ matches }) => matches(path))?.action ?? { kind: 'forward' };
    if (action.kind === 'fixed-response') {
      answerFixed(response, action);
      return undefined;
    }
    const target = chosen();
    if (target) return forward(request, response, url, { target, agent, idleTimeoutMs });
    answerError(response, 503);
    return { by: 'load balancer', status: 503 };
  };

  const server = createServer({ keepAliveTimeout: idleTimeoutMs, requestTimeout: 0 }, (request, response) => {
    void handle(request, response).then((outcome) => outcome && traffic.count(outcome));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const deregister = (): void => {
    current?.endChecks();
    const change = current?.health.deregister();
    if (change) transitions.push(change);
  };

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    register: (target, passed) => {
      deregister();
      const health = createTargetHealth(healthCheck);
      const record = (result: CheckResult): void => {
        const change = health.record(result);
        if (!change) return;
        transitions.push(change);
        if (change.from === 'healthy' && change.to === 'unhealthy' && target.alive()) dropped += 1;
      };
      if (passed) record(passed);
      const endChecks = startChecking(target, healthCheck, record);
      current = { target, health, endChecks };
    },
    deregister,
    target: () => current?.health,
    transitions,
    dropped: () => dropped,
    take: () => traffic.take(current?.health.state),
    close: async () => {
      deregister();
      agent.destroy();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
};
