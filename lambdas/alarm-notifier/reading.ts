import { thrown } from './thrown.ts';

/** What was read, or why it was not: a message goes out either way, and says so. */
export type Reading<T> = { read: true; value: T } | { read: false; why: string };

const described = (error: unknown, signal: AbortSignal): string => {
  if (signal.aborted) return 'no answer within the deadline';
  const { name, message } = thrown(error);
  return `${name}${message === '' ? '' : `: ${message}`}`;
};

/** Ends when the signal does, even if the work does not. */
export const attempt = async <T>(work: () => Promise<T>, signal: AbortSignal): Promise<Reading<T>> => {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return { read: true, value: await Promise.race([work(), late]) };
  } catch (error) {
    return { read: false, why: described(error, signal) };
  } finally {
    late.catch(() => undefined);
    signal.removeEventListener('abort', stop);
  }
};
