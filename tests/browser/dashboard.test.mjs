// The page in Chromium against the stand-in supervisor (dashboard/dev/stub.mjs): it says what is true, in every state.
// node --test dashboard.test.mjs, with DASHBOARD_OUT (the built files) and DASHBOARD_STUB (stub.mjs) in the environment.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, before, test } from "node:test";
import { open_browser, open_page } from "./chromium.mjs";

const { DASHBOARD_OUT, DASHBOARD_STUB } = process.env;
let browser;
let stub;

function start_stub(port = 0) {
  const child = spawn(process.execPath, [DASHBOARD_STUB, DASHBOARD_OUT, String(port)], { stdio: ["ignore", "pipe", "inherit"] });
  return new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the stub ended: ${code}`)));
    child.stdout.once("data", (line) => resolve({ child, address: String(line).trim() }));
  });
}

async function scene(name) {
  assert.equal((await fetch(`${stub.address}/scene/${name}`)).status, 200);
}

async function open(name, options) {
  await scene(name);
  const opened = await open_page(browser, stub.address, options);
  if (name !== "empty") await opened.page.locator("article.stream").first().waitFor();
  return opened;
}

before(async () => {
  stub = await start_stub();
  browser = await open_browser();
});

after(async () => {
  await browser?.close();
  stub?.child.kill();
});

test("every state has its word, its reason and its sign on the picture", async () => {
  const expected = {
    degraded: ["Live, degraded", "Encoder libx264 instead of h264_vaapi", null],
    slate: ["Slate on air", "display_lost", "Slate, not the desktop"],
    bridge: ["Starting", "no heartbeat for 1.0 s", "Last picture, repeated"],
    backoff: ["Waiting to retry", "signal 11", "Last picture, repeated"],
    hold: ["On hold", "11 failures", "Off air"],
    stopped: ["Stopped", "Stopped by the operator", "Off air"],
  };
  const { page, complaints } = await open("healthy");
  for (const [name, [word, reason, sign]] of Object.entries(expected)) {
    await scene(name);
    await page.locator(".state_word", { hasText: word }).waitFor({ timeout: 3000 });
    assert.match(await page.locator(".why").innerText(), new RegExp(reason), name);
    if (sign) await page.locator(".sign", { hasText: sign }).waitFor({ timeout: 3000 });
    assert.match(await page.locator("#announcer").textContent(), new RegExp(word), name);
  }
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("a supervisor that says live while no picture comes is contradicted", async () => {
  const { page } = await open("healthy");
  await page.locator(".mismatch", { hasText: "no new picture arrived here" }).waitFor({ timeout: 8000 });
  assert.notEqual(await page.locator(".sign").innerText(), "Live");
  const stats = await page.evaluate(() => window.__player_stats);
  assert.ok(stats.fatal_errors > 0 && stats.recoveries > 0, JSON.stringify(stats));
  await page.context().close();
});

test("the buttons follow what is wanted, act, and say what came of it", async () => {
  const { page } = await open("healthy");
  const button = (name) => page.getByRole("button", { name, exact: true });
  assert.equal(await button("Start").isDisabled(), true);
  await button("Stop").click();
  await page.locator(".state_word", { hasText: "Stopped" }).waitFor();
  await page.locator(".note", { hasText: "Stop requested." }).waitFor();
  assert.equal(await button("Restart").isDisabled(), true);
  await button("Start").focus();
  await page.keyboard.press("Enter");
  await page.locator(".state_word", { hasText: /^Live$/ }).waitFor();
  await scene("hold");
  await button("Try now").waitFor();
  assert.equal(await button("Try now").isDisabled(), false);
  await page.context().close();
});

test("log lines from outside are text, newest last, and can be filtered", async () => {
  const { page, complaints } = await open("healthy");
  const lines = page.locator(".log_lines li:visible");
  await lines.first().waitFor();
  const times = await page.$$eval(".log_lines time", (nodes) => nodes.map((node) => node.dateTime));
  assert.deepEqual(times, [...times].sort());
  assert.equal(await page.locator(".log_lines li", { hasText: "<script>alert(1)</script>" }).count(), 1);
  assert.equal(await page.locator(".log_lines script").count(), 0);
  await page.getByLabel("Least level shown").selectOption("3");
  assert.equal(await lines.count(), 1);
  assert.match(await lines.innerText(), /no heartbeat/);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("the page says when the supervisor is away, and comes back by itself", async () => {
  const { page } = await open("healthy");
  const { port } = new URL(stub.address);
  stub.child.removeAllListeners("exit");
  stub.child.kill();
  await page.locator("#banner", { hasText: "does not answer" }).waitFor({ timeout: 10_000 });
  assert.match(await page.locator("#link_text").innerText(), /old/);
  assert.equal(await page.locator("body.stale").count(), 1);
  assert.equal(await page.locator(".sign").innerText(), "Unknown");
  stub = await start_stub(port);
  await page.locator("#link_text", { hasText: "Up to date" }).waitFor({ timeout: 10_000 });
  assert.equal(await page.locator("#banner").isHidden(), true);
  await page.locator(".log_lines .break", { hasText: "started anew" }).waitFor();
  assert.equal(await page.locator(".log_lines li", { hasText: "listening on" }).count(), 2);
  assert.equal(await page.locator(".log_lines .break").count(), 1);
  assert.equal(await page.locator("body.stale").count(), 0);
  await page.context().close();
});

test("nothing is cut off on a small telephone, in light and dark, with one stream, two or none", async () => {
  const { page, complaints } = await open("healthy", { viewport: { width: 360, height: 740 } });
  for (const [name, articles] of [["degraded", 1], ["two", 2], ["empty", 0]]) {
    await scene(name);
    await page.waitForFunction((count) => document.querySelectorAll("article.stream").length === count, articles);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `${name}, ${colorScheme}: ${overflow} pixels too wide`);
    }
  }
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("every control has a name and can be reached with the keyboard", async () => {
  const { page } = await open("healthy");
  const nameless = await page.$$eval("button, a, input, select, video", (nodes) =>
    nodes.filter((node) => !(node.getAttribute("aria-label") || node.textContent.trim())).map((node) => node.outerHTML));
  assert.deepEqual(nameless, []);
  const reached = new Set();
  for (let i = 0; i < 30; ++i) {
    await page.keyboard.press("Tab");
    reached.add(await page.evaluate(() => document.activeElement?.textContent?.trim() || document.activeElement?.getAttribute("aria-label")));
  }
  for (const name of ["Skip to the streams", "Stop", "Restart", "Copy", "Open in VLC", "Metrics"]) {
    assert.ok([...reached].some((text) => text?.startsWith(name)), `${name} is not reached; reached: ${[...reached].join(", ")}`);
  }
  await page.context().close();
});
