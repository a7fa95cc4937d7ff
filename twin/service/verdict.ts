import { setTimeout as sleep } from 'node:timers/promises';
import type { Service } from './service.ts';

/** Longest wait for a first verdict, milliseconds: the service starts within one second, the check follows. */
const patience = 15_000;

/** Why the service is not in service; undefined when it is. */
export const whyNotHealthy = (service: Pick<Service, 'status' | 'problems'>): string | undefined => {
  const { state, reason } = service.status();
  if (state === 'healthy') return undefined;
  return [`the load balancer calls the service ${state} (${reason})`, ...service.problems()].join('; ');
};

/** Waits until the load balancer knows whether the service is healthy, or the service has ended by itself. */
export const firstVerdict = async (
  service: Pick<Service, 'status' | 'ended'>,
  signal: AbortSignal,
): Promise<void> => {
  const until = performance.now() + patience;
  const judged = (): boolean => ['healthy', 'unhealthy'].includes(service.status().state);
  while (!judged() && service.ended() === 0 && performance.now() < until) {
    signal.throwIfAborted();
    await sleep(20);
  }
};
