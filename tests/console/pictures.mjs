// Makes the pictures of the README from the running system.
//   node tests/console/pictures.mjs [DIR]   (default: docs/pictures)
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launch, openPage } from './browser.mjs';
import { Daemon, makeStore } from './daemon.mjs';
import { VIEWS, lateCase, ring } from './scenes.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const target = process.argv[2] ?? join(root, 'docs/pictures');
async function ringSome() {
  await ring(daemon);
  await ring(daemon, { unit: 'H34.21', due: '20250331170000' });
  const answered = await ring(daemon, { unit: 'H34.24' });
  await ring(daemon, { unit: 'H34.05', due: '20250331170000' });
  const { alerts } = await daemon.get('alerts?open=true');
  const { id } = alerts.find((alert) => alert.case_id === answered);
  await daemon.request('POST', `/api/v1/alerts/${encodeURIComponent(id)}/ack`, { comment: 'Đã giao cán bộ một cửa, trả trong sáng mai' });
}

mkdirSync(target, { recursive: true });
const folder = mkdtempSync(join(tmpdir(), 'tthc-pictures-'));
const daemon = new Daemon(makeStore(folder));
const browser = await launch();
try {
  await daemon.start();
  const page = await openPage(browser, daemon.address, { viewport: { width: 1040, height: 660 } });
  const names = { late: await lateCase(daemon) };
  for (const view of VIEWS) {
    // Only now: the figures of the views before are the quarter's own.
    if (view.name === 'canh-bao') await ringSome();
    await page.goto(`${daemon.address}/${view.at(names)}`);
    await page.waitForSelector(view.ready);
    await page.waitForLoadState('networkidle');
    await page.screenshot({ path: join(target, `${view.name}.png`) });
  }
  const phone = await openPage(browser, daemon.address, { viewport: { width: 390, height: 660 }, colorScheme: 'dark' });
  await phone.goto(`${daemon.address}/#/tong-quan`);
  await phone.waitForSelector('.score');
  await phone.screenshot({ path: join(target, 'dien-thoai.png') });
} finally {
  await browser.close();
  await daemon.stop();
  rmSync(folder, { recursive: true });
}
