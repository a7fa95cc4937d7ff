/** Runs a bench as the program that `bin/bench.ts` starts; it ends with it, and so does what it has started. */
export const runBench = async (bench: () => Promise<void>): Promise<never> => {
  process.once('disconnect', () => process.exit(1));
  try {
    await bench();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    process.exit(1);
  }
  process.exit();
};
