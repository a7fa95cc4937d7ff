/** Does something every so often, one at a time, until it is disposed of. The first time comes after `firstMs`. */
export const repeat = (
  everyMs: number,
  work: () => Promise<unknown>,
  onError: (error: unknown) => void,
  firstMs = everyMs,
): Disposable => {
  let stopped = false;
  function run(): void {
    work()
      .catch(onError)
      .finally(() => {
        if (!stopped) timer = setTimeout(run, everyMs).unref();
      });
  }
  let timer = setTimeout(run, firstMs).unref();
  return {
    [Symbol.dispose]: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
};
