/** Does something every so often, one at a time, until it is disposed of. The first time is now. */
export const repeat = (
  everyMs: number,
  work: () => Promise<unknown>,
  onError: (error: unknown) => void,
): Disposable => {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const run = (): void => {
    work()
      .catch(onError)
      .finally(() => {
        if (!stopped) timer = setTimeout(run, everyMs).unref();
      });
  };
  run();
  return {
    [Symbol.dispose]: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
};
