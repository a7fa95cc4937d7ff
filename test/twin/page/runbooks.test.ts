import { globSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { causes } from '../../../core/causes/index.ts';
import { type Page, startPage } from '../../../twin/page/index.ts';
import { renderMarkdown } from '../../../twin/page/markdown.ts';
import { projectRoot } from '../../../twin/project.ts';
import { ask } from './asking.ts';
import { createSubject } from './subject.ts';

describe('the runbooks', () => {
  let page: Page;
  beforeAll(async () => {
    page = await startPage(createSubject().subject);
  });
  afterAll(() => page?.close());

  test('have the anchor of every cause', async () => {
    for (const { runbook } of Object.values(causes)) {
      const [path, anchor] = runbook.split('#');
      const { status, text } = await ask(page.url, `/${path}`);
      expect([runbook, status, text.includes(` id="${anchor}"`)]).toEqual([runbook, 200, true]);
    }
  });

  test('link only to what is here, or away from here in a page of its own', async () => {
    for (const file of globSync('runbooks/*.md', { cwd: projectRoot })) {
      const { text } = await ask(page.url, `/${file}`);
      const links = [...text.matchAll(/<a href="([^"]+)"([^>]*)>/g)];
      for (const [, href = '', more = ''] of links) {
        if (/^https?:/.test(href)) expect(more).toContain('rel="noreferrer"');
        else {
          const { pathname } = new URL(href, `${page.url}/${file}`);
          expect([file, href, (await ask(page.url, pathname)).status]).toEqual([file, href, 200]);
        }
      }
    }
  });

  test('are found without their ending too, and an unknown one is 404 with those that there are', async () => {
    expect((await ask(page.url, '/runbooks/dns')).status).toBe(200);
    const { status, json } = await ask(page.url, '/runbooks/nothing.md');
    expect([status, json().known.includes('dns.md')]).toEqual([404, true]);
  });
});

describe('Markdown', () => {
  test('gets the anchors that GitHub gives, also where a heading comes twice', () => {
    const html = renderMarkdown('### dead letters\n\n### A `CODE`, and more!\n\n### dead letters\n');
    expect([...html.matchAll(/id="([^"]+)"/g)].map(([, id]) => id)).toEqual([
      'dead-letters',
      'a-code-and-more',
      'dead-letters-1',
    ]);
  });

  test('shows HTML as text, and makes no link of what is not one', () => {
    const html = renderMarkdown('<img src=x onerror=alert(1)> [a](javascript:alert(1)) [b](../docs/x.md)');
    expect(html).not.toMatch(/<img|<a /);
    expect(html).toContain('&lt;img');
  });

  test('makes a link of the path of a runbook, wherever it is published', () => {
    expect(renderMarkdown('[R](https://example.com/main/runbooks/dns.md#dns_timeout)')).toContain(
      'href="/runbooks/dns.md#dns_timeout"',
    );
    expect(readFileSync(`${projectRoot}/runbooks/dns.md`, 'utf8')).toContain('### DNS_TIMEOUT');
  });
});
