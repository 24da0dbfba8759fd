// Chromium of the machine, and what every test wants to know of a page.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
           '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

// A page that remembers what must not happen: scripts or styles that the policy stops, errors, and
// requests to any other place than the daemon.
export async function openPage(browser, address, options = {}) {
  const context = await browser.newContext({ locale: 'vi-VN', timezoneId: 'Europe/Paris', viewport: { width: 1280, height: 900 }, ...options });
  await context.addInitScript(() => {
    window.refusedByPolicy = [];
    document.addEventListener('securitypolicyviolation', (event) => {
      window.refusedByPolicy.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
    });
  });
  const page = await context.newPage();
  page.wrong = [];
  page.elsewhere = [];
  page.on('pageerror', (error) => page.wrong.push(String(error)));
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) page.wrong.push(message.text());
  });
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(address) && !url.startsWith('data:') && !url.startsWith('blob:')) page.elsewhere.push(url);
  });
  return page;
}

export async function checkClean(page) {
  assert.deepEqual(page.wrong, []);
  assert.deepEqual(page.elsewhere, []);
  assert.deepEqual(await page.evaluate(() => window.refusedByPolicy), []);
}

// Chromium's own protocol puts axe into the page: the policy stays in force.
export async function checkAccessible(page, what) {
  await page.evaluate(AXE);
  const found = await page.evaluate((tags) =>
    window.axe.run(document, { runOnly: { type: 'tag', values: tags } }), RULES);
  const told = found.violations.map((each) =>
    `${each.id}: ${each.help}: ${each.nodes.slice(0, 5).map((node) => `${node.target} ${node.failureSummary}`).join(' | ')}`);
  assert.deepEqual(told, [], what);
}

export async function checkNoSidewaysScroll(page, what) {
  const [wide, seen] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok(wide <= seen, `${what}: ${wide} pixels wide on a screen of ${seen}`);
}
