/**
 * Ends `work` after `limitMs` in any case, credentials that do not come and pauses between attempts included, and asks it
 * to stop. @throws Error of the name TimeoutError
 */
export const withDeadline = async <T>(
  limitMs: number,
  work: (signal: AbortSignal) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> => {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(Object.assign(new Error(`no answer within ${limitMs} ms`), { name: 'TimeoutError' }));
      controller.abort();
    }, limitMs);
  });
  const working = work(signal ? AbortSignal.any([controller.signal, signal]) : controller.signal);
  // Nobody waits for it after the deadline.
  working.catch(() => undefined);
  try {
    return await Promise.race([working, late]);
  } finally {
    clearTimeout(timer);
  }
};
