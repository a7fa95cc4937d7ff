import { Marked, type Tokens } from 'marked';

/** The anchor that GitHub gives a heading: lower case, spaces as hyphens, other signs dropped. */
export const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(' ', '-')
    .replace(/[^\p{L}\p{N}_-]/gu, '');

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** A path into the runbooks, alone or at the end of an address. */
const runbookPath = /^(?:https?:\/\/\S+\/)?(runbooks\/[\w-]+\.md(?:#[\w-]+)?)$/;

/** Runbooks are here; what is on the internet opens beside the page. */
const link = (href: string, inner: string): string => {
  const [, path] = runbookPath.exec(href) ?? [];
  if (path) return `<a href="/${escaped(path)}">${inner}</a>`;
  if (/^https?:/.test(href))
    return `<a href="${escaped(href)}" rel="noreferrer" target="_blank">${inner}</a>`;
  // Another page of the runbooks, or a section of this one; other files of the checkout are not served.
  return /^(?:[\w-]+\.md)?(?:#[\w-]+)?$/.test(href) && href !== ''
    ? `<a href="${escaped(href)}">${inner}</a>`
    : inner;
};

/** Markdown as HTML: headings with GitHub's anchors, paths of runbooks as links, HTML in it as text. */
export const renderMarkdown = (text: string): string => {
  const seen = new Map<string, number>();
  const marked = new Marked({ gfm: true });
  marked.use({
    renderer: {
      heading({ tokens, depth, text: title }: Tokens.Heading) {
        const anchor = anchorOf(title.replaceAll('`', ''));
        const times = seen.get(anchor) ?? 0;
        seen.set(anchor, times + 1);
        const id = times === 0 ? anchor : `${anchor}-${times}`;
        return `<h${depth} id="${escaped(id)}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      link({ href, tokens }: Tokens.Link) {
        return link(href, this.parser.parseInline(tokens));
      },
      codespan({ text: code }: Tokens.Codespan) {
        const inner = `<code>${escaped(code)}</code>`;
        return runbookPath.test(code) ? link(code, inner) : inner;
      },
      table(
        this: { parser: { parseInline(tokens: Tokens.Generic[]): string } },
        { header, rows }: Tokens.Table,
      ) {
        const cell = (tag: string, { tokens }: Tokens.TableCell): string =>
          `<${tag}>${this.parser.parseInline(tokens)}</${tag}>`;
        const line = (tag: string, cells: Tokens.TableCell[]): string =>
          `<tr>${cells.map((one) => cell(tag, one)).join('')}</tr>`;
        // A table that is wider than a phone is moved, not the page.
        return `<div class="wide" tabindex="0" role="group" aria-label="table"><table><thead>${line('th', header)}</thead><tbody>${rows.map((row) => line('td', row)).join('')}</tbody></table></div>\n`;
      },
      html({ text: raw }: Tokens.HTML | Tokens.Tag) {
        return escaped(raw);
      },
    },
  });
  return marked.parse(text, { async: false });
};
