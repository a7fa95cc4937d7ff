/** Colours by meaning. */
export type Tone = 'good' | 'bad' | 'warning' | 'quiet' | 'strong';

const codes: Record<Tone, number> = { good: 32, bad: 31, warning: 33, quiet: 2, strong: 1 };

export const paint = (text: string, tone: Tone | undefined, color: boolean): string =>
  color && tone !== undefined ? `\x1b[${codes[tone]}m${text}\x1b[0m` : text;

/** At most `width` columns; a cut is marked. */
export const cut = (text: string, width: number): string => {
  if (text.length <= width) return text;
  return width < 2 ? text.slice(0, Math.max(0, width)) : `${text.slice(0, width - 1)}~`;
};
