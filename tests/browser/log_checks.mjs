// The live log: filter, search, pause, follow, copy, and its bound.
import assert from "node:assert/strict";
import { sleep, wait_for } from "./service.mjs";
import { button, collect, open_view, world } from "./world.mjs";

export const [log_checks, check] = collect();

const lines = (page) => page.locator(".log_lines li:not(.break):visible");

// Makes the service log a line of `lobby`, and waits until it has.
async function cause_lines() {
  const before = (await world.service.json("/api/logs?limit=1")).last_id;
  await world.service.post("/api/streams/lobby/restart");
  await wait_for(async () => (await world.service.json("/api/logs?limit=1")).last_id > before, 5, "a log line");
}

check("log: the kept lines come first and in order, new ones follow by themselves", async () => {
  const { page, closed } = await open_view("#/logs");
  await lines(page).first().waitFor();
  const count = await lines(page).count();
  await cause_lines();
  await page.waitForFunction((before) => document.querySelectorAll(".log_lines li:not(.break)").length > before, count);
  const times = await page.$$eval(".log_lines time", (nodes) => nodes.map((node) => node.dateTime));
  assert.deepEqual(times, [...times].sort());
  const left = await page.$eval(".log_lines", (list) => list.scrollHeight - list.scrollTop - list.clientHeight);
  assert.ok(left < 24, `the newest line is in sight: ${left} pixels below`);
  await closed();
});

check("log: stream, level and text choose lines, and are kept in the address", async () => {
  const { page, closed } = await open_view("#/logs?level=debug");
  await lines(page).first().waitFor();
  await page.getByLabel("From").selectOption("lobby");
  const sources = await page.$$eval(".log_lines li:not(.break):not([hidden]) .source", (nodes) => [...new Set(nodes.map((node) => node.textContent.split(" ")[0]))]);
  assert.deepEqual(sources, ["lobby"]);
  await page.getByLabel("From").selectOption("-");
  assert.ok((await lines(page).count()) > 0, "the service itself says something");
  await page.getByLabel("From").selectOption("");
  await page.getByLabel("Level").selectOption("error");
  const levels = await page.$$eval(".log_lines li:not(.break):not([hidden])", (nodes) => nodes.map((node) => node.dataset.level));
  assert.ok(levels.every((level) => level === "error"), levels.join());
  await page.getByLabel("Level").selectOption("debug");
  await page.getByLabel("Search").fill("ENCODER libx264");
  await wait_for(async () => (await lines(page).count()) > 0, 3, "found without regard to case");
  for (const text of await lines(page).allInnerTexts()) assert.match(text, /encoder libx264/i);
  assert.match(page.url(), /#\/logs\?level=debug&q=ENCODER/);
  await page.getByLabel("Search").fill("nothing says this");
  await page.getByText("No line fits.").waitFor();
  await closed();
});

check("log: pause counts what comes meanwhile, resume shows it", async () => {
  const { page, closed } = await open_view("#/logs");
  await lines(page).first().waitFor();
  await button(page, "Pause").click();
  const before = await lines(page).count();
  await cause_lines();
  const resume = page.getByRole("button", { name: /^Resume \(\d+ new\)$/ });
  await resume.waitFor();
  await sleep(100);
  assert.equal(await lines(page).count(), before, "the list stands still");
  await resume.click();
  await wait_for(async () => (await lines(page).count()) > before, 3, "the held lines are shown");
  await button(page, "Pause").waitFor();
  await closed();
});

check("log: who reads further up stays there, and gets back to the newest", async () => {
  const { page, closed } = await open_view("#/logs?level=debug", { viewport: { width: 1280, height: 500 } });
  await lines(page).first().waitFor();
  await page.$eval(".log_lines", (list) => (list.scrollTop = 0));
  await cause_lines();
  const newest = page.getByRole("button", { name: /new below: follow$/ });
  await newest.waitFor();
  assert.equal(await page.$eval(".log_lines", (list) => list.scrollTop), 0);
  await newest.click();
  await newest.waitFor({ state: "hidden" });
  assert.equal(await page.evaluate(() => document.activeElement.className), "log_lines");
  await closed();
});

check("log: copy takes the lines that are shown", async () => {
  const { page, closed } = await open_view("#/logs", { permissions: ["clipboard-read", "clipboard-write"] });
  await lines(page).first().waitFor();
  await button(page, "Pause").click();
  await page.getByLabel("Search").fill("healthy");
  const shown = await lines(page).count();
  assert.ok(shown > 0);
  await button(page, "Copy").click();
  await button(page, `${shown} lines copied`).waitFor();
  const copied = (await page.evaluate(() => navigator.clipboard.readText())).split("\n");
  assert.equal(copied.length, shown);
  assert.match(copied[0], /^\d{4}-\d\d-\d\dT\S+ info \w+/);
  await closed();
});

// The supervisor never answers so many at once: the bound is the page's own.
check("log: at most 2000 lines are on the page, the newest ones, and text stays text", async () => {
  const page_at = await open_view("#/");
  const { page, closed } = page_at;
  const line = (id) => ({ id, at: new Date(1_700_000_000_000 + id).toISOString(), level: "info", stream: "lobby", generation: 1, text: `<img src=x> line ${id}` });
  const logs = Array.from({ length: 2001 }, (_, i) => line(i + 1));
  await page.route("**/api/logs?*", (route) => route.fulfill({ json: { logs, last_id: 2001, forgotten: 0 } }));
  await page.evaluate(() => (location.hash = "#/logs"));
  await page.locator(".log_lines li", { hasText: "line 2001" }).waitFor();
  assert.ok((await page.locator(".log_lines li").count()) <= 2000);
  assert.equal(await page.getByText("line 1", { exact: true }).count(), 0);
  assert.equal(await page.locator(".log_lines img").count(), 0);
  await closed();
});
