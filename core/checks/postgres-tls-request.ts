/** What PostgreSQL wants before TLS: the client asks for it, and the server answers with one byte. */
import type { Socket } from 'node:net';
import { atEndOf, type Budget } from './budget.ts';
import { errorFields, failed, type Outcome, succeeded } from './outcome.ts';
import { postgresFailure } from './postgres-errors.ts';
import { postgresTlsRequest, shownBytes } from './protocols.ts';

/** An error message in place of the one-byte answer: `E`, length, then fields of a letter and a text. */
const errorInAnswer = (answer: Buffer): { code?: string; message?: string } => {
  const fields = answer.subarray(5).toString('utf8').split('\0');
  const field = (letter: string) => fields.find((text) => text.startsWith(letter))?.slice(1);
  return {
    ...(field('C') ? { code: field('C') as string } : {}),
    ...(field('M') ? { message: field('M') as string } : {}),
  };
};

const judgeAnswer = (answer: Buffer, socket: Socket): Outcome<Socket> => {
  const first = String.fromCharCode(answer[0] ?? 0);
  if (first === 'S' && answer.length === 1) return succeeded(socket);
  if (first === 'N') return failed('TLS_NOT_OFFERED', 'the PostgreSQL server answered that it has no TLS');
  if (first === 'E' && answer.length > 6)
    return { ok: false, failure: postgresFailure(errorInAnswer(answer), 'auth') };
  return failed('NOT_THE_EXPECTED_SERVER', 'what answers does not speak the PostgreSQL protocol', {
    received: shownBytes(answer),
  });
};

export const requestTls = (socket: Socket, budget: Budget): Promise<Outcome<Socket>> =>
  new Promise((resolve) => {
    const limitMs = Math.round(budget.remaining());
    let code: string | undefined;
    const finish = (outcome: Outcome<Socket>) => {
      cancel();
      socket.removeListener('data', answered).removeListener('close', closed).removeListener('error', broke);
      resolve(outcome);
    };
    const cancel = atEndOf(budget, () =>
      finish(failed('TLS_TIMEOUT', `the request for TLS was not answered within ${limitMs} ms`, { limitMs })),
    );
    const answered = (answer: Buffer) => {
      socket.pause();
      finish(judgeAnswer(answer, socket));
    };
    const broke = (error: unknown) => {
      code = errorFields(error).code;
    };
    // A second look tells whether it closes whatever is sent, or only what PostgreSQL understands.
    const closed = () =>
      finish(
        failed(
          'NOT_THE_EXPECTED_SERVER',
          'the connection was closed after the request for TLS: no PostgreSQL server there',
          code ? { code } : {},
        ),
      );
    socket.once('data', answered);
    socket.once('error', broke);
    socket.once('close', closed);
    socket.write(postgresTlsRequest);
  });
