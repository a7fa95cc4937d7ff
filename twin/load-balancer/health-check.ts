import { request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Address } from '../template/index.ts';
import type { HealthCheckSettings } from './definition.ts';
import type { CheckReason, CheckResult } from './target-health.ts';

/** One check, on a connection of its own, as the load balancer makes it. */
export const checkTarget = (
  { host, port }: Address,
  { path, timeoutMs, matches }: HealthCheckSettings,
  signal?: AbortSignal,
): Promise<CheckResult> =>
  new Promise((resolve) => {
    const began = performance.now();
    const fail = (reason: CheckReason, detail: string): void =>
      resolve({ ok: false, reason, detail, durationMs: performance.now() - began });
    const asked = request({
      ...{ host, port, path, agent: false, ...(signal && { signal }) },
      headers: { 'user-agent': 'ELB-HealthChecker/2.0', connection: 'close' },
    });
    const timer = setTimeout(() => {
      fail('Target.Timeout', `no answer within ${timeoutMs / 1000} s`);
      asked.destroy();
    }, timeoutMs);
    asked.once('response', (response) => {
      clearTimeout(timer);
      response.on('error', () => undefined).destroy();
      const { statusCode: status = 0 } = response;
      if (matches(status)) resolve({ ok: true, durationMs: performance.now() - began });
      else fail('Target.ResponseCodeMismatch', `it answered ${status}`);
    });
    asked.on('error', (error) => {
      clearTimeout(timer);
      fail('Target.FailedHealthChecks', error.message);
    });
    asked.end();
  });

/** How often to look whether a port takes connections, milliseconds. */
const lookInterval = 50;

/** Shortest interval between checks that Elastic Load Balancing takes, milliseconds; tests have shorter ones. */
const shortestInterval = 5_000;

const takesConnections = ({ host, port }: Address): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });

/**
 * Checks a target again and again, from the beginning of one check to that of the next. In reality the first
 * one comes at any moment of the first interval; here as soon as the port takes connections, so that nobody
 * waits for chance, and a process that takes its time to start is not judged before, however short the interval.
 * @returns what ends it
 */
export const startChecking = (
  target: Address,
  settings: HealthCheckSettings,
  onResult: (result: CheckResult) => void,
): (() => void) => {
  const stopping = new AbortController();
  const { signal } = stopping;
  const pause = (milliseconds: number): Promise<void> =>
    sleep(Math.max(0, milliseconds), undefined, { signal }).catch(() => undefined);
  const run = async (): Promise<void> => {
    const latest = performance.now() + Math.max(settings.intervalMs, shortestInterval);
    while (!signal.aborted && performance.now() < latest && !(await takesConnections(target)))
      await pause(lookInterval);
    while (!signal.aborted) {
      const next = performance.now() + settings.intervalMs;
      const result = await checkTarget(target, settings, signal);
      if (signal.aborted) return;
      onResult(result);
      await pause(next - performance.now());
    }
  };
  void run();
  return () => stopping.abort();
};
