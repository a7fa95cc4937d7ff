/** Bodies of a given length at a given rate. */
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

const MiB = 1024 * 1024;
const piece = Buffer.alloc(MiB / 4, 'breakwater ');

/** Waits until so many bytes may have passed. `perSecond` may be infinite. */
const keepRate = (perSecond: number) => {
  const begun = performance.now();
  return async (bytes: number): Promise<void> => {
    const early = (bytes / perSecond) * 1_000 - (performance.now() - begun);
    if (early > 5) await sleep(early);
  };
};

/** `length` bytes, at most so many a second. */
export const bodyOf = (length: number, perSecond: number): Readable =>
  Readable.from(
    (async function* () {
      const rate = keepRate(perSecond);
      for (let sent = 0; sent < length; sent += piece.length) {
        await rate(sent);
        yield piece.subarray(0, length - sent);
      }
    })(),
    { objectMode: false },
  );

/** Reads a body to its end, at most so many bytes a second; resolves with its length. */
export const takeBody = async (body: Readable, perSecond: number): Promise<number> => {
  const rate = keepRate(perSecond);
  let taken = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    taken += chunk.length;
    await rate(taken);
  }
  return taken;
};
