/** The ladder of Redis: name, connection, TLS, login, PING. */
import type { Socket } from 'node:net';
import type { CauseCode } from '../causes/index.ts';
import type { RedisTarget, Secret } from '../settings/index.ts';
import type { Budget } from './budget.ts';
import { type CheckResult, runCheck } from './check.ts';
import { type PasswordSource, readPassword, readPasswordAgain, type SecretReader } from './credentials.ts';
import { type Climb, connectLayers, timed } from './ladder.ts';
import { type Failure, failed, type Outcome, succeeded } from './outcome.ts';

export interface RedisCheckOptions {
  target: RedisTarget;
  secrets: SecretReader;
  dnsTimeoutMs: number;
}

const byErrorWord: Record<string, CauseCode> = {
  NOAUTH: 'AUTHENTICATION_REQUIRED',
  WRONGPASS: 'PASSWORD_REJECTED',
  NOPERM: 'FORBIDDEN',
  LOADING: 'LOADING',
  OOM: 'OUT_OF_MEMORY',
  READONLY: 'READ_ONLY',
  MASTERDOWN: 'READ_ONLY',
  MISCONF: 'DISK_FULL',
  BUSY: 'RESPONSE_TIMEOUT',
};

const longestReply = 4_096;

const sentenceOf = (reply: string): string => reply.slice(1, 200);

/** A reply that begins with `-` is an error; its first word says which. */
const judgeError = (reply: string): Outcome<never> => {
  const word = reply.slice(1).split(' ', 1)[0] ?? '';
  if (/^-ERR max number of clients/i.test(reply)) return failed('MAX_CLIENTS', sentenceOf(reply));
  if (/^-ERR invalid password/i.test(reply)) return failed('PASSWORD_REJECTED', sentenceOf(reply));
  const cause = byErrorWord[word];
  if (cause) return failed(cause, sentenceOf(reply), { reply: word });
  return failed('UNKNOWN', sentenceOf(reply), { reply: word }, 'query');
};

const encode = (words: string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;

/** Sends one command and reads a reply of one line, bounded in time and length. */
const command = (socket: Socket, words: string[], budget: Budget): Promise<Outcome<string>> =>
  new Promise((resolve) => {
    const limitMs = Math.round(budget.remaining());
    let received = '';
    const finish = (outcome: Outcome<string>) => {
      clearTimeout(timer);
      socket.removeListener('data', data).removeListener('close', closed);
      resolve(outcome);
    };
    const timer = setTimeout(
      () =>
        finish(failed('RESPONSE_TIMEOUT', `${words[0]} was not answered within ${limitMs} ms`, { limitMs })),
      budget.remaining(),
    );
    const data = (chunk: Buffer) => {
      received += chunk.toString('latin1');
      const end = received.indexOf('\r\n');
      const line = end < 0 ? received : received.slice(0, end);
      const expected = /^[+\-:$*_#]/.test(received);
      if (!expected || (end < 0 && received.length > longestReply))
        return finish(failed('NOT_THE_EXPECTED_SERVER', 'what answers does not speak the Redis protocol'));
      if (end >= 0) finish(line.startsWith('-') ? judgeError(line) : succeeded(line));
    };
    const closed = () =>
      finish(
        failed('CONNECTION_RESET', 'the server closed the connection without an answer', {
          command: words[0],
        }),
      );
    socket.on('data', data);
    socket.once('close', closed);
    socket.write(encode(words));
  });

const logIn = async (
  socket: Socket,
  target: RedisTarget,
  password: Secret | undefined,
  climb: Climb,
  budget: Budget,
): Promise<Outcome<unknown>> => {
  if (password) {
    const words = ['AUTH', ...(target.username ? [target.username] : []), password.reveal()];
    const reply = await command(socket, words, budget);
    const noPassword = !reply.ok && /without any password configured/.test(reply.failure.detail);
    if (noPassword) climb.evidence.serverHasNoPassword = true;
    else if (!reply.ok) return reply;
  }
  if (target.database === 0) return succeeded(undefined);
  const selected = await command(socket, ['SELECT', String(target.database)], budget);
  return selected.ok || !/index is out of range|invalid DB index/i.test(selected.failure.detail)
    ? selected
    : failed('DATABASE_MISSING', `Redis has no logical database ${target.database}`);
};

const connectLayersOf = (options: RedisCheckOptions, tls: boolean, climb: Climb, budget: Budget) => {
  const { host, port } = options.target;
  return connectLayers(
    { host, port, dnsTimeoutMs: options.dnsTimeoutMs, ...(tls ? { tls: { host } } : {}) },
    climb,
    budget,
  );
};

/** Redis takes a TLS hello for an unfinished command and stays silent, so a silent port is asked in plain text. */
const speaksPlainText = async (options: RedisCheckOptions, budget: Budget): Promise<boolean> => {
  const socket = await connectLayersOf(options, false, { phases: {}, evidence: {} }, budget);
  if (!socket.ok) return false;
  const reply = await command(socket.value, ['PING'], budget);
  socket.value.destroy();
  return reply.ok || reply.failure.cause === 'AUTHENTICATION_REQUIRED';
};

/** A TLS port closes on the first plain command; every other failure stays what it is. */
const closedForPlainText = (target: RedisTarget, outcome: { ok: false; failure: Failure }): Outcome<never> =>
  !target.tls && outcome.failure.cause === 'CONNECTION_RESET'
    ? failed('TLS_REQUIRED', 'the server closes connections that are not encrypted')
    : outcome;

const attempt = async (
  options: RedisCheckOptions,
  password: Promise<Outcome<Secret | undefined>>,
  climb: Climb,
  whole: Budget,
): Promise<Outcome<Record<string, never>>> => {
  const { target } = options;
  const budget = whole.part(target.connectTimeoutMs);
  const socket = await connectLayersOf(options, target.tls, climb, budget);
  if (!socket.ok) {
    if (socket.failure.cause !== 'TLS_TIMEOUT') return socket;
    const plain = await speaksPlainText(options, whole.part(target.commandTimeoutMs));
    return plain ? failed('TLS_NOT_OFFERED', 'the Redis server speaks plain text on this port') : socket;
  }
  try {
    const credentials = await password;
    if (!credentials.ok) return credentials;
    const loggedIn = await timed(climb, 'authMs', () =>
      logIn(socket.value, target, credentials.value, climb, whole.part(target.commandTimeoutMs)),
    );
    if (!loggedIn.ok) return closedForPlainText(target, loggedIn);
    const pong = await timed(climb, 'queryMs', () =>
      command(socket.value, ['PING'], whole.part(target.commandTimeoutMs)),
    );
    if (!pong.ok) return closedForPlainText(target, pong);
    return pong.value === '+PONG'
      ? succeeded({})
      : failed('NOT_THE_EXPECTED_SERVER', 'PING was not answered with PONG');
  } finally {
    socket.value.destroy();
  }
};

/** Checks Redis within the budget of the run. */
export const checkRedis = (options: RedisCheckOptions, whole: Budget): Promise<CheckResult> => {
  const { target, secrets } = options;
  const source: PasswordSource = {
    key: 'auth_token',
    ...(target.password ? { password: target.password } : {}),
    ...(target.secretId ? { secretId: target.secretId } : {}),
  };
  return runCheck('redis', `${target.host}:${target.port}/${target.database}`, async (climb) => {
    const first = readPassword(source, secrets, whole);
    const outcome = await attempt(options, first, climb, whole);
    if (outcome.ok || outcome.failure.cause !== 'PASSWORD_REJECTED') return outcome;
    const rejected = await first;
    const fresh = await readPasswordAgain(source, secrets, whole, rejected.ok ? rejected.value : undefined);
    return fresh ? attempt(options, Promise.resolve(succeeded(fresh)), climb, whole) : outcome;
  });
};
