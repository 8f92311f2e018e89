// Incidents and drills: what failed is listed and explained to scale; a failure can be rehearsed.
import assert from "node:assert/strict";
import { wait_for } from "./service.mjs";
import { button, collect, confirm, go, open_view, world } from "./world.mjs";

export const [incident_checks, check] = collect();

const incidents = async () => (await world.service.json("/api/streams/lobby/incidents")).incidents;

// The worker of `lobby` is killed; the incident, once it is closed.
async function kill_worker() {
  const before = await world.service.until_live("lobby");
  process.kill(before.worker_pid, "SIGKILL");
  return wait_for(async () => {
    const [newest] = await incidents();
    return newest && newest.generation === before.generation && newest.closed_at ? newest : null;
  }, 15, "the incident of the killed worker is closed");
}

check("incidents: a killed worker is listed on the stream's page, and opens", async () => {
  const { page, closed } = await open_view("#/stream/lobby");
  const { id } = await kill_worker();
  const row = page.locator(`a.incident[data-id="${id}"]`);
  await row.waitFor();
  assert.match(await row.innerText(), /The worker crashed/);
  await row.filter({ hasText: "recovered in" }).waitFor();
  await row.click();
  await page.getByRole("heading", { level: 1, name: "The worker crashed" }).waitFor();
  await closed();
});

check("incidents: the course is drawn to scale, with evidence, last words and the picture before", async () => {
  const { id } = await kill_worker();
  const detail = await world.service.json(`/api/streams/lobby/incidents/${id}`);
  const { page, closed } = await open_view(`#/stream/lobby/incidents/${id}`);
  await page.locator(".time_mark").first().waitFor();
  const marks = await page.$$eval(".time_mark", (nodes) => nodes.map((node) => [node.dataset.step, Number.parseFloat(node.style.left)]));
  assert.deepEqual(marks.map(([step]) => step), detail.timeline.map(({ step }) => step));
  const last = detail.timeline.at(-1).at_ms;
  const end = marks.at(-1)[1];
  detail.timeline.forEach(({ at_ms }, i) => assert.ok(Math.abs(marks[i][1] - (at_ms / last) * end) < 0.5, `step ${i} stands at ${marks[i][1]} %`));
  assert.equal(await page.locator(".steps li").count(), detail.timeline.length);
  await page.getByText(detail.reason, { exact: true }).first().waitFor();
  assert.equal(await page.locator(".last_words").innerText(), detail.log.join("\n"));
  if (detail.has_picture) await page.waitForFunction(() => document.querySelector(".incident_picture img")?.naturalWidth > 0);
  await closed();
});

check("incidents: one leads to the older one and back; one that is not kept says so", async () => {
  const [newest, older] = await incidents();
  const { page, closed } = await open_view(`#/stream/lobby/incidents/${newest.id}`);
  await page.getByRole("link", { name: "Older", exact: true }).click();
  await page.waitForURL((url) => url.hash.endsWith(older.id));
  await page.getByRole("link", { name: "Newer", exact: true }).click();
  await page.waitForURL((url) => url.hash.endsWith(newest.id));
  await go(page, "#/stream/lobby/incidents/20200101T000000-0000");
  await page.getByText("This incident is not kept any more").waitFor();
  await go(page, "#/stream/lobby/incidents");
  await page.getByRole("heading", { level: 1, name: "Incidents of lobby" }).waitFor();
  assert.equal(await page.locator("a.incident").count(), (await incidents()).length);
  await closed();
});

check("drill: explains, asks, measures, and leads to its incident", async () => {
  await world.service.until_live("lobby");
  const { page, closed } = await open_view("#/stream/lobby/drill");
  const before = (await incidents()).length;
  await page.getByRole("radio", { name: /^Let the worker end/ }).check();
  assert.match(await page.locator(".fault_choice", { hasText: "Let the worker end" }).innerText(), /Viewers see the last picture, repeated/);
  await button(page, "Run the drill").click();
  await confirm(page, "Cancel");
  assert.equal((await incidents()).length, before, "nothing is done without a yes");
  await page.getByRole("radio", { name: /^Kill the worker/ }).check();
  await button(page, "Run the drill").click();
  await confirm(page, "Run the drill");
  const result = page.getByRole("region", { name: "Kill the worker: Recovered" });
  await result.waitFor({ timeout: 20_000 });
  assert.match(await result.innerText(), /Detected\s+after \d+ ms/);
  assert.match(await result.innerText(), /Hole for players\s+none/);
  await result.getByRole("link").click();
  await page.getByRole("heading", { level: 1, name: "The worker crashed" }).waitFor();
  await closed();
});
