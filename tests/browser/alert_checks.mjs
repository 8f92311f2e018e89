// Alerts: what is open, where notices go, the test of the receivers, what was before.
import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { button, collect, open_view, world } from "./world.mjs";

export const [alert_checks, check] = collect();

check("alerts: the test goes to every receiver, and each answer is shown", async () => {
  const { page, closed } = await open_view("#/alerts");
  await page.locator(".sink").nth(1).waitFor();
  const before = world.receiver.messages.length;
  await button(page, "Send a test").click();
  await page.getByText("1 of 2 receivers did not accept the test").waitFor({ timeout: 20_000 });
  assert.ok(world.receiver.messages.length > before, "the receiver got it");
  assert.equal(await page.getByText(/^Test: accepted/).count(), 1);
  assert.equal(await page.getByText(/^Test: failed/).count(), 1);
  await closed();
});

check("alerts: one that opens comes to the page by itself, with its severity in a word; resolved it is among those before", async () => {
  const { page, closed } = await open_view("#/alerts");
  const section = (name) => page.getByRole("region", { name, exact: true });
  // A file where the folder of the copies should be: they cannot be written.
  rmSync(world.mirror, { recursive: true, force: true });
  writeFileSync(world.mirror, "");
  const open = section("Open now").locator('[data-rule="disk"]', { hasText: "lobby" });
  await open.waitFor({ timeout: 20_000 });
  assert.equal(await open.locator(".severity").innerText(), "Warning");
  assert.match(await open.locator(".alert_took").innerText(), /^open for \d+/);
  assert.ok(Number(await page.locator(".badge").innerText()) > 0, "the navigation counts it");
  rmSync(world.mirror);
  await open.waitFor({ state: "detached", timeout: 20_000 });
  const before = section("Before").locator('[data-rule="disk"]', { hasText: "lobby" }).first();
  assert.match(await before.locator(".alert_took").innerText(), /^lasted \d+/);
  await closed();
});
