/**
 * What a failed command means: who is to blame, whether it may have been done all the same, and what is left of
 * the connection. Causes are those of the checks, so that a request and a report name one thing alike.
 */
import { type CauseCode, causes } from '../../core/causes/index.ts';
import { errorFields, type Failure, redisFailure } from '../../core/checks/index.ts';
import type { AttemptFailure } from '../../core/resilience/index.ts';

export interface CommandFailure extends AttemptFailure {
  cause: CauseCode;
  detail: string;
  evidence: Record<string, unknown>;
  /**
   * `server`: Redis cannot be used, and the breaker counts it. `command`: Redis is well and refuses what was
   * asked. `nobody`: a limit of this process, which says nothing of Redis.
   */
  blame: 'server' | 'command' | 'nobody';
  /** The connection leads to where commands cannot be done: it and all made before are replaced. */
  replaces: boolean;
}

/** The server answers, and another command may well be done. Without memory or disk it still reads. */
const ofTheCommand: readonly CauseCode[] = [
  'STATEMENT_REJECTED',
  'FORBIDDEN',
  'OUT_OF_MEMORY',
  'SAVE_FAILED',
];

/** First words of answers after which another connection may lead to the right node, or be logged in. */
const elsewhere = ['READONLY', 'MASTERDOWN', 'NOAUTH'];

const firstWord = (reply: unknown): string | undefined =>
  typeof reply === 'string' ? reply.split(' ', 1)[0] : undefined;

const failureOf = (
  { cause, detail, evidence = {} }: Failure,
  differences: Partial<CommandFailure> = {},
): CommandFailure => ({
  cause,
  detail,
  evidence,
  blame: 'server',
  transient: causes[cause].retryable,
  outcomeUnknown: false,
  replaces: false,
  ...differences,
});

/** There is no connection: nothing was sent. */
export const notConnected = (failure: Failure): CommandFailure => failureOf(failure);

/** Nothing was sent, and Redis has nothing to do with it. */
export const notSent = (cause: CauseCode, detail: string, evidence: CommandFailure['evidence'] = {}) =>
  failureOf({ cause, detail, evidence }, { blame: 'nobody' });

/** Sent, and no answer within the deadline: the server may still do it. */
export const unanswered = (command: string, limitMs: number): CommandFailure =>
  failureOf(
    {
      cause: 'RESPONSE_TIMEOUT',
      detail: `${command} was not answered within ${limitMs} ms`,
      evidence: { command, limitMs },
    },
    { outcomeUnknown: true },
  );

/** What the driver says of a command that was sent: an answer of the server, or that there will be none. */
export const sentFailure = (error: unknown, command: string): CommandFailure => {
  const { message = '' } = errorFields(error);
  if ((error as Error).name !== 'ReplyError')
    return failureOf(
      {
        cause: 'CONNECTION_LOST',
        detail: `the connection broke before ${command} was answered`,
        evidence: { command },
      },
      { outcomeUnknown: true },
    );
  const failure = redisFailure(message, command);
  // An answer without a name of its own is about what was asked, such as the wrong type of a key.
  const cause = failure.cause === 'UNKNOWN' ? 'STATEMENT_REJECTED' : failure.cause;
  return failureOf(
    { ...failure, cause },
    {
      blame: ofTheCommand.includes(cause) ? 'command' : 'server',
      replaces: elsewhere.includes(firstWord(failure.evidence?.reply) ?? ''),
    },
  );
};

/** What a caller gets when a command has failed. It has neither keys nor values of the command. */
export class RedisError extends Error {
  override readonly name = 'RedisError';
  readonly failure: CommandFailure;
  override readonly cause: CauseCode;

  constructor(failure: CommandFailure) {
    super(failure.detail);
    this.failure = failure;
    this.cause = failure.cause;
  }

  /** First word of the error that the server answered, such as NOSCRIPT. */
  get reply(): string | undefined {
    return firstWord(this.failure.evidence.reply);
  }
}
