// The console in a real Chromium against the real daemon with the demonstration quarter.
//
// Environment: TTHCMON (the binary), TTHC_SHOTS (where screenshots are kept), CHROMIUM.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { checkAccessible, checkClean, checkNoSidewaysScroll, launch, openPage } from './browser.mjs';
import { Daemon, copyOf, makeStore } from './daemon.mjs';
import { VIEWS, lateCase, ring } from './scenes.mjs';

const MOST_COMPRESSED_BYTES = 150_000;
const PERIOD = '2025-Q1';
const LEADER = 'leader-token-0123456789';
const SENDER = 'sender-token-0123456789';
const LED = 'H34.03';
const TOKENS = `[[token]]
name = "Lãnh đạo Sở"
token = "${LEADER}"
roles = ["leader"]
units = ["${LED}"]
[[token]]
name = "Một cửa"
token = "${SENDER}"
roles = ["producer"]
`;

const folder = mkdtempSync(join(tmpdir(), 'tthc-console-'));
const shots = process.env.TTHC_SHOTS ?? join(folder, 'shots');
const whole = new Intl.NumberFormat('vi-VN');
const percent = new Intl.NumberFormat('vi-VN', { style: 'percent', minimumFractionDigits: 2, maximumFractionDigits: 2 });
let daemon;
let guarded;   // asks for tokens
let browser;
let names;
const pages = [];

before(async () => {
  mkdirSync(shots, { recursive: true });
  const store = makeStore(folder);
  guarded = await new Daemon(copyOf(store, join(folder, 'guarded')), { tokens: TOKENS }).start();
  daemon = await new Daemon(store, { tls: true }).start();
  browser = await launch();
  names = { late: await lateCase(daemon) };
});
after(async () => {
  await browser?.close();
  await daemon?.stop();
  await guarded?.stop();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(async () => {
  for (const page of pages.splice(0)) {
    await checkClean(page);
    await page.context().close();
  }
});

async function open(address, hash = '', options = {}) {
  const page = await openPage(browser, address, options);
  pages.push(page);
  await page.goto(`${address}/${hash}`);
  return page;
}
const shoot = (page, name) => page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
const linkState = (page, state) => page.waitForSelector(`.link.${state}`);
const textOf = (page, selector) => page.locator(selector).first().innerText();
// The first number of a text as it is written here: "1.234 hồ sơ" is 1234.
const numberIn = (text) => Number(/[\d.]+/.exec(text)[0].replaceAll('.', ''));

test('the first view weighs little and stands on nothing but the daemon', async (t) => {
  const page = await openPage(browser, daemon.address);
  pages.push(page);
  let bytes = 0;
  const sizes = [];
  page.on('requestfinished', (request) => sizes.push(request.sizes().then((size) => { bytes += size.responseBodySize + size.responseHeadersSize; })));
  await page.goto(`${daemon.address}/`);
  await page.waitForSelector('.tile.overdue');
  const milliseconds = await page.evaluate(() => Math.round(performance.now()));
  await Promise.all(sizes);
  t.diagnostic(`first view: ${bytes} bytes on the way, ${milliseconds} ms`);
  writeFileSync(join(shots, 'measured.json'), JSON.stringify({ bytes, milliseconds }));
  assert.ok(bytes < MOST_COMPRESSED_BYTES, `${bytes} bytes`);
});

test('files are cached by their names, and the policy allows nothing inline', async () => {
  const index = await fetch(`${daemon.address}/`);
  assert.match(index.headers.get('content-security-policy'), /default-src 'none'.*script-src 'self'.*style-src 'self'/);
  assert.equal(index.headers.get('x-content-type-options'), 'nosniff');
  assert.equal(index.headers.get('referrer-policy'), 'no-referrer');
  const html = await index.text();
  const script = /\/console\/(app-\w+\.js)/.exec(html)[1];
  const file = await fetch(`${daemon.address}/console/${script}`);
  assert.match(file.headers.get('cache-control'), /immutable/);
  assert.equal(file.headers.get('content-encoding'), 'gzip');
  const again = await fetch(`${daemon.address}/`, { headers: { 'If-None-Match': index.headers.get('etag') } });
  assert.equal(again.status, 304);
  assert.equal((await fetch(`${daemon.address}/console/none.js`)).status, 404);
});

for (const scheme of ['light', 'dark']) {
  test(`every view is there and accessible (${scheme})`, async () => {
    const page = await open(daemon.address, '', { colorScheme: scheme });
    await ring(daemon);
    for (const view of VIEWS) {
      await page.goto(`${daemon.address}/${view.at(names)}`);
      await page.waitForSelector(view.ready);
      await checkAccessible(page, `${view.title}, ${scheme}`);
      await shoot(page, `${view.name}-${scheme}`);
    }
  });
}

test('a phone shows every view without scrolling sideways', async () => {
  const page = await open(daemon.address, '', { viewport: { width: 390, height: 800 }, hasTouch: true, isMobile: true });
  await ring(daemon);
  for (const view of VIEWS) {
    await page.goto(`${daemon.address}/${view.at(names)}`);
    await page.waitForSelector(view.ready);
    await checkNoSidewaysScroll(page, view.title);
    await checkAccessible(page, `${view.title}, phone`);
    await shoot(page, `${view.name}-phone`);
  }
});

test('the overview says what the API says, and every number opens its list', async () => {
  const page = await open(daemon.address);
  await page.waitForSelector('.score');
  const form = await daemon.get(`units/H34/summary?period=${PERIOD}&rule=form06`);
  const portal = await daemon.get(`units/H34/summary?period=${PERIOD}&rule=qd766`);
  assert.equal(await textOf(page, '.tile.overdue .value'), whole.format(portal.open.overdue));
  const ratios = await page.locator('.ratio .big').allInnerTexts();
  assert.equal(ratios[0], percent.format(form.rates.tt01));
  assert.equal(ratios[1], percent.format(portal.rates.qd766));
  // The same question as the number's own: each list is as long as its number says.
  const links = await page.locator('main a[href*="#/ho-so?"]').evaluateAll((found) =>
    found.map((link) => ({ href: link.getAttribute('href'), text: link.querySelector('.value')?.textContent ?? link.textContent.trim() })));
  const checked = new Set();
  for (const { href, text } of links.filter((link) => /^[\d.]+( |$)/.test(link.text))) {
    if (checked.has(href) || checked.size === 24) continue;
    checked.add(href);
    const query = new URLSearchParams(href.split('?')[1]);
    if (query.has('recorded_since')) continue;   // what the tests themselves send
    query.set('limit', '1');
    const list = await daemon.get(`cases?${query}`);
    assert.equal(list.total, numberIn(text), `${text}: ${href}`);
  }
  assert.ok(checked.size > 10);
  await page.click('.tile.overdue');
  await page.waitForSelector('table.cases');
  assert.equal(numberIn(await textOf(page, '#total')), portal.open.overdue);
  assert.match(await textOf(page, 'table.cases .badge'), /^Quá \d+ ngày/);
});

test('a posted message moves the overview by itself', async () => {
  const page = await open(daemon.address);
  await page.waitForSelector('.score');
  await linkState(page, 'open');
  const received = () => textOf(page, '.facts dd a').then(numberIn);
  const before = await received();
  const id = await ring(daemon);
  await page.waitForFunction((old) => Number(document.querySelector('.facts dd a').textContent.replaceAll('.', '')) === old + 1, before);
  await page.waitForFunction((number) => document.querySelector('#last-hour').parentElement.textContent.includes(number), id);
});

test('over https everything is live, too', async () => {
  const page = await open(daemon.secureAddress, '', { ignoreHTTPSErrors: true });
  await page.waitForSelector('.score');
  await linkState(page, 'open');
  const id = await ring(daemon);
  await page.waitForFunction((number) => document.querySelector('#last-hour').parentElement.textContent.includes(number), id);
});

test('an alert comes, is told to the browser, acknowledged with a word, and put off', async () => {
  const page = await openPage(browser, daemon.address, { permissions: ['notifications'] });
  pages.push(page);
  await page.addInitScript(() => {
    window.told = [];
    window.Notification = class {
      static permission = 'granted';
      constructor(title, options) { window.told.push(`${title}: ${options.body}`); }
    };
  });
  await page.goto(`${daemon.address}/#/canh-bao`);
  await linkState(page, 'open');
  await page.waitForSelector('.card');
  const id = await ring(daemon);
  const row = page.locator('li[data-alert]', { hasText: id });
  await row.waitFor();
  await page.waitForFunction((number) => window.told.some((text) => text.includes(number)), id);
  await row.getByRole('button', { name: 'Hoãn' }).click();
  await row.locator('select').selectOption('4');
  await row.locator('input').fill('chờ họp');
  await row.getByRole('button', { name: 'Hoãn cảnh báo' }).click();
  await row.getByText('hoãn đến').waitFor();
  await row.getByRole('button', { name: 'Nhận' }).click();
  // By keyboard: the field has the focus.
  await page.keyboard.type('đã giao anh Tô');
  await page.keyboard.press('Enter');
  await row.getByText('đã giao anh Tô').waitFor();
  const { alerts } = await daemon.get('alerts?open=true&limit=1000');
  const answered = alerts.find((alert) => alert.case_id === id);
  assert.equal(answered.ack_comment, 'đã giao anh Tô');
  assert.equal(answered.snooze_comment, 'chờ họp');
  await shoot(page, 'canh-bao-answered');
  await checkAccessible(page, 'an answered alert');
  // The case tells of it, too.
  await page.goto(`${daemon.address}/#/ho-so/${id}`);
  await page.locator('#alerts', { hasText: 'đã giao anh Tô' }).waitFor();
  await page.locator('#alerts', { hasText: 'chờ họp' }).waitFor();
  await checkAccessible(page, 'a case with alerts');
});

test('nothing is lost while the daemon was killed and away', async () => {
  const page = await open(daemon.address, '#/canh-bao');
  await linkState(page, 'open');
  await page.waitForSelector('.card');
  const { port } = daemon;
  await ring(daemon);   // the stream has a place before it breaks
  await daemon.kill();
  await linkState(page, 'lost');
  assert.match(await textOf(page, 'p.lost'), /Mất kết nối/);
  await shoot(page, 'lost');
  // Meanwhile it runs where the page does not reach it.
  await daemon.start();
  const missed = [await ring(daemon), await ring(daemon)];
  await daemon.stop();
  await daemon.start(port);
  await linkState(page, 'open');
  for (const id of missed) await page.locator('li[data-alert]', { hasText: id }).waitFor();
  await page.getByText(`nhận đủ ${missed.length} cảnh báo`).waitFor();
  await shoot(page, 'replayed');
});

test('a snapshot in place of a replay is said', async () => {
  const page = await open(daemon.address, '#/canh-bao');
  await linkState(page, 'open');
  const id = await ring(daemon);
  await page.locator('li[data-alert]', { hasText: id }).waitFor();
  // As if the store had been another one.
  await page.evaluate(() => sessionStorage.setItem('tthc.place', JSON.stringify({ epoch: 'gone', seq: 1 })));
  await page.reload();
  await page.getByText('ảnh chụp các cảnh báo').waitFor();
  await page.locator('li[data-alert]', { hasText: id }).waitFor();
});

test('a case is seen as it stood and as it was known', async () => {
  const page = await open(daemon.address, `#/ho-so/${names.late}`);
  await page.waitForSelector('svg.life');
  const now = await daemon.get(`cases/${names.late}`);
  assert.equal(await textOf(page, '#clock'), now.clock.text);
  assert.ok((await page.locator('svg.life .due.old').count()) >= 1, 'the date that was moved is drawn');
  const { findings, working_time: hours } = await daemon.get(`cases/${names.late}/timeline`);
  const off = page.locator('svg.life rect.off');
  assert.ok((await off.count()) >= 1, 'nights and days off are drawn');
  assert.ok((await off.count()) <= hours.length + 1, 'no more than lie between stretches of working time');
  assert.deepEqual(await page.locator('#findings li > b').allInnerTexts(), findings.map((each) => each.title));
  // Both sliders by keyboard, to what was known and had happened first.
  const { statements } = await daemon.get(`cases/${names.late}/timeline`);
  await page.locator('#known_at').focus();
  await page.keyboard.press('Home');
  await page.waitForFunction(() => document.querySelectorAll('svg.life .due').length === 1);
  const first = statements.map((each) => each.recorded).sort()[0];
  const then = await daemon.get(`cases/${names.late}?known_at=${encodeURIComponent(first)}`);
  await page.waitForFunction((text) => document.querySelector('#clock').textContent === text, then.clock.text);
  assert.notEqual(then.clock.deadline, now.clock.deadline);
  await page.locator('#as_of').focus();
  await page.keyboard.press('Home');
  await page.waitForFunction(() => location.hash.includes('as_of='));
  await page.getByText('như nó từng là').waitFor();
  await page.waitForFunction((text) => document.querySelector('#clock').textContent !== text, then.clock.text);
  await shoot(page, 'ho-so-as-of');
  await checkAccessible(page, 'a case of the past');
  await page.getByRole('link', { name: 'Về hiện tại' }).click();
  await page.waitForFunction((text) => document.querySelector('#clock').textContent === text, now.clock.text);
});

test('a proof and every report are downloaded', async () => {
  await daemon.request('POST', '/api/v1/checkpoints');
  const page = await open(daemon.address, `#/ho-so/${names.late}`);
  const proof = page.waitForEvent('download');
  await page.click('#proof');
  const file = JSON.parse(readFileSync(await (await proof).path(), 'utf8'));
  assert.equal(file.case, names.late);
  await page.goto(`${daemon.address}/#/bao-cao`);
  await page.waitForSelector('.preview table');
  const { reports } = await daemon.get('reports');
  const shown = await page.locator('.reports li > a').allInnerTexts();
  assert.deepEqual(shown, reports.map((report) => report.title));
  for (const { name } of reports) {
    const taken = page.waitForEvent('download');
    await page.click(`button[data-report="${name}"][data-format="xlsx"]`);
    const download = await taken;
    assert.match(download.suggestedFilename(), new RegExp(`^${name}_H34_${PERIOD}\\.xlsx$`));
    assert.equal(readFileSync(await download.path()).subarray(0, 2).toString(), 'PK');
  }
  for (const { name, title } of reports) {
    await page.click(`.reports a[href*="/bao-cao/${name}"]`);
    await page.waitForFunction((text) => document.querySelector('.preview h2')?.textContent === text, title);
    await checkAccessible(page, name);
  }
});

test('findings stand beside the ratio that is reported', async () => {
  const page = await open(daemon.address, '#/phat-hien');
  await page.waitForSelector('.alerts li');
  const honest = await daemon.get(`units/H34/honest-ratio?period=${PERIOD}`);
  assert.deepEqual(await page.locator('.tile .value').allInnerTexts(), honest.ratios.map((each) => percent.format(each.ratio)));
  const all = await daemon.get('findings?unit=H34&limit=1');
  const of = all.counts[0];
  await page.getByRole('button', { name: of.title }).click();
  await page.getByText(`trong ${whole.format(of.count)}.`).waitFor();
  assert.ok((await page.locator('.alerts .badge').allInnerTexts()).every((text) => text === of.title));
});

test('units are found without their marks, by keyboard', async () => {
  const page = await open(daemon.address);
  await page.waitForSelector('search-field');
  const { units } = await daemon.get('units');
  const unit = units.find((each) => each.name.includes('Đăk Tô') && each.level === 'district');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Đến nội dung');
  await page.locator('search-field input').focus();
  await page.keyboard.type('huyen dak to');
  await page.locator('[role=option]').first().waitFor();
  await checkAccessible(page, 'search');
  await shoot(page, 'search');
  await page.keyboard.press('Enter');
  await page.waitForFunction((code) => location.hash.includes(code), unit.code);
  await page.waitForFunction((name) => document.querySelector('h1')?.textContent === name, unit.name);
});

test('a leader sees the own unit and no other', async () => {
  const page = await open(guarded.address);
  await page.getByLabel('Thẻ truy cập').fill('wrong-token-0123456789');
  await checkAccessible(page, 'the sign-in form');
  await page.getByRole('button', { name: 'Mở' }).click();
  await page.getByText('không đúng').waitFor();
  await page.getByLabel('Thẻ truy cập').fill(LEADER);
  await page.getByRole('button', { name: 'Mở' }).click();
  await page.waitForSelector('.score');
  assert.match(await textOf(page, 'h1'), /Sở Tài chính/);
  const own = await guarded.get(`units/${LED}/summary?period=${PERIOD}&rule=qd766`, LEADER);
  assert.equal(await textOf(page, '.tile.overdue .value'), whole.format(own.open.overdue));
  await linkState(page, 'open');
  await shoot(page, 'leader');
  await page.goto(`${guarded.address}/#/don-vi/H34.05`);
  await page.getByText('There is no unit').waitFor();
  await page.locator('search-field input').fill('xay dung');
  assert.equal(await page.locator('[role=option]').count(), 0);
  // Its own alerts ring, those of others do not.
  await page.goto(`${guarded.address}/#/canh-bao`);
  await linkState(page, 'open');
  const foreign = await ring(guarded, { unit: 'H34.05', token: SENDER });
  const id = await ring(guarded, { unit: LED, token: SENDER });
  await page.locator('li[data-alert]', { hasText: id }).waitFor();
  assert.equal(await page.locator('li[data-alert]', { hasText: foreign }).count(), 0);
  // No proof for a token that does not see all; the token is in no address.
  await page.goto(`${guarded.address}/#/ho-so/${id}`);
  await page.waitForSelector('svg.life');
  assert.equal(await page.locator('#proof').count(), 0);
  assert.equal(await page.evaluate(() => location.href.includes('token')), false);
  await page.getByRole('button', { name: 'Thoát' }).click();
  await page.getByLabel('Thẻ truy cập').waitFor();
});
