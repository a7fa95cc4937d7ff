/** Commands that would hold a connection, or change it under those who share it. */

const holds = 'it would make every other command on the connection wait';
const changes = 'it changes the connection, which others use too';

const unfit: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      'BLPOP',
      'BRPOP',
      'BRPOPLPUSH',
      'BLMOVE',
      'BLMPOP',
      'BZPOPMIN',
      'BZPOPMAX',
      'BZMPOP',
      'WAIT',
      'WAITAOF',
    ].map((name) => [name, holds]),
  ),
  ...Object.fromEntries(
    ['SUBSCRIBE', 'PSUBSCRIBE', 'SSUBSCRIBE', 'UNSUBSCRIBE', 'PUNSUBSCRIBE', 'SUNSUBSCRIBE', 'MONITOR'].map(
      (name) => [name, changes],
    ),
  ),
  ...Object.fromEntries(
    [
      'SELECT',
      'AUTH',
      'HELLO',
      'RESET',
      'QUIT',
      'CLIENT',
      'MULTI',
      'EXEC',
      'DISCARD',
      'WATCH',
      'UNWATCH',
    ].map((name) => [name, changes]),
  ),
};

const blocks = (name: string, args: readonly unknown[]): boolean =>
  ['XREAD', 'XREADGROUP'].includes(name) && args.some((word) => /^block$/i.test(String(word)));

/** @throws TypeError, which is a defect of the caller */
export const mustBeShareable = ([name, ...args]: readonly [name: string, ...args: unknown[]]): void => {
  const upper = name.toUpperCase();
  const why = unfit[upper] ?? (blocks(upper, args) ? holds : undefined);
  if (why) throw new TypeError(`${upper} cannot be sent here: ${why}; give it a connection of its own`);
};
