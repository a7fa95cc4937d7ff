/**
 * What the rest of the service uses of Redis, which it can do without: each command has a deadline and goes
 * through a circuit breaker, and none waits for a connection.
 */
import type { Breaker, Permit } from '../../core/resilience/index.ts';
import { clientSpan } from '../client-span.ts';
import type { Answer, Words } from './connection.ts';
import { type CommandFailure, RedisError } from './failure.ts';
import { RedisPool, type RedisPoolOptions, type RedisState } from './pool.ts';
import { mustBeShareable } from './shared-connection.ts';

/** What came of one command of several. */
export type PipelineAnswer = { ok: true; value: unknown } | { ok: false; error: RedisError };

export interface Redis {
  /**
   * One command, with REDIS_COMMAND_TIMEOUT as its deadline. Texts of the answer are UTF-8; maps come as lists.
   * @throws RedisError, or CircuitOpenError while the breaker is open
   */
  command(...words: Words): Promise<unknown>;
  /**
   * Several commands in one round trip, with one deadline: what came of each. They are not a transaction.
   * @throws RedisError when none of them was sent, or CircuitOpenError while the breaker is open
   */
  pipeline(commands: readonly Words[]): Promise<readonly PipelineAnswer[]>;
  /** Reading it asks nobody and changes nothing. */
  readonly state: RedisState;
  /** A PING through the breaker: how it recovers without traffic. Never rejects. */
  trial(): Promise<void>;
  /** Begins to connect, in the background. */
  start(): void;
  /** Ends every connection; commands that were sent get their deadline, at most so long. */
  close(ms: number): Promise<void>;
}

export interface RedisOptions extends RedisPoolOptions {
  breaker: Breaker;
}

const settle = (permit: Permit, failure: CommandFailure | undefined): void => {
  if (failure?.blame === 'server') permit.fail(failure.cause);
  else if (failure?.blame === 'nobody') permit.release();
  else permit.succeed();
};

const failureOf = (answer: Answer): CommandFailure | undefined => (answer.ok ? undefined : answer.failure);

/** The name of several commands (OpenTelemetry, "Semantic conventions for Redis"). */
const nameOf = (commands: readonly Words[]): string => {
  const names = new Set(commands.map(([name]) => name.toUpperCase()));
  const [only] = names;
  if (commands.length === 1 && only) return only;
  return names.size === 1 ? `PIPELINE ${only}` : 'PIPELINE';
};

/** Nothing in Redis is waited for, nothing is thrown here: an absent server is a failure of each command. */
export const createRedis = ({ breaker, ...options }: RedisOptions): Redis => {
  const { target } = options;
  const pool = new RedisPool(options);

  const traced = (commands: readonly Words[], work: () => Promise<readonly Answer[]>) => {
    const operation = nameOf(commands);
    const attributes = {
      'db.system.name': 'redis',
      'db.namespace': String(target.database),
      'db.operation.name': operation,
      ...(commands.length === 1 ? {} : { 'db.operation.batch.size': commands.length }),
      'server.address': target.host,
      'server.port': target.port,
    };
    const result = (answers: readonly Answer[]) => answers.map(failureOf).find(Boolean)?.cause;
    return clientSpan(operation, attributes, work, { result });
  };

  /** @throws RedisError when nothing was sent */
  const send = async (commands: readonly Words[]): Promise<readonly Answer[]> => {
    commands.forEach(mustBeShareable);
    const admission = breaker.admit();
    if (!admission.admitted) throw admission.rejection;
    const { permit } = admission;
    const taken = pool.take(commands.length);
    if (!taken.ok) {
      settle(permit, taken.failure);
      throw new RedisError(taken.failure);
    }
    try {
      const answers = await traced(commands, () => taken.value.ask(commands));
      const failures = answers.map(failureOf);
      settle(
        permit,
        failures.find((failure) => failure?.blame === 'server'),
      );
      return answers;
    } finally {
      // Only a defect leaves it unused; otherwise this says nothing.
      permit.release();
    }
  };

  const command: Redis['command'] = async (...words) => {
    const [answer] = (await send([words])) as [Answer];
    if (!answer.ok) throw new RedisError(answer.failure);
    return answer.value;
  };

  return {
    command,
    pipeline: async (commands) => {
      if (commands.length === 0) return [];
      const answers = await send(commands);
      return answers.map((answer) =>
        answer.ok ? answer : { ok: false, error: new RedisError(answer.failure) },
      );
    },
    get state() {
      return pool.state;
    },
    trial: () =>
      command('PING').then(
        () => undefined,
        () => undefined,
      ),
    start: () => pool.start(),
    close: (ms) => pool.close(ms),
  };
};
