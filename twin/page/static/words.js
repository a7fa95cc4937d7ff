/** How states are told: a sign and a word each, so that colour is never the only difference. */
import { h } from './dom.js';

export const alarmStates = {
  ALARM: { sign: '✕', word: 'ALARM', tone: 'bad' },
  INSUFFICIENT_DATA: { sign: '?', word: 'no data', tone: 'warn' },
  OK: { sign: '✓', word: 'OK', tone: 'good' },
};

export const badge = ({ sign, word, tone }) =>
  h('span', { class: `badge ${tone}` }, h('span', { 'aria-hidden': 'true' }, `${sign} `), word);

/** `minute 12, 3 min ago`. */
export const since = (minute, now) => {
  if (!minute) return 'since the start';
  const ago = now - minute;
  return `since minute ${minute}${ago > 0 ? `, ${ago} min` : ', just now'}`;
};

const suffered = ({ name }) => (name.endsWith('user-impact') ? 0 : 1);

/** What users suffer stands first, else what began first. */
export const byUrgency = (a, b) => suffered(a) - suffered(b) || a.sinceMinute - b.sinceMinute;

/** What all names begin with, up to a hyphen, need not stand in every line. */
export const withoutPrefix = (names) => {
  const [first = '', ...others] = names;
  const words = others.length === 0 ? [] : first.split('-').slice(0, -1);
  for (let count = words.length; count > 0; count -= 1) {
    const prefix = `${words.slice(0, count).join('-')}-`;
    if (others.every((name) => name.startsWith(prefix))) return (name) => name.slice(prefix.length);
  }
  return (name) => name;
};

/** A text in which paths of runbooks are links. */
export const linked = (text) =>
  text
    .split(/(runbooks\/[\w-]+\.md(?:#[\w-]+)?)/)
    .map((part, place) => (place % 2 === 1 ? h('a', { href: `/${part}` }, part) : part));

/** A number as short as it can be read. */
export const short = (value) => {
  if (value === undefined || value === null) return 'no data';
  const size = Math.abs(value);
  if (size >= 1e9) return `${(value / 1e9).toFixed(1)} G`;
  if (size >= 1e6) return `${(value / 1e6).toFixed(1)} M`;
  if (size >= 1e4) return `${(value / 1e3).toFixed(0)} k`;
  if (Number.isInteger(value)) return String(value);
  return size >= 100 ? value.toFixed(0) : size >= 1 ? value.toFixed(1) : value.toPrecision(2);
};
