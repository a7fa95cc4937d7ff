/** Ends a run with the cause of what went wrong: the deployment then fails and shows it. */
import type { Failure, Outcome } from '../../core/checks/index.ts';

class BootstrapFailure extends Error {
  constructor({ cause, detail }: Failure) {
    super(`${cause}: ${detail}`);
    this.name = 'BootstrapFailure';
  }
}

/** The value, or the end of the run. */
export const orThrow = <T>(outcome: Outcome<T>): T => {
  if (!outcome.ok) throw new BootstrapFailure(outcome.failure);
  return outcome.value;
};

export const refuse = (cause: Failure['cause'], detail: string): never => {
  throw new BootstrapFailure({ cause, detail });
};
