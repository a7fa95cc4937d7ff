import type { BuildInfo } from '../build-info.ts';
import type { Log } from '../log.ts';

export interface TracingOptions {
  /** Address of the collector, without `/v1/traces`. */
  endpoint: URL;
  /** Share of the requests without a decision of their caller, 0 to 1. */
  ratio: number;
  environment: string;
  build: BuildInfo;
  log: Log;
}

export interface Tracing {
  /** Sends what is left, at most so long. */
  stop(withinMs: number): Promise<void>;
}
