/** What this process has of memory, and the most that it had: looked at every few milliseconds. */
export interface Memory {
  rss: number;
  heapUsed: number;
  /** Outside of the heap: mostly the bytes of buffers. */
  external: number;
}

const everyMs = 10;

const now = (): Memory => {
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heapUsed, external };
};

let most: Memory = now();
let watching = false;

const look = (): Memory => {
  const seen = now();
  most = {
    rss: Math.max(most.rss, seen.rss),
    heapUsed: Math.max(most.heapUsed, seen.heapUsed),
    external: Math.max(most.external, seen.external),
  };
  return seen;
};

/** Commands for the bench that runs this process. */
export const memoryCommands = {
  /** Begins anew; gives what there is. */
  watchMemory: (): Memory => {
    most = now();
    if (!watching) setInterval(look, everyMs).unref();
    watching = true;
    return most;
  },
  seenMemory: (): { now: Memory; most: Memory } => ({ now: look(), most }),
};
