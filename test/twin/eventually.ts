import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until `what` holds; fails when it never does. */
export const eventually = async (
  what: () => boolean | Promise<boolean>,
  milliseconds = 20_000,
): Promise<void> => {
  const until = Date.now() + milliseconds;
  while (!(await what())) {
    if (Date.now() > until) throw new Error(`It never came true: ${what}`);
    await sleep(10);
  }
};
