/** From the twin to a function's process. */
export interface ToRuntime {
  id: string;
  event: unknown;
  /** When Lambda would end the run, milliseconds since the epoch. */
  deadline: number;
}

/** From a function's process to the twin. A failure without an id is one of loading the handler. */
export type FromRuntime =
  | { kind: 'ready' }
  | { kind: 'result'; id: string; result: unknown }
  | { kind: 'failure'; id: string; errorType: string; errorMessage: string; trace: string[] };
