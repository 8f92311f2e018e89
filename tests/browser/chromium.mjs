// Debian's Chromium, driven by playwright-core. CHROMIUM names another binary.
import { chromium } from "playwright-core";

export async function open_browser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
    ],
  });
}

// A page that notes what a browser complains about: exceptions, console errors, violations of the content security policy
// and requests to any other host. `prepare`: what is to be done with the page before it loads.
export async function open_page(browser, address, { prepare, ...options } = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints = [];
  const host = new URL(address).host;
  await page.exposeFunction("__complain", (text) => complaints.push(text));
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => window.__complain(`policy: ${event.violatedDirective} ${event.blockedURI}`));
  });
  page.on("pageerror", (error) => complaints.push(`exception: ${error.message}`));
  page.on("console", (message) => {
    // A playlist that is not there yet is an answer, not a fault of the page.
    if (message.type() === "error" && !/Failed to load resource/.test(message.text())) complaints.push(message.text());
  });
  page.on("request", (request) => {
    const target = new URL(request.url());
    if (/^https?:$/.test(target.protocol) && target.host !== host) complaints.push(`request to ${target.host}`);
  });
  await prepare?.(page);
  await page.goto(address);
  return { page, complaints };
}
