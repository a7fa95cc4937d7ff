/** What can be taken down and started again. */
import type { How } from './plan.ts';

export interface Running {
  /** Takes it down; resolves when it is down. */
  fall(how: How): Promise<void>;
  /** Lets it go on, or starts it again; resolves when it runs. */
  rise(how: How): Promise<void>;
  /** Ends it for good. */
  end(): Promise<void>;
  /** How it ended without having been told to; empty when it never did. */
  readonly crashes: readonly string[];
}
