// With the keyboard alone: every control is reached, in sight when it has the focus, and a whole round can be made.
import assert from "node:assert/strict";
import { collect, go, open_view, world } from "./world.mjs";

export const [keyboard_checks, check] = collect();

const controls = "a[href], button, input, select, textarea, summary, [tabindex='0']";

// Tabs through the whole page from its beginning; what can be reached but was not.
async function not_reached(page) {
  const count = await page.evaluate((selector) => {
    const wanted = [...document.querySelectorAll(selector)].filter((node) => node.tabIndex >= 0 && node.checkVisibility({ visibilityProperty: true }));
    window.__left = new Set(wanted);
    document.addEventListener("focusin", (event) => window.__left.delete(event.target));
    document.activeElement.blur();
    document.getElementById("skip").focus();
    return wanted.length;
  }, controls);
  for (let i = 0; i < count + 12; ++i) await page.keyboard.press("Tab");
  return page.evaluate(() => [...window.__left]
    // Of radio buttons only the chosen one is a stop; the arrows lead to the others.
    .filter((node) => node.isConnected && !(node.type === "radio" && !node.checked))
    .map((node) => node.outerHTML.slice(0, 120)));
}

check("keyboard: every control of every view is reached by Tab", async () => {
  const { page, closed } = await open_view("#/");
  await page.locator("article.stream_card").first().waitFor();
  const missed = {};
  const { incidents: [incident] } = await world.service.json("/api/streams/lobby/incidents"); // earlier checks killed its worker
  for (const hash of ["#/", "#/stream/lobby", `#/stream/lobby/incidents/${incident.id}`, "#/stream/lobby/drill", "#/logs", "#/alerts", "#/config", "#/login"]) {
    await go(page, hash);
    await page.waitForTimeout(400);
    const left = await not_reached(page);
    if (left.length > 0) missed[hash] = left;
  }
  assert.deepEqual(missed, {});
  await closed();
});

// Presses Tab until the control with this name has the focus.
async function tab_to(page, name, most = 60) {
  for (let i = 0; i < most; ++i) {
    await page.keyboard.press("Tab");
    const now = await page.evaluate(() => {
      const node = document.activeElement;
      return node.getAttribute("aria-label") ?? (node.labels?.[0]?.textContent || node.textContent).trim();
    });
    if (now.startsWith(name)) return;
  }
  assert.fail(`${name} is not reached with the keyboard`);
}

check("keyboard: once through: a stream, its restart, a drill, the log, an alert, the configuration", async () => {
  await world.service.until_live("lobby");
  const { page, closed } = await open_view("#/");
  const heading = (name) => page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
  await page.locator("article.stream_card").nth(1).waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter"); // skips the navigation
  await tab_to(page, "Details of lobby");
  await page.keyboard.press("Enter");
  await heading("lobby");
  assert.equal(await page.evaluate(() => document.activeElement.tagName), "H1", "the new view has the focus");
  const { generation } = await world.service.until_live("lobby");
  await tab_to(page, "Restart");
  await page.keyboard.press("Enter");
  if (await page.getByRole("dialog").isVisible()) {
    await tab_to(page, "Restart", 4);
    await page.keyboard.press("Enter");
  }
  await page.getByText("Restart requested.", { exact: true }).waitFor();
  await page.waitForFunction(async (before) => (await (await fetch("/api/status")).json()).streams.some((one) => one.name === "lobby" && one.generation > before), generation);
  await world.service.until_live("lobby");
  await tab_to(page, "Drill");
  await page.keyboard.press("Enter");
  await heading("Drill of lobby");
  await tab_to(page, "Kill the worker");
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.locator("input[type=radio]:checked").getAttribute("value"), "stop");
  await page.keyboard.press("ArrowUp");
  await page.waitForFunction(() => document.querySelector(".drill_start button").getAttribute("aria-disabled") === "false");
  await tab_to(page, "Run the drill");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.keyboard.press("Enter");
  await tab_to(page, "Run the drill", 4);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Kill the worker: Recovered" }).waitFor({ timeout: 20_000 });
  await page.keyboard.press("Control+Home");
  for (const [link, title, control] of [["Log", "Log", "Pause"], ["Alerts", "Alerts", "Send a test"], ["Configuration", "Configuration", "Check"]]) {
    await page.evaluate(() => document.getElementById("skip").focus());
    await tab_to(page, link);
    await page.keyboard.press("Enter");
    await heading(title);
    await tab_to(page, control);
    await page.waitForFunction(() => document.activeElement.getAttribute("aria-disabled") !== "true"); // its view has loaded
    await page.keyboard.press("Enter");
  }
  await page.getByRole("heading", { name: "No fault found. Nothing was changed." }).waitFor();
  await closed();
});
