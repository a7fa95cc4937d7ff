import { setTimeout as sleep } from 'node:timers/promises';
import type { Foundation } from '../foundation.ts';
import { readLoadBalancer, startLoadBalancer, type TargetTransition } from '../load-balancer/index.ts';
import type { Sample } from '../metrics/index.ts';
import { freePort } from '../servers/index.ts';
import type { Cleanups } from '../stopping.ts';
import type { Assembly } from '../template/index.ts';
import { readService, type ServiceDefinition } from './definition.ts';
import { environmentOfTask } from './environment.ts';
import { askHealth, type HealthAnswer } from './health-page.ts';
import { createOutput } from './output.ts';
import { createRestarts } from './restarts.ts';
import { startTask, type TaskProcess } from './task-process.ts';

/** What the load balancer thinks of the service, and what runs of it. */
export interface ServiceStatus {
  state: 'initial' | 'healthy' | 'unhealthy' | 'draining' | 'stopped';
  /** In the words of the load balancer or of ECS; undefined for healthy. */
  reason: string | undefined;
  /** How long the last check of the load balancer took; undefined while stopped. */
  lastCheckMs: number | undefined;
  /** How often the load balancer took out a task whose process was running. */
  dropped: number;
}

/** The service of the template: its process, and the load balancer before it. */
export interface Service {
  /** Of the load balancer. */
  url: string;
  /** Where the task listens, `host:port`: each has its own. Undefined while none runs. */
  address(): string | undefined;
  pid(): number | undefined;
  status(): ServiceStatus;
  /**
   * Kills the task, and starts no other: the number of tasks is 0, as after a change by hand.
   * @returns starts one again, and resolves when the load balancer has judged it
   */
  scaleToNone(): Promise<() => Promise<void>>;
  /** Tasks that ended by themselves so far. */
  ended(): number;
  transitions: readonly TargetTransition[];
  /** Asks `/health` through the load balancer. */
  askHealth(): Promise<HealthAnswer>;
  /** What it said the last time; undefined before the first. */
  health(): HealthAnswer | undefined;
  /** The last lines of its output that were no metrics. */
  log(): readonly string[];
  problems(): string[];
  /** Metrics of the service and of its load balancer that came since the last time. */
  take(): Sample[];
  /** What of it does not run here. */
  leftOut: readonly string[];
  /** What the task definition sets. */
  settings: Readonly<Record<string, string>>;
}

export interface ServiceOptions {
  assembly: Assembly;
  foundation: Foundation;
  /** Where `service.mjs` is, once it is. */
  bundle: Promise<string>;
  progress: (line: string) => void;
  cleanups: Cleanups;
}

const leftOutOf = ({ beside }: ServiceDefinition, protocol: string): string[] => [
  'more than one task, canaries, and the delay with which targets are deregistered',
  "ECS's own check of the container: a process that hangs is not replaced",
  ...beside.map((name) => `the container ${name} beside the service: what is sent to it is lost`),
  ...(protocol === 'HTTP' ? [] : [`${protocol} at the load balancer: its listener here speaks HTTP`]),
];

/** How long a task may take until it is healthy, milliseconds. */
const startPatienceMs = 60_000;

/** Address of every task: this machine's own interface. */
const host = '127.0.0.1';

/** Starts the load balancer and the service, and the service again whenever it ends by itself. */
export const startService = async (options: ServiceOptions): Promise<Service> => {
  const { assembly, foundation, progress, cleanups } = options;
  const { resolve, secrets } = foundation;
  const definition = readService(assembly, resolve, secrets);
  const balancing = readLoadBalancer(assembly, resolve, definition.targetGroup);
  const directory = await options.bundle;
  const balancer = await startLoadBalancer(balancing);
  cleanups.add(() => balancer.close());

  const output = createOutput();
  const restarts = createRestarts();
  const stopping = new AbortController();
  /** Resolves when tasks may run again; undefined while they may. */
  let none: { over: Promise<void>; end: () => void } | undefined;
  let running: { task: TaskProcess; port: number } | undefined;
  let health: HealthAnswer | undefined;

  const start = async (): Promise<TaskProcess | undefined> => {
    const port = await freePort();
    if (stopping.signal.aborted) return undefined;
    const address = { API_HOST: host, API_PORT: `${port}` };
    const environment = environmentOfTask(definition.environment, foundation.environment, address);
    const task = startTask(directory, environment, output.read);
    const current = { task, port };
    running = current;
    void task.ended.then(() => {
      if (running === current) running = undefined;
    });
    balancer.register({ host, port, alive: () => running === current });
    return task;
  };

  const keepRunning = async (first: TaskProcess | undefined): Promise<void> => {
    for (let task = first; task; task = await start()) {
      const stopped = await task.ended;
      balancer.deregister();
      if (stopping.signal.aborted) return;
      if (none) {
        await none.over;
        if (stopping.signal.aborted) return;
        continue;
      }
      await sleep(restarts.next(stopped), undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };

  const first = await start();
  progress(
    `service: ${definition.container} on http://${host}:${running?.port} (API_HOST and API_PORT are the twin's), ` +
      `load balancer ${balancer.url}`,
  );
  const kept = keepRunning(first);
  cleanups.add(async () => {
    stopping.abort();
    none?.end();
    balancer.deregister();
    if (running) progress(`stopping the service; it may drain for ${definition.stopTimeoutMs / 1000} s`);
    await running?.task.stop(definition.stopTimeoutMs);
    await kept;
  });

  const status = (): ServiceStatus => {
    const target = balancer.target();
    const dropped = balancer.dropped();
    if (!running || !target)
      return { state: 'stopped', reason: 'EssentialContainerExited', lastCheckMs: undefined, dropped };
    return { state: target.state, reason: target.reason, lastCheckMs: target.lastCheckMs, dropped };
  };

  return {
    url: balancer.url,
    address: () => running && `${host}:${running.port}`,
    pid: () => running?.task.pid,
    status,
    scaleToNone: async () => {
      const { promise: over, resolve: end } = Promise.withResolvers<void>();
      none = { over, end };
      await running?.task.stop(0);
      return async () => {
        none = undefined;
        end();
        const until = performance.now() + startPatienceMs;
        while (balancer.target()?.state !== 'healthy' && performance.now() < until) await sleep(50);
      };
    },
    ended: restarts.count,
    transitions: balancer.transitions,
    askHealth: async () => {
      health = await askHealth(balancer.url);
      return health;
    },
    health: () => health,
    log: output.log,
    problems: () => [...restarts.problems(), ...output.problems()],
    take: () => [...output.take(), ...balancer.take()],
    settings: definition.environment,
    leftOut: leftOutOf(definition, balancing.protocol),
  };
};
