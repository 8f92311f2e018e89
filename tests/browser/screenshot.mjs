// node screenshot.mjs URL OUT.png WIDTH HEIGHT [dark] [screen] [fine] [SECONDS]: a picture of the whole page after SECONDS (default 4).
// screen: only of what the window shows at first; fine: with two pixels for one, as telephones have them.
import { open_browser, open_page } from "./chromium.mjs";

const [, , address, file, width, height, ...rest] = process.argv;
if (!address || !file || !(Number(width) > 0) || !(Number(height) > 0)) {
  console.error("usage: node screenshot.mjs URL OUT.png WIDTH HEIGHT [dark] [screen] [fine] [SECONDS]");
  process.exit(64);
}
const dark = rest.includes("dark");
const seconds = Number(rest.find((word) => Number(word) > 0) ?? 4);
const browser = await open_browser();
try {
  const { page, complaints } = await open_page(browser, address, {
    viewport: { width: Number(width), height: Number(height) },
    colorScheme: dark ? "dark" : "light",
    deviceScaleFactor: rest.includes("fine") ? 2 : 1,
  });
  await page.waitForTimeout(seconds * 1000);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  await page.screenshot({ path: file, fullPage: !rest.includes("screen") });
  console.log(JSON.stringify({ file, overflow_pixels: overflow, complaints }));
} finally {
  await browser.close();
}
