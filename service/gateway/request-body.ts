/** The body of a proxied request: passed on as it comes, or read first where it must be small. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { PassThrough, type Readable } from 'node:stream';
import { bodyMs } from '../http/limits.ts';

/** Refused before anything was sent on. */
export class BodyRefused extends Error {
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

const lengthOf = ({ headers }: IncomingMessage): number | undefined =>
  headers['content-length'] === undefined ? undefined : Number(headers['content-length']);

export const hasBody = (raw: IncomingMessage): boolean =>
  raw.headers['transfer-encoding'] !== undefined || (lengthOf(raw) ?? 0) > 0;

const tooLarge = (most: number): BodyRefused =>
  new BodyRefused(413, `the body is larger than ${most} bytes; only uploads of artifacts may be`);

/**
 * Reads the whole body.
 * @throws BodyRefused when it is larger than `most` bytes, not whole, or too slow
 */
export const readBody = (raw: IncomingMessage, most: number): Promise<Buffer> => {
  if ((lengthOf(raw) ?? 0) > most) return Promise.reject(tooLarge(most));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const end = (refusal?: BodyRefused) => {
      clearTimeout(timer);
      raw.removeAllListeners('data');
      raw.pause();
      if (refusal) reject(refusal);
      else resolve(Buffer.concat(chunks));
    };
    const timer = setTimeout(
      () => end(new BodyRefused(408, `the body did not come within ${bodyMs / 1_000} s`)),
      bodyMs,
    );
    raw.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > most) return end(tooLarge(most));
      chunks.push(chunk);
    });
    raw.once('end', () => end());
    raw.once('error', () => end(new BodyRefused(400, 'the body of the request is not whole')));
  });
};

export interface PassedOn {
  body: Readable;
  /** Where the client says it; without it the body is sent in chunks. */
  length?: number;
  /** Whether it is the client that has nothing more to send at the moment. */
  stalls(): boolean;
}

/**
 * The body as a stream of its own: when the upstream refuses it, the client's connection must live on for the answer.
 * A chunked one is looked at first, so that nothing is sent on for a body that is wrong from its beginning.
 */
export const passOn = async (raw: IncomingMessage): Promise<PassedOn> => {
  const length = lengthOf(raw);
  if (length === undefined && raw.readableLength === 0 && !raw.readableEnded)
    await Promise.race([once(raw, 'readable'), once(raw, 'end'), once(raw, 'close')]).catch(() => undefined);
  if (raw.errored || (raw.destroyed && !raw.complete))
    throw new BodyRefused(400, 'the body of the request is not whole');
  const body = new PassThrough();
  raw.once('error', (error) => body.destroy(error));
  raw.pipe(body);
  return {
    body,
    ...(length === undefined ? {} : { length }),
    stalls: () => !raw.readableEnded && raw.readableLength === 0 && body.readableLength === 0,
  };
};
