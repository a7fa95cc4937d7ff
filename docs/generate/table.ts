/** A cell: bars would end it, and line breaks would end the row. */
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** A Markdown table. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');

/** First lines of a generated page. */
export const heading = (title: string, source: string): string =>
  `# ${title}\n\n<!-- Generated from ${source} by \`npm run docs\`. Do not edit. -->`;
