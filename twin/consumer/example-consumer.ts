/**
 * A consumer as there are today: it knows the lists and the envelope, and nothing of the relay. It takes an event, does
 * with it what it has to do, which here is to count it, and acknowledges it.
 */
import { Redis } from 'ioredis';

export interface ConsumerOptions {
  port: number;
  /** As it is at the moment; a token that was changed is one that this consumer does not know. */
  token: string;
  /** The authority of the server's certificate, as PEM. */
  certificate: string;
  /** Name of the list. */
  queue: string;
  /** Told of each event. */
  onEvent?: (event: { id: string; type: string }) => void;
}

export interface ExampleConsumer {
  /** Events that it has had, and those of them that came again. */
  readonly taken: number;
  readonly again: number;
  /** Why it gets none at the moment. */
  readonly problem: string | undefined;
  /** Takes nothing more, as one that nobody started. */
  pause(): void;
  resume(): void;
  close(): Promise<void>;
}

/** Seconds for which it waits in the server for an event, and milliseconds before it connects again. */
const waitSeconds = 1;
const pauseMs = 1_000;

/** A command that is not answered by then, milliseconds: the server hangs. */
const deadlineMs = 4_000;

interface Envelope {
  message_id?: unknown;
  message_type?: unknown;
}

const parsed = (entry: string): Envelope | undefined => {
  try {
    return JSON.parse(entry) as Envelope;
  } catch {
    return undefined;
  }
};

export const startExampleConsumer = (options: ConsumerOptions): ExampleConsumer => {
  const { port, token, certificate, queue, onEvent } = options;
  const processing = `${queue}:processing`;
  const known = new Set<string>();
  let stopped = false;
  let paused = false;
  let taken = 0;
  let again = 0;
  let problem: string | undefined;

  const connect = (): Redis => {
    const client = new Redis({
      host: '127.0.0.1',
      port,
      password: token,
      tls: { ca: certificate, servername: 'localhost' },
      lazyConnect: true,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
      commandTimeout: deadlineMs,
      connectTimeout: deadlineMs,
    });
    // The call that fails tells it.
    client.on('error', () => undefined);
    return client;
  };

  const handle = async (redis: Redis, entry: string): Promise<void> => {
    const envelope = parsed(entry);
    // It is left where it is: whoever looks after the lists finds it there.
    if (typeof envelope?.message_id !== 'string') return;
    taken += 1;
    if (known.has(envelope.message_id)) again += 1;
    known.add(envelope.message_id);
    onEvent?.({ id: envelope.message_id, type: String(envelope.message_type) });
    await redis.lrem(processing, 1, entry);
  };

  const consume = async (redis: Redis): Promise<void> => {
    await redis.connect();
    problem = undefined;
    while (!stopped && !paused) {
      const entry = await redis.blmove(queue, processing, 'RIGHT', 'LEFT', waitSeconds);
      if (entry !== null) await handle(redis, entry);
    }
  };

  let redis = connect();
  const running = (async () => {
    while (!stopped) {
      if (paused) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        continue;
      }
      try {
        await consume(redis);
      } catch (error) {
        problem = (error as Error).message;
      }
      redis.disconnect();
      if (stopped) return;
      redis = connect();
      if (paused) continue;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  })();

  return {
    get taken() {
      return taken;
    },
    get again() {
      return again;
    },
    get problem() {
      return problem;
    },
    pause: () => {
      paused = true;
    },
    resume: () => {
      paused = false;
    },
    close: async () => {
      stopped = true;
      redis.disconnect();
      await running;
    },
  };
};
