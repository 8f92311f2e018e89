// The page in Chromium against the stand-in supervisor (dashboard/dev/stub.mjs), for what a real one shows only now and
// then: every state has its words, also on a small telephone, also when fields are missing.
// node --test states.test.mjs, with DASHBOARD_OUT (the built files) and DASHBOARD_STUB (stub.mjs) in the environment.
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

async function open(name, hash = "#/", options = {}) {
  await scene(name);
  const opened = await open_page(browser, `${stub.address}/${hash}`, { viewport: { width: 1280, height: 900 }, ...options });
  await opened.page.locator("#link_text", { hasText: "Up to date" }).waitFor({ timeout: 10_000 });
  return opened;
}

before(async () => {
  stub = await start_stub();
  browser = await open_browser();
});

after(async () => {
  await browser?.close();
  stub?.child.removeAllListeners("exit");
  stub?.child.kill();
});

test("every state has its word, its reason, its sign on the picture, and is said once", async () => {
  const expected = {
    degraded: ["Live, degraded", "Encoder libx264 instead of h264_vaapi", null],
    slate: ["Slate on air", "display_lost", "Slate, not the desktop"],
    exhausted: ["No input works", "No input works", "Slate, not the desktop"],
    bridge: ["Starting", "no heartbeat for 1.0 s", "Last picture, repeated"],
    backoff: ["Waiting to retry", "signal 11", "Last picture, repeated"],
    hold: ["On hold", "11 failures", "Off air"],
    paused: ["Paused", "viewers see the slate", "Slate, not the desktop"],
    stopped: ["Stopped", "Stopped by the operator", "Off air"],
  };
  const { page, complaints } = await open("healthy");
  for (const [name, [word, reason, sign]] of Object.entries(expected)) {
    await scene(name);
    await page.locator(".state_word", { hasText: word }).waitFor({ timeout: 3000 });
    assert.match(await page.locator(".why").innerText(), new RegExp(reason), name);
    if (sign) await page.locator(".sign", { hasText: sign }).waitFor({ timeout: 3000 });
    assert.match(await page.locator("#announcer").textContent(), new RegExp(word), name);
    assert.match(await page.title(), new RegExp(word), name);
  }
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("the next try is counted down, and can be had at once", async () => {
  const { page } = await open("backoff", "#/stream/desktop");
  await page.locator(".since", { hasText: /Next try in \d/ }).waitFor();
  await page.getByRole("button", { name: "Try now", exact: true }).click();
  await page.locator(".state_word", { hasText: /^Live$/ }).waitFor();
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

test("fields that are missing are said not to be measured, and break nothing", async () => {
  for (const hash of ["#/", "#/stream/desktop"]) {
    const { page, complaints } = await open("old", hash);
    await page.locator(".state_word", { hasText: "Starting" }).waitFor();
    await page.getByText("not measured").first().waitFor();
    assert.doesNotMatch(await page.locator("main").innerText(), /undefined|NaN|null|Infinity/);
    if (hash !== "#/") await page.getByText("keeps no history").waitFor();
    assert.deepEqual(complaints, []);
    await page.context().close();
  }
});

test("stop asks first: no keeps it running, yes stops it, and the focus stays on the button", async () => {
  const { page } = await open("healthy", "#/stream/desktop");
  const stop = page.getByRole("button", { name: "Stop", exact: true });
  await stop.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "Stop desktop?" }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Keep it running");
  await page.keyboard.press("Escape");
  assert.equal(await page.getByRole("dialog").count(), 0);
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Stop");
  await stop.click();
  await page.getByRole("button", { name: "Stop the stream" }).click();
  await page.locator(".state_word", { hasText: "Stopped" }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Stop");
  assert.equal(await stop.getAttribute("aria-disabled"), "true");
  await page.context().close();
});

const inputs = (page) => page.getByRole("region", { name: "Inputs", exact: true });

test("an input is put on air by hand, and given back; a slate only after a question", async () => {
  const { page } = await open("healthy", "#/stream/desktop");
  await page.getByRole("button", { name: "Use this: input 1" }).click();
  await page.getByText("Chosen by hand").waitFor();
  await page.getByRole("button", { name: "Back to automatic: input 1" }).click();
  await page.getByText("Chosen by hand").waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "Use this: input 2" }).click();
  await page.getByRole("dialog").getByText("They see the slate instead of a picture").waitFor();
  await page.getByRole("button", { name: "Leave it" }).click();
  assert.equal(await page.getByText("Chosen by hand").isVisible(), false);
  await page.context().close();
});

test("inputs: figures, errors before, who is on air and why, and every change of it", async () => {
  const { page, complaints } = await open("degraded", "#/stream/desktop");
  const list = inputs(page);
  await list.getByText("On air is input 1 (rtsp://(secret)@camera/1): the one before failed.").waitFor();
  await list.getByText("25 fps · 2.1 Mbit/s · 0.4 % lost").waitFor();
  await list.getByText("held back: it failed too often lately").waitFor();
  const before = list.getByText("1 before", { exact: true });
  await before.click();
  await list.getByText("DP-2 was unplugged").waitFor();
  await page.waitForTimeout(1200); // a status later
  assert.equal(await list.getByText("DP-2 was unplugged").isVisible(), true, "what was opened stays open");
  await list.getByText("3 changes of the input").click();
  await list.getByText("input 1 to input 0: an input works again").waitFor();
  assert.match(await page.locator('.lane[role="img"]').last().getAttribute("aria-label"), /^\d+ switches of the input$/);
  await scene("exhausted");
  await list.getByText("No input works: the slate is on air").waitFor();
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("inputs are added, changed, moved and removed; a fault stands at its field", async () => {
  const { page, complaints } = await open("healthy", "#/stream/desktop");
  const dialog = page.getByRole("dialog");
  await page.getByRole("button", { name: "Add input" }).click();
  await dialog.getByText("comments in it are lost").waitFor();
  await dialog.getByLabel("Address").fill("camera");
  await page.keyboard.press("Enter");
  await dialog.locator("#input_url_fault", { hasText: 'is "camera"; allowed: an address of a network stream' }).waitFor();
  const address = dialog.getByLabel("Address");
  assert.equal(await address.getAttribute("aria-invalid"), "true");
  assert.equal(await address.evaluate((node) => node === document.activeElement), true, "the first field with a fault has the focus");
  await dialog.getByLabel("Type").selectOption("pattern");
  await dialog.getByRole("button", { name: "Save and apply" }).click();
  await inputs(page).getByText("test picture").waitFor();
  await page.getByRole("button", { name: "Move up: input 2" }).click();
  await page.getByText("Input 2 is now input 1.").waitFor();
  await page.getByRole("button", { name: "Edit: input 2" }).click();
  assert.equal(await dialog.getByLabel("Address").inputValue(), "rtsp://(secret)@camera/1");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Remove: input 1" }).click();
  await dialog.getByRole("button", { name: "Remove the input" }).click();
  await inputs(page).getByText("test picture").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Capture this: DP-1" }).click();
  await dialog.getByText("Viewers see the other monitor at once.").waitFor();
  await dialog.getByRole("button", { name: "Capture DP-1" }).click();
  await page.getByText("Input 0 captures DP-1.").waitFor();
  const { config } = await (await fetch(`${stub.address}/api/config`)).json();
  assert.deepEqual(config.streams[0].inputs, [{ type: "x11", monitor: "DP-1" }, { type: "url", url: "rtsp://(secret)@camera/1" }]);
  assert.deepEqual(complaints.filter((text) => !/422/.test(text)), []);
  await page.context().close();
});

test("the time line leads to the incidents; the charts say what they show", async () => {
  const { page, complaints } = await open("healthy", "#/stream/desktop");
  const marks = page.locator(".lane a.mark");
  await marks.first().waitFor();
  assert.equal(await marks.count(), 4);
  assert.match(await page.locator(".lane.on_air svg").getAttribute("aria-label"), /on air \d+(\.\d)? % of the/);
  const labels = await page.$$eval(".chart_plot", (nodes) => nodes.map((node) => node.getAttribute("aria-label")));
  assert.equal(labels.length, 8);
  assert.match(labels[0], /^Frame rate, last 10 minutes: now \d+(\.\d)?\sfps, between \d+(\.\d)?\sfps and \d+(\.\d)?\sfps$/u);
  await page.getByRole("group", { name: "Charts of the last" }).getByRole("button", { name: "24 hours" }).click();
  await page.locator('.chart_plot[aria-label*="24 hours"]').first().waitFor();
  await marks.last().focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(/#\/stream\/desktop\/incidents\/20261121/);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("old segments are cleaned up, and what was freed is said", async () => {
  const { page } = await open("healthy", "#/stream/desktop");
  await page.getByRole("button", { name: "Clean up old segments" }).click();
  await page.getByRole("status").filter({ hasText: "14 files removed, 18 MiB freed" }).waitFor();
  await page.context().close();
});

test("markup in what workers, monitors, inputs and addresses say is text on every view", async () => {
  const { page, complaints } = await open("hostile");
  for (const hash of ["#/", "#/stream/desktop", "#/stream/desktop/incidents", "#/logs", "#/alerts", "#/config"]) {
    await page.goto(`${stub.address}/${hash}`);
    if (hash !== "#/config") await page.locator("main").getByText("<img src=x").first().waitFor({ timeout: 10_000 });
    else await page.waitForFunction(() => document.querySelector("main textarea")?.value.includes("<img src=x"), null, { timeout: 10_000 });
    await page.waitForTimeout(1200); // one status and one log line more
    const struck = await page.evaluate(() => [window.__struck ?? 0, document.querySelectorAll("img[src=x], b.struck").length]);
    assert.deepEqual(struck, [0, 0], hash);
  }
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("the page says when the supervisor is away, and comes back by itself", async () => {
  const { page } = await open("healthy", "#/stream/desktop");
  const { port } = new URL(stub.address);
  stub.child.removeAllListeners("exit");
  stub.child.kill();
  await page.locator("#banner", { hasText: "the supervisor did not answer" }).waitFor({ timeout: 10_000 });
  assert.match(await page.locator("#link_text").innerText(), /old/);
  assert.equal(await page.locator("body.stale").count(), 1);
  assert.equal(await page.locator(".sign").innerText(), "Unknown");
  assert.match(await page.locator(".state_word").innerText(), /^Last known: /);
  assert.match(await page.title(), /^No news/);
  stub = await start_stub(port);
  await page.locator("#link_text", { hasText: "Up to date" }).waitFor({ timeout: 10_000 });
  assert.equal(await page.locator("#banner").isHidden(), true);
  assert.equal(await page.locator("body.stale").count(), 0);
  assert.match(await page.locator("#announcer").textContent(), /Connected again/);
  await page.context().close();
});

test("nothing is cut off on a small telephone, with one stream, four or none", async () => {
  for (const hash of ["#/", "#/stream/desktop"]) {
    const { page, complaints } = await open("healthy", hash, { viewport: { width: 360, height: 740 } });
    for (const name of ["degraded", "exhausted", "backoff", "four", "old", "empty"]) {
      await scene(name);
      if (hash === "#/") await page.waitForFunction((count) => document.querySelectorAll("article").length === count, { four: 4, empty: 0 }[name] ?? 1);
      else if (name === "empty") await page.getByText("There is no stream of the name").waitFor();
      else await page.waitForTimeout(1200);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${hash}, ${name}: ${wide} pixels too wide`);
    }
    assert.deepEqual(complaints, []);
    await page.context().close();
  }
});
