/** What the lists of the Redis transport hold, asked over a connection of our own. */
import type { CauseCode } from '../../causes/index.ts';
import {
  type Budget,
  budgetOf,
  type Conversation,
  connectRedis,
  explainRedis,
  explanationMs,
  type Failure,
  redisPassword,
  type SecretReader,
  startClimb,
  withPassword,
} from '../../checks/index.ts';
import { type RedisTarget, resolveRedis, type SettingsReading } from '../../settings/index.ts';
import { type ListDepth, listDepth } from '../redis/depth.ts';
import type { RedisCommands } from '../redis/keys.ts';

export type ListsFound =
  | ({ looked: true; queue: string } & ListDepth)
  /** `reason` says why there is nothing to look at, or what kept it from looking. */
  | { looked: false; reason: string; cause?: CauseCode };

class CommandFailed extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.detail);
    this.failure = failure;
  }
}

/** A conversation takes one command after the other; whoever asks for several at once waits here. */
const commandsOver = (talk: Conversation, whole: Budget): RedisCommands => {
  let last: Promise<unknown> = Promise.resolve();
  return {
    command: (name, ...args) => {
      const asked = last.then(async () => {
        const reply = await talk.ask([name, ...args.map(String)], whole);
        if (!reply.ok) throw new CommandFailed(reply.failure);
        return reply.value;
      });
      last = asked.catch(() => undefined);
      return asked;
    },
  };
};

const notLooked = ({ detail, cause }: Failure): ListsFound => ({ looked: false, reason: detail, cause });

const lookAt = async (
  target: RedisTarget,
  queue: string,
  { settings, secrets }: { settings: SettingsReading; secrets: SecretReader },
): Promise<ListsFound> => {
  const whole = budgetOf(2 * target.connectTimeoutMs + 4 * target.commandTimeoutMs + explanationMs);
  const climb = startClimb();
  const dnsTimeoutMs = settings.get('DNS_TIMEOUT') * 1_000;
  const opened = await withPassword(redisPassword(target), secrets, climb, whole, async (password) => {
    const connected = await connectRedis({ target, dnsTimeoutMs, password }, climb, whole);
    if (connected.ok) return connected;
    return { ok: false, failure: await explainRedis(connected.failure, target, climb, whole) };
  });
  if (!opened.ok) return notLooked(opened.failure);
  try {
    return { looked: true, queue, ...(await listDepth(commandsOver(opened.value, whole), queue)) };
  } catch (error) {
    if (error instanceof CommandFailed) return notLooked(error.failure);
    throw error;
  } finally {
    opened.value.socket.destroy();
  }
};

/** Looks where Redis is the transport; that it cannot be reached is a finding, not a failure. */
export const findLists = async (settings: SettingsReading, secrets: SecretReader): Promise<ListsFound> => {
  const type = settings.get('MESSAGE_QUEUE_TYPE');
  if (type !== 'redis')
    return { looked: false, reason: `MESSAGE_QUEUE_TYPE is ${type}: no lists of Redis are used` };
  const resolved = resolveRedis(settings);
  if (!resolved.ok) {
    const [first] = resolved.problems;
    const reason = resolved.problems.map(({ message }) => message).join('; ');
    return { looked: false, reason, ...(first ? { cause: first.cause } : {}) };
  }
  return lookAt(resolved.value, settings.get('MESSAGE_QUEUE_NAME'), { settings, secrets });
};
