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
  /** Deploys anew: another task takes the place of the one that runs, without a gap. */
  replace(): Promise<void>;
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
  /** Resolves when it has published since the last time, or does not run, or is late. */
  ready(): Promise<void>;
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

/** By which its metrics may be late, and longest that a minute waits for them, milliseconds. */
const latenessMs = 500;

interface RunningTask {
  task: TaskProcess;
  port: number;
}

/** Milliseconds after which a check passed; undefined when it did not. */
const passedAfter = async (url: string): Promise<number | undefined> => {
  const began = performance.now();
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(1_000) });
    await response.arrayBuffer();
    return response.ok ? performance.now() - began : undefined;
  } catch {
    return undefined;
  }
};

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
  let running: RunningTask | undefined;
  let health: HealthAnswer | undefined;

  const launch = async (): Promise<RunningTask | undefined> => {
    const port = await freePort();
    if (stopping.signal.aborted) return undefined;
    const address = { API_HOST: host, API_PORT: `${port}` };
    const environment = environmentOfTask(definition.environment, foundation.environment, address);
    return { task: startTask(directory, environment, output.read), port };
  };

  /** Makes it the task, checked already or not yet. */
  const install = (current: RunningTask, passed?: Parameters<typeof balancer.register>[1]): void => {
    running = current;
    void current.task.ended.then(() => {
      if (running === current) running = undefined;
    });
    balancer.register({ host, port: current.port, alive: () => running === current }, passed);
  };

  const start = async (): Promise<TaskProcess | undefined> => {
    const launched = await launch();
    if (launched) install(launched);
    return launched?.task;
  };

  /** As a rolling deployment: the new task is checked before it takes the place of the old one, which then drains. */
  const replace = async (): Promise<void> => {
    const before = running;
    const launched = await launch();
    if (!launched) return;
    const { path } = balancing.healthCheck;
    const began = performance.now();
    let lastMs = await passedAfter(`http://${host}:${launched.port}${path}`);
    while (lastMs === undefined && performance.now() - began < startPatienceMs) {
      await sleep(50);
      lastMs = await passedAfter(`http://${host}:${launched.port}${path}`);
    }
    if (lastMs === undefined) {
      await launched.task.stop(0);
      throw new Error('The task that was to replace the other one did not become healthy.');
    }
    install(launched, { ok: true, durationMs: lastMs });
    await before?.task.stop(definition.stopTimeoutMs);
  };

  const keepRunning = async (first: TaskProcess | undefined): Promise<void> => {
    for (let task = first; task; task = running?.task ?? (await start())) {
      const stopped = await task.ended;
      // Another one has taken its place already.
      if (running) continue;
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
    replace,
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
    ready: async () => {
      // Its own minute has a value from it; an alarm minute, which may be shorter, is to have one too.
      const until =
        performance.now() + Number(definition.environment.METRICS_INTERVAL ?? 0) * 1_000 + latenessMs;
      while (running && !output.measured() && performance.now() < until) await sleep(20);
    },
    problems: () => [...restarts.problems(), ...output.problems()],
    take: () => [...output.take(), ...balancer.take()],
    settings: definition.environment,
    leftOut: leftOutOf(definition, balancing.protocol),
  };
};
