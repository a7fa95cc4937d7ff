import { screenLines, type View } from './screen-text.ts';

export interface Screen {
  show(view: View): void;
  close(): void;
}

const controlSequence = '\x1b[';

/**
 * Draws a view over the one before, in the terminal that `stream` is; again when the terminal changes its
 * size. The last one stays when it is closed.
 */
export const openScreen = (stream: NodeJS.WriteStream, color: boolean): Screen => {
  let last: View | undefined;
  let opened = false;
  const draw = (): void => {
    if (!last) return;
    const lines = screenLines(last, { columns: stream.columns, rows: stream.rows, color });
    // One write, each line erased only to its right: no flicker.
    const body = lines.map((line) => `${line}${controlSequence}K`).join('\n');
    stream.write(`${opened ? '' : `${controlSequence}2J`}${controlSequence}H${body}\n${controlSequence}J`);
    opened = true;
  };
  const resized = (): void => {
    opened = false;
    draw();
  };
  stream.on('resize', resized);
  return {
    show: (view) => {
      last = view;
      draw();
    },
    close: () => {
      stream.off('resize', resized);
    },
  };
};
