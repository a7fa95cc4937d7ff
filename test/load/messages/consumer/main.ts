/** A consumer of today: it knows the lists of section 5.2, has an inbox, and may be killed at any moment. */
import { type Entry, type Lists, openLists } from './lists.ts';
import { Poison, worker } from './work.ts';

const { CHAOS_REDIS_PORT = '', CHAOS_QUEUE = '', CHAOS_DATABASE_URL = '' } = process.env;

/** Pause before another attempt, milliseconds. */
const pauseMs = 100;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

let stopped = false;
process.on('SIGTERM', () => {
  stopped = true;
});

const work = worker(CHAOS_DATABASE_URL);

/** What is wrong with the message itself, or nothing. While PostgreSQL is away the message stays with this consumer. */
const attempt = async (entry: Entry): Promise<string | undefined> => {
  for (;;) {
    try {
      await work(entry);
      return undefined;
    } catch (error) {
      if (error instanceof Poison) return error.message;
      process.stdout.write(`${new Date().toISOString()} PostgreSQL: ${error}\n`);
      if (stopped) process.exit(0);
      await sleep(pauseMs);
    }
  }
};

const consume = async (lists: Lists): Promise<void> => {
  while (!stopped) {
    const entry = await lists.take();
    if (!entry) continue;
    const reason = await attempt(entry);
    await (reason === undefined ? lists.done(entry) : lists.fail(entry, reason));
  }
};

while (!stopped) {
  let lists: Lists | undefined;
  try {
    lists = await openLists(Number(CHAOS_REDIS_PORT), CHAOS_QUEUE);
    await consume(lists);
  } catch (error) {
    process.stdout.write(`${new Date().toISOString()} Redis: ${error}\n`);
    await sleep(pauseMs);
  } finally {
    lists?.close();
  }
}
process.exit(0);
