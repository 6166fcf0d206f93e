/** A headless Chromium for tests, which reaches no network. */

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
const flags = [
  ...['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
  '--host-resolver-rules=MAP * ~NOTFOUND',
];

/** For what takes a second when nothing else goes on. */
const patienceMs = 120_000;

/** The browser, or why there can be none here. It has a profile of its own. */
export async function openBrowser(): Promise<Browser | string> {
  const executablePath = found();
  if (executablePath === undefined) return `there is none of ${names.join(', ')}`;
  return chromium.launch({ executablePath, args: flags, timeout: patienceMs });
}

/** A page, and what was wrong on it: errors, and requests for anything but the file itself. */
export async function openFile(
  browser: Browser,
  path: string,
  options: { readonly width?: number; readonly dark?: boolean } = {},
): Promise<{ page: Page; faults: string[] }> {
  const page = await browser.newPage({
    viewport: { width: options.width ?? 1280, height: 900 },
    colorScheme: options.dark === true ? 'dark' : 'light',
  });
  page.setDefaultTimeout(patienceMs);
  const faults: string[] = [];
  const url = new URL(`file://${path}`).href;
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    const asked = request.url();
    if (asked !== url && !asked.startsWith('data:')) faults.push(`request: ${asked}`);
  });
  await page.goto(url);
  return { page, faults };
}

function found(): string | undefined {
  const folders = ['/usr/bin', ...(process.env['PATH'] ?? '').split(delimiter)];
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
