/** A message as plain e-mail. */
import type { Severity } from './alarms.ts';
import type { Content } from './content.ts';

export interface Mail {
  subject: string;
  text: string;
}

/** Columns that every mail program shows without breaking lines itself. */
const columns = 72;

const labelColumns = 10;

/** Characters of a subject (Amazon SNS, Publish): ASCII, no line break, and it begins with a letter, digit or punctuation. */
const longestSubject = 100;

/** Breaks at white space only: what is longer than a line is an address, and broken it could not be followed. */
const wrapped = (text: string, width: number): string[] => {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
};

const fieldLines = ([label, lines]: Content['fields'][number]): string[] =>
  lines
    .flatMap((line) => wrapped(line, columns - labelColumns))
    .map((line, index) => `${(index === 0 ? label : '').padEnd(labelColumns)}${line}`);

/** Room for the longest severity, so that a thread has one title in every list. */
const longestTitle = longestSubject - '[ticket] '.length;

/** What is wrong is shortened before the time: the time is part of what makes a thread. */
const shortened = (title: string): string => {
  if (title.length <= longestTitle) return title;
  const [, what = title, time = ''] = /^(.*)( \(since [^)]*\))$/.exec(title) ?? [];
  return `${what.slice(0, longestTitle - 3 - time.length).trimEnd()}...${time}`;
};

export const subjectOf = (severity: Severity, title: string): string =>
  `[${severity}] ${shortened(title.replaceAll(/[^\x20-\x7e]+/g, '?'))}`;

export const mailOf = (content: Content, severity: Severity): Mail => ({
  subject: subjectOf(severity, content.title),
  text: [...wrapped(content.headline, columns), '', ...content.fields.flatMap(fieldLines), ''].join('\n'),
});
