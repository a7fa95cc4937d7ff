/** Commands of Redis and their replies, over a socket that is there. */
import type { Socket } from 'node:net';
import { atEndOf, type Budget } from './budget.ts';
import { failed, type Outcome, succeeded } from './outcome.ts';
import { shownBytes } from './protocols.ts';
import { redisFailure } from './redis-errors.ts';
import { type ReplyValue, readReply } from './redis-reply.ts';
import { refusedAfterHandshake } from './tls.ts';

const encode = (words: readonly string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;

/** One client's talk with a server: commands one after the other. */
export interface Conversation {
  socket: Socket;
  /** Sends one command and reads its reply, bounded in time and length. */
  ask(words: readonly string[], budget: Budget): Promise<Outcome<ReplyValue>>;
  /** Whether the server has answered anything yet. */
  begun(): boolean;
}

export const converse = (socket: Socket): Conversation => {
  let replies = 0;

  const closedFailure = (command: string): Outcome<never> => {
    const refused = refusedAfterHandshake(socket);
    if (refused) return { ok: false, failure: refused };
    return replies > 0
      ? failed('CONNECTION_LOST', 'the connection broke after it had been used', { command })
      : failed('CONNECTION_RESET', 'the server closed the connection without an answer', { command });
  };

  const ask = (words: readonly string[], budget: Budget): Promise<Outcome<ReplyValue>> =>
    new Promise((resolve) => {
      const [command = ''] = words;
      const limitMs = Math.round(budget.remaining());
      let received = '';
      const finish = (outcome: Outcome<ReplyValue>) => {
        cancel();
        socket.removeListener('data', data).removeListener('close', closed);
        resolve(outcome);
      };
      const late = () =>
        failed('RESPONSE_TIMEOUT', `${command} was not answered within ${limitMs} ms`, { command, limitMs });
      const cancel = atEndOf(budget, () => finish(late()));
      const data = (chunk: Buffer) => {
        received += chunk.toString('latin1');
        const reading = readReply(received);
        if (reading.state === 'incomplete') return;
        if (reading.state === 'foreign')
          return finish(
            failed('NOT_THE_EXPECTED_SERVER', 'what answers does not speak the Redis protocol', {
              received: shownBytes(Buffer.from(received, 'latin1')),
            }),
          );
        replies += 1;
        const { reply } = reading;
        finish(
          reply.kind === 'value'
            ? succeeded(reply.value)
            : { ok: false, failure: redisFailure(reply.text, command) },
        );
      };
      const closed = () => finish(closedFailure(command));
      if (socket.destroyed) return finish(closedFailure(command));
      socket.on('data', data);
      socket.once('close', closed);
      socket.write(encode(words));
    });

  return { socket, ask, begun: () => replies > 0 };
};
