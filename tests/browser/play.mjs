// node play.mjs URL SECONDS: opens the dashboard, lets it play, prints one JSON line: window.__player_stats and
// "complaints" (exceptions, content security violations, requests elsewhere). Exit 0 whatever it saw: the caller judges.
import { open_browser, open_page } from "./chromium.mjs";

const [, , address, seconds] = process.argv;
if (!address || !(Number(seconds) > 0)) {
  console.error("usage: node play.mjs URL SECONDS");
  process.exit(64);
}
const browser = await open_browser();
try {
  const { page, complaints } = await open_page(browser, address, { viewport: { width: 1280, height: 800 } });
  await page.waitForTimeout(Number(seconds) * 1000);
  const stats = await page.evaluate(() => window.__player_stats);
  console.log(JSON.stringify({ ...stats, complaints }));
} finally {
  await browser.close();
}
