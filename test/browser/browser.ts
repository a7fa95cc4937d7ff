import { type Browser, chromium, type Page } from 'playwright-core';

/** Nothing that Chromium does by itself may reach for the network. */
const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A browser with a profile of its own, which is gone when it closes. */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: process.env.BREAKWATER_BROWSER ?? '/usr/bin/chromium',
    headless: true,
    args: quiet,
  });

export interface Watched {
  page: Page;
  /** Errors and warnings of the console, and exceptions that nobody caught. */
  complaints: string[];
  /** Every host that was asked for anything. */
  hosts: Set<string>;
}

/** Opens a page and writes down what it complains of and whom it asks. */
export const watchPage = async (browser: Browser, url: string): Promise<Watched> => {
  const page = await browser.newPage({ viewport: { width: 1600, height: 1000 } });
  const complaints: string[] = [];
  const hosts = new Set<string>();
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => hosts.add(new URL(request.url()).host));
  await page.goto(url);
  return { page, complaints, hosts };
};

/** Writes a picture for the documents, when it is asked for. */
export const picture = async (page: Page, name: string): Promise<void> => {
  if (process.env.UPDATE_SCREENSHOTS !== '1') return;
  const path = new URL(`../../docs/images/${name}.png`, import.meta.url).pathname;
  await page.screenshot({ path });
};
