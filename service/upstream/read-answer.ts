import type { UpstreamAnswer } from './upstream.ts';

/**
 * The whole body of an answer; undefined when it is longer than `most` bytes, and then its connection is closed.
 * @throws UpstreamError when it ends early or stalls
 */
export const readAnswer = async (answer: UpstreamAnswer, most: number): Promise<Buffer | undefined> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      // Leaving the loop destroys the stream.
      if (bytes > most) return undefined;
      chunks.push(chunk);
    }
  } catch (error) {
    throw answer.judge(error);
  }
  return Buffer.concat(chunks);
};
