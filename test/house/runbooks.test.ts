import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readCommandLine } from '../../bin/message-options.ts';
import { type Cause, causes } from '../../core/causes/index.ts';
import { alarmRows, compositeRows } from '../../lib/index.ts';
import { everything } from '../fixtures/watched.ts';

const root = new URL('../../', import.meta.url).pathname;
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Section {
  page: string;
  heading: string;
  text: string;
}

const sectionsOf = (page: string): Section[] =>
  read(page)
    .split(/^### /m)
    .slice(1)
    .map((part) => ({ page, heading: part.split('\n', 1)[0] ?? '', text: part }));

/** What no cause leads to: nothing failed, and yet an alarm says that something is to be done. */
const ofAlarms = [...alarmRows(everything), ...compositeRows(everything)].map(({ runbook }) => runbook);
const ofCauses = Object.values<Cause>(causes).map(({ runbook }) => runbook);
const withoutCause = [...new Set(ofAlarms)].filter((runbook) => !ofCauses.includes(runbook));

/** The anchor that the page gets where it is read: lower case, spaces as hyphens, other signs dropped. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(' ', '-')
    .replace(/[^a-z0-9_-]/g, '');

const pages = globSync('runbooks/*.md', { cwd: root });
const sections = pages.flatMap(sectionsOf);
const runbookOf = ({ page, heading }: Section): string => `${page}#${anchorOf(heading)}`;

describe('the runbooks', () => {
  it('have a section for every cause and every alarm, at the anchor that the report or the alarm links', () => {
    const known = sections.map(runbookOf);
    expect([...ofCauses, ...withoutCause].filter((runbook) => !known.includes(runbook))).toEqual([]);
  });

  it('have no section for a cause that does not exist, and none twice', () => {
    const wanted = [...ofCauses, ...withoutCause];
    expect(sections.map(runbookOf).sort()).toEqual(wanted.sort());
  });

  it.each(sections.map((section) => [section.heading, section] as const))(
    '%s says what is seen, why, how to confirm and repair, and when it is over',
    (_heading, { text }) => {
      for (const label of ['You see', 'Why', 'Confirm', 'Repair', 'Over when'])
        expect(text).toMatch(new RegExp(`^\\*\\*${label}\\*\\*`, 'm'));
    },
  );

  it('link only to pages and sections that exist', () => {
    const broken = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\(([^)]+)\)/g)].flatMap(([, target = '']) => {
        const [path = '', anchor] = target.split('#');
        const file = path ? new URL(path, `file:///${page}`).pathname.slice(1) : page;
        if (!existsSync(join(root, file))) return [`${page}: ${target}`];
        const anchors = [...read(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));
        return anchor && !anchors.includes(anchor) ? [`${page}: ${target}`] : [];
      }),
    );
    expect(broken).toEqual([]);
  });

  it('run only commands of ours that exist', () => {
    const { scripts } = JSON.parse(read('package.json'));
    const used = pages.flatMap((page) =>
      [...read(page).matchAll(/npm run (?:-s )?([a-z:-]+)/g)].map(([, name]) => name),
    );
    expect(used.filter((name) => !((name as string) in scripts))).toEqual([]);
  });

  it('ask of messages only what can be asked', () => {
    const calls = [...pages, 'README.md'].flatMap((page) =>
      [...read(page).matchAll(/^npm run -s messages -- ([^#|\n]+)/gm)].map(([, words = '']) =>
        words
          .trim()
          .replaceAll("'", '')
          .replace('--id ID', '--id 5c1e7a1e-3b1f-4b5e-9d5c-0d6f0a6b1c2d')
          .split(' '),
      ),
    );
    expect(calls.length).toBeGreaterThan(8);
    expect(calls.map(readCommandLine).filter(({ ok }) => !ok)).toEqual([]);
  });
});
