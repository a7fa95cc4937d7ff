/** The other end of `child.ts`: a program that answers the bench that runs it, and ends with it. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Message } from './child.ts';

export type Commands = Record<string, (argument: never) => unknown>;

type Asked = { id: number; command: string; argument: unknown };

const send = (message: Message): void => void process.send?.(message);

/** What is left on the heap after a collection, bytes. Resident memory also has room that V8 keeps for later. */
const liveHeap = (): number => {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
};

const loop = monitorEventLoopDelay({ resolution: 5 });
loop.enable();

/** The longest time for which this process did nothing else since the last call, milliseconds. */
const longestStall = (): number => {
  const { max } = loop;
  loop.reset();
  return max / 1e6;
};

/** Says that this program is ready, and answers until the bench is gone; `end` cleans up then. */
export const serveParent = (
  ready: unknown,
  commands: Commands = {},
  end: () => Promise<unknown> = async () => undefined,
): void => {
  const known: Commands = { rss: () => process.memoryUsage.rss(), liveHeap, longestStall, ...commands };
  process.on('message', async ({ id, command, argument }: Asked) => {
    try {
      send({ id, value: await known[command]?.(argument as never) });
    } catch (error) {
      send({ id, error: String(error) });
    }
  });
  // Ctrl-C reaches the bench too, which then lets go of the pipe.
  process.on('SIGINT', () => undefined);
  process.on('disconnect', () => {
    end().finally(() => process.exit(0));
  });
  send({ ready });
};
