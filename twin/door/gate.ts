import { Transform } from 'node:stream';

/** Holds back whoever comes while it is closed, and lets them go on when it opens. */
export interface Gate {
  close(): void;
  open(): void;
  /** Resolves when it opens; undefined while it is open. */
  opened(): Promise<void> | undefined;
}

export const createGate = (): Gate => {
  let closed: PromiseWithResolvers<void> | undefined;
  return {
    close: () => {
      closed ??= Promise.withResolvers<void>();
    },
    open: () => {
      closed?.resolve();
      closed = undefined;
    },
    opened: () => closed?.promise,
  };
};

/** A piece of a stream's way on which every byte stands still while the gate is closed. */
export const createValve = (gate: Gate): Transform =>
  new Transform({
    transform: (piece, _encoding, done) => {
      const opened = gate.opened();
      if (opened) void opened.then(() => done(null, piece));
      else done(null, piece);
    },
  });
