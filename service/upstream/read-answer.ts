import type { UpstreamAnswer } from './upstream.ts';

/**
 * The whole body of an answer; undefined when it is longer than `most` bytes, and then the rest is discarded.
 * @throws UpstreamError when it ends early or stalls
 */
export const readAnswer = async (answer: UpstreamAnswer, most: number): Promise<Buffer | undefined> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > most) {
        void answer.discard();
        // This destroys the stream: its connection is closed.
        return undefined;
      }
      chunks.push(chunk);
    }
  } catch (error) {
    throw answer.judge(error);
  }
  return Buffer.concat(chunks);
};
