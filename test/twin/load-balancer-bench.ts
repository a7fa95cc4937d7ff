import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type LoadBalancer,
  type LoadBalancerDefinition,
  startLoadBalancer,
} from '../../twin/load-balancer/index.ts';
import { eventually } from './eventually.ts';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** What a template could say, with short intervals. */
export const definition = (change: Partial<LoadBalancerDefinition> = {}): LoadBalancerDefinition => ({
  loadBalancer: 'app/front/0',
  targetGroup: 'targetgroup/tasks/0',
  protocol: 'HTTP',
  healthCheck: {
    path: '/health/alb',
    intervalMs: 20,
    timeoutMs: 2_000,
    healthyThreshold: 2,
    unhealthyThreshold: 3,
    matches: (status) => status === 200,
  },
  rules: [
    {
      priority: 1,
      matches: (path) => path === '/admin' || path.startsWith('/admin/'),
      action: {
        kind: 'fixed-response',
        status: 404,
        contentType: 'application/json',
        body: '{"detail":"Not Found"}',
      },
    },
  ],
  idleTimeoutMs: 5_000,
  ...change,
});

/** A real server that a load balancer may have as its target. */
export interface TestTarget {
  server: Server;
  port: number;
  /** What the health check is answered from now on. */
  answerChecks(handler: Handler): void;
}

/** Load balancers and targets of one test, and what ends them. */
export const createBench = () => {
  const ends: (() => unknown)[] = [];

  /** Passes its checks until told otherwise; everything else is the handler's. */
  const target = async (handler: Handler, wanted = 0): Promise<TestTarget> => {
    let check: Handler = (_, response) => void response.end('fine');
    const server = createServer((asked, response) =>
      asked.url === '/health/alb' ? check(asked, response) : handler(asked, response),
    ).listen(wanted, '127.0.0.1');
    await once(server, 'listening');
    ends.push(() => {
      server.close();
      server.closeAllConnections();
    });
    const { port } = server.address() as AddressInfo;
    return {
      server,
      port,
      answerChecks: (next) => {
        check = next;
      },
    };
  };

  const balancer = async (change: Partial<LoadBalancerDefinition> = {}): Promise<LoadBalancer> => {
    const started = await startLoadBalancer(definition(change));
    ends.push(() => started.close());
    return started;
  };

  /** A load balancer whose target is healthy. */
  const serving = async (handler: Handler, change: Partial<LoadBalancerDefinition> = {}) => {
    const one = await target(handler);
    const started = await balancer(change);
    started.register({ host: '127.0.0.1', port: one.port, alive: () => true });
    await eventually(() => started.target()?.state === 'healthy');
    return { balancer: started, ...one };
  };

  return {
    ...{ target, balancer, serving },
    end: async () => {
      for (let end = ends.pop(); end; end = ends.pop()) await end();
    },
  };
};
