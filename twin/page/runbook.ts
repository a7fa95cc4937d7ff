import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../project.ts';
import { type Answer, failure, html } from './answer.ts';
import { renderMarkdown } from './markdown.ts';

const folder = join(projectRoot, 'runbooks');

const pageOf = (title: string, content: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}: Breakwater runbook</title>
<link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="/base.css">
<link rel="stylesheet" href="/runbook.css">
</head>
<body>
<header class="bar"><nav aria-label="Pages"><a href="/">Back to the twin</a> <a href="/runbooks/README.md">All runbooks</a></nav></header>
<main class="runbook">
${content}
</main>
</body>
</html>
`;

/** A page of the runbooks, by its name with or without `.md`. */
export const runbookAt = (name: string): Answer => {
  const known = readdirSync(folder).filter((file) => file.endsWith('.md'));
  const wanted = name === '' ? 'README.md' : name.endsWith('.md') ? name : `${name}.md`;
  if (!known.includes(wanted)) return failure(404, `There is no runbook ${name}.`, { known });
  const text = readFileSync(join(folder, wanted), 'utf8');
  const title = /^# (.+)$/m.exec(text)?.[1] ?? wanted;
  return html(pageOf(title.replaceAll('<', '&lt;'), renderMarkdown(text)));
};
