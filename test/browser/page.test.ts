import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { type RunningTwin, runTwin } from '../twin/command.ts';
import { eventually } from '../twin/eventually.ts';
import { openBrowser, picture, type Watched, watchPage } from './browser.ts';

const patience = 120_000;

/** How far the page could be moved sideways, as an expression for the browser. */
const overhang = 'document.documentElement.scrollWidth - innerWidth';

describe('the page of npm start, in a browser', () => {
  let twin: RunningTwin;
  let browser: Browser;
  let watched: Watched;
  let url: string;

  beforeAll(async () => {
    twin = runTwin(['--tick', '2']);
    await twin.said('page: http');
    url = /page: (http:\S+)/.exec(twin.stdout())?.[1] ?? '';
    browser = await openBrowser();
    watched = await watchPage(browser, url);
  }, patience);
  afterAll(async () => {
    await browser?.close();
    twin?.child.kill('SIGINT');
    await twin?.ended;
    twin?.remove();
  }, patience);

  const area = (name: string) => watched.page.getByRole('region', { name });
  const button = (name: string) => watched.page.getByRole('button', { name, exact: true });
  const verdict = async () => (await watched.page.getByRole('heading', { level: 1 }).textContent()) ?? '';
  const says = (text: RegExp) => eventually(async () => text.test(await verdict()), patience);

  test(
    'says that all is good once the alarms have data',
    async () => {
      await says(/All good/);
      expect(await area('Service').textContent()).toContain('healthy');
    },
    patience,
  );

  test(
    'draws the synthesized dashboard, each graph with its latest values in words',
    async () => {
      const { page } = watched;
      await eventually(async () => {
        await page.mouse.wheel(0, 700);
        return (await page.getByRole('img').count()) >= 10;
      }, patience);
      const labels = await page
        .getByRole('img')
        .evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')));
      for (const label of labels) expect(label).toMatch(/\. Latest: .+\.$/);
      expect(labels.join('\n')).toContain('Layer that failed (layer). Latest: postgres 0');
      expect(await page.getByText('Without it is lost').isVisible()).toBe(true);
      await page.evaluate('scrollTo(0, 0)');
    },
    patience,
  );

  test(
    'names every threshold: at its line, or at the edge where the axis would have to go too far',
    async () => {
      const { page } = watched;
      const widget = (title: string) =>
        page.locator('.widget').filter({ has: page.getByRole('heading', { name: title, exact: true }) });
      const connections = widget('Connections').first();
      await connections.scrollIntoViewIfNeeded();
      const edge = connections.locator('.beyond.above');
      await eventually(async () => (await edge.textContent()) !== '', patience);
      expect(await edge.textContent()).toMatch(
        /↑ limit of the instance class \(\d+\)↑ database-connections-high \d+/,
      );
      const label = await connections.getByRole('img').getAttribute('aria-label');
      expect(label).toMatch(/ Lines: limit of the instance class \(\d+\); database-connections-high \d+\.$/);
      const headroom = widget('Connections left for the service');
      await eventually(async () => (await headroom.getByRole('img').count()) === 1, patience);
      expect(await headroom.locator('.beyond').allTextContents()).toEqual(['', '']);
      expect(await headroom.getByRole('img').getAttribute('aria-label')).toMatch(
        / Lines: connections-headroom-low \d+; connections-headroom-critical \d+\.$/,
      );
      await page.evaluate('scrollTo(0, 0)');
    },
    patience,
  );

  test(
    'is usable without seeing it: names, landmarks, one first heading, nothing twice',
    async () => {
      const { page } = watched;
      expect(await page.locator('html').getAttribute('lang')).toBe('en');
      for (const role of ['banner', 'main'] as const) expect(await page.getByRole(role).count()).toBe(1);
      expect(await page.getByRole('navigation', { name: 'Sections' }).count()).toBe(1);
      expect(await page.getByRole('status').count()).toBe(1);
      expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
      const names = await page
        .getByRole('button')
        .evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')));
      expect(names.length).toBeGreaterThan(15);
      expect(names.every((name) => /^Break [\w-]+$/.test(name ?? ''))).toBe(true);
      for (const name of [
        'Alarms',
        'Notifications',
        'Last reports of the probes',
        'Service',
        'Break something',
      ])
        expect([name, await area(name).count()]).toEqual([name, 1]);
      const ids: string[] = await page.locator('[id]').evaluateAll((all) => all.map(({ id }) => id));
      expect(ids).toEqual([...new Set(ids)]);
    },
    patience,
  );

  test(
    'shows where the keyboard is',
    async () => {
      const { page } = watched;
      await page.keyboard.press('Tab');
      expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    },
    patience,
  );

  test(
    'breaks the database with the keyboard, and tells of the alarm, its reason and what is lost',
    async () => {
      const { page } = watched;
      await button('Break database-stop').focus();
      await page.keyboard.press('Enter');
      await says(/user-impact/);
      const alarms = area('Alarms');
      expect(await alarms.textContent()).toContain('postgres-down');
      expect(await alarms.getByText('out of the last 3 datapoints').first().isVisible()).toBe(true);
      expect(await page.getByRole('banner').textContent()).toContain('Lost: model registration');
      expect(await page.getByRole('status').textContent()).toMatch(/\S/);
      expect(await area('Last reports of the probes').textContent()).toContain('CONNECTION_REFUSED');
      expect(await area('Notifications').textContent()).toMatch(/postgres|whom it told/i);
      await picture(page, 'twin-page');
    },
    patience,
  );

  test(
    'keeps the focus where it was while the page changes',
    async () => {
      expect(await watched.page.evaluate('document.activeElement.getAttribute("aria-label")')).toBe(
        'Repair database-stop',
      );
    },
    patience,
  );

  test(
    'shows the fault in the dashboard too',
    async () => {
      // What is not on the screen is drawn once it is.
      await watched.page.evaluate('document.querySelector("#dashboard").scrollIntoView()');
      const layer = watched.page.getByRole('img', { name: /^Layer that failed/ });
      await eventually(
        async () => /postgres 3/.test((await layer.getAttribute('aria-label')) ?? ''),
        patience,
      );
      await picture(watched.page, 'twin-dashboard');
    },
    patience,
  );

  test(
    'does not move sideways on a phone, and is readable there and in the dark',
    async () => {
      const { page } = watched;
      const ground = 'getComputedStyle(document.body).backgroundColor';
      const light = await page.evaluate(ground);
      await page.evaluate('scrollTo(0, 0)');
      await page.emulateMedia({ colorScheme: 'dark' });
      expect(await page.evaluate(ground)).not.toBe(light);
      await picture(page, 'twin-page-dark');
      await page.setViewportSize({ width: 360, height: 800 });
      await eventually(async () => Number(await page.evaluate(overhang)) <= 0);
      await page.emulateMedia({ colorScheme: 'light' });
      await page.evaluate('scrollTo(0, 0)');
      await picture(page, 'twin-page-phone');
      await page.setViewportSize({ width: 1600, height: 1000 });
    },
    patience,
  );

  test(
    'opens the runbook of the cause at its section',
    async () => {
      const { page } = watched;
      await area('Last reports of the probes')
        .getByRole('link', { name: /connection_refused/ })
        .first()
        .click();
      await page.waitForURL(/\/runbooks\/network\.md#connection_refused$/);
      expect(await page.getByRole('heading', { name: 'CONNECTION_REFUSED' }).isVisible()).toBe(true);
      await page.setViewportSize({ width: 360, height: 800 });
      expect(Number(await page.evaluate(overhang))).toBeLessThanOrEqual(0);
      await page.setViewportSize({ width: 1600, height: 1000 });
      await page.getByRole('link', { name: 'Back to the twin' }).click();
      await says(/user-impact/);
    },
    patience,
  );

  test(
    'repairs it with the pointer, and sees it clear',
    async () => {
      await button('Repair database-stop').click();
      await says(/All good/);
      expect(await area('Alarms').textContent()).toContain('None is raised.');
      expect(await button('Break database-stop').isVisible()).toBe(true);
    },
    patience,
  );

  test(
    'sees a fault that somebody else injects and lifts',
    async () => {
      const path = `${url}/api/faults/network-acl`;
      expect((await fetch(path, { method: 'POST' })).status).toBe(200);
      await eventually(() => button('Repair network-acl').isVisible());
      expect((await fetch(path, { method: 'DELETE' })).status).toBe(200);
      await eventually(() => button('Break network-acl').isVisible());
    },
    patience,
  );

  test(
    'has complained of nothing, and asked nobody but the twin',
    () => {
      expect(watched.complaints).toEqual([]);
      expect([...watched.hosts]).toEqual([new URL(url).host]);
    },
    patience,
  );

  test(
    'says so when the twin is gone',
    async () => {
      twin.child.kill('SIGINT');
      await says(/does not answer/);
    },
    patience,
  );
});
