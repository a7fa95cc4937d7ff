import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';

const css = readFileSync(new URL('../../../twin/page/static/base.css', import.meta.url), 'utf8');

const colorsIn = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, color]) => [name, color]),
  );

const light = colorsIn(css.slice(0, css.indexOf('@media')));
const dark = { ...light, ...colorsIn(css.slice(css.indexOf('@media'))) };

/** Relative luminance (WCAG 2.2). */
const luminance = (color: string): number => {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};

const contrast = (one: string, other: string): number => {
  const [bright = 0, dim = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (bright + 0.05) / (dim + 0.05);
};

/** Every text with the grounds on which it stands. */
const pairs: [text: string, grounds: string[]][] = [
  ['text', ['ground', 'card', 'sunken', 'button', 'bad-ground', 'warn-ground']],
  ['quiet', ['ground', 'card', 'sunken', 'button']],
  ['link', ['ground', 'card', 'sunken']],
  ['good', ['card', 'good-ground']],
  ['bad', ['card', 'bad-ground', 'button']],
  ['warn', ['card', 'warn-ground']],
];

describe.each([
  ['light', light],
  ['dark', dark],
])('the colours of the page, %s', (_name, colors) => {
  test.each(pairs.flatMap(([text, grounds]) => grounds.map((ground) => [text, ground] as const)))(
    '%s can be read on %s',
    (text, ground) => {
      expect(contrast(colors[text] ?? '', colors[ground] ?? '')).toBeGreaterThanOrEqual(4.5);
    },
  );

  test('the mark of the focus stands out', () => {
    for (const ground of ['ground', 'card'])
      expect(contrast(colors.focus ?? '', colors[ground] ?? '')).toBeGreaterThanOrEqual(3);
  });
});
