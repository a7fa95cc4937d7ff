/** One command of Redis and its reply, over a socket that is there. */
import type { Socket } from 'node:net';
import type { CauseCode } from '../causes/index.ts';
import type { Budget } from './budget.ts';
import { failed, type Outcome, succeeded } from './outcome.ts';

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
export const command = (socket: Socket, words: string[], budget: Budget): Promise<Outcome<string>> =>
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
