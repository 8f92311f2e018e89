// The supervisor dies and another one comes to the same port: the page says meanwhile that what it shows is old, and goes
// on by itself.
import assert from "node:assert/strict";
import { button, collect, open_view, world } from "./world.mjs";

export const [restart_checks, check] = collect();

check("the page survives the supervisor, and says so meanwhile", async () => {
  const [overview, log] = await Promise.all([open_view("#/"), open_view("#/logs")]);
  const { page } = overview;
  await log.page.locator(".log_lines li").first().waitFor();
  await world.service.kill();
  const banner = page.getByRole("alert");
  await banner.getByText(/may no longer be true/).waitFor({ timeout: 10_000 });
  assert.match(await page.locator("#link_text").innerText(), /old$/);
  assert.equal(await page.locator("body.stale").count(), 1);
  assert.equal(await page.getByText("Live", { exact: true }).count(), 0, "nothing claims to be live");
  await log.page.getByText("The log stream is interrupted.").waitFor();
  await world.service.run();
  await button(page, "Try now").click({ timeout: 1000 }).catch(() => undefined); // it may be back already
  await page.locator("#link_text", { hasText: "Up to date" }).waitFor({ timeout: 10_000 });
  assert.equal(await banner.isHidden(), true);
  assert.equal(await page.locator("body.stale").count(), 0);
  await log.page.locator(".log_lines .break", { hasText: "The supervisor started anew" }).waitFor({ timeout: 10_000 });
  assert.equal(await log.page.locator(".log_lines .break", { hasText: "started anew" }).count(), 1);
  await world.service.until_live("desktop");
  await page.locator('article[aria-labelledby="card_desktop"]').getByText("Live", { exact: true }).first().waitFor({ timeout: 15_000 });
  await overview.closed();
  await log.closed();
});
