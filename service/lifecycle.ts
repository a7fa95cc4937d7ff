/** Where the process stands between its start and its end. Only `serving` takes new work. */
export type Phase = 'starting' | 'serving' | 'draining';

export interface Lifecycle {
  readonly phase: Phase;
  serve(): void;
  drain(): void;
}

/** Phases only move forward: a process that drains never serves again. */
export function createLifecycle(): Lifecycle {
  let phase: Phase = 'starting';
  return {
    get phase() {
      return phase;
    },
    serve() {
      if (phase === 'starting') phase = 'serving';
    },
    drain() {
      phase = 'draining';
    },
  };
}
