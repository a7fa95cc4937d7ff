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
  /** Whether the client went away, or what it sent is not whole. */
  gone(): boolean;
}

const brokenOff = (raw: IncomingMessage): boolean => raw.errored !== null || (raw.destroyed && !raw.complete);

/**
 * The body as a stream of its own: when the upstream refuses it, the client's connection must live on for the answer.
 * A chunked one is looked at first, so that nothing is sent on for a body that is wrong from its beginning.
 * @param idleMs after so long without a byte `onStall` is called, unless it is the upstream that takes none
 */
export const passOn = async (
  raw: IncomingMessage,
  idleMs: number,
  onStall: () => void,
): Promise<PassedOn> => {
  const length = lengthOf(raw);
  if (length === undefined && raw.readableLength === 0 && !raw.readableEnded)
    await Promise.race([once(raw, 'readable'), once(raw, 'end'), once(raw, 'close')]).catch(() => undefined);
  if (brokenOff(raw)) throw new BodyRefused(400, 'the body of the request is not whole');
  const body = new PassThrough();
  // Whoever destroys it says why in the request itself.
  body.on('error', () => undefined);
  const timer = setInterval(() => {
    if (body.writableNeedDrain || raw.readableEnded) return;
    onStall();
  }, idleMs);
  raw.on('data', () => timer.refresh());
  raw.once('error', (error) => body.destroy(error));
  raw.once('close', () => {
    if (!raw.complete) body.destroy();
  });
  body.once('close', () => {
    clearInterval(timer);
    // What nobody wants is read all the same: a client that is still sending would not see the answer.
    raw.unpipe(body);
    raw.resume();
  });
  raw.pipe(body);
  return { body, gone: () => brokenOff(raw), ...(length === undefined ? {} : { length }) };
};
