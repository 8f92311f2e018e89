// The overview and the page of a stream: what they say is true, every button acts and says what came of it.
import assert from "node:assert/strict";
import { wait_for } from "./service.mjs";
import { button, collect, confirm, open_view, world } from "./world.mjs";

export const [stream_checks, check] = collect();

const card = (page, name) => page.locator(`article[aria-labelledby="card_${name}"]`);

check("overview: every stream with its state in words, its figures and a picture; one of them plays", async () => {
  const { page, closed } = await open_view("#/");
  for (const name of ["desktop", "lobby"]) {
    await card(page, name).locator(".state_word", { hasText: /^Live(, degraded)?$/ }).waitFor();
    await wait_for(async () => /\d+\.\d fps/.test(await card(page, name).innerText()), 5, "the frame rate");
  }
  await page.waitForFunction(() => [...document.querySelectorAll("article video")].filter((video) => video.currentTime > 0 && !video.paused).length === 1);
  await page.waitForFunction(() => [...document.querySelectorAll("article img")].some((still) => !still.hidden && still.naturalWidth > 0));
  await card(page, "lobby").getByRole("link", { name: "Details of lobby" }).click();
  await page.getByRole("heading", { level: 1, name: "lobby" }).waitFor();
  await closed();
});

check("stream: the picture moves, with low latency, and its figures are measured", async () => {
  const { page, closed } = await open_view("#/stream/desktop");
  await page.waitForFunction(() => {
    const stats = window.__player_stats?.streams?.desktop;
    return stats && stats.moving && stats.latency > 0;
  }, null, { timeout: 15_000 });
  const stats = await page.evaluate(() => window.__player_stats.streams.desktop);
  assert.equal(stats.fatal_errors, 0, stats.last_error);
  assert.ok(stats.latency < 5, `latency ${stats.latency} s`);
  await page.locator(".player_figures", { hasText: /Latency\s*\d+\.\d+ s/ }).waitFor();
  await page.locator(".sign", { hasText: /^Live$/ }).waitFor();
  await closed();
});

check("stream: the player can be hidden, shown again and sent to the live edge; the address is copied", async () => {
  const { page, closed } = await open_view("#/stream/desktop", { permissions: ["clipboard-read", "clipboard-write"] });
  await page.locator(".sign", { hasText: /^Live$/ }).waitFor({ timeout: 15_000 });
  await button(page, "Go to live").click();
  await button(page, "Hide picture").click();
  await page.waitForFunction(() => document.querySelector(".player_card img")?.naturalWidth > 0);
  await button(page, "Show picture").click();
  await page.locator(".sign", { hasText: /^Live$/ }).waitFor({ timeout: 15_000 });
  await button(page, "Copy").click();
  await button(page, "Copied").waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), `${world.service.address}/hls/desktop/playlist.m3u8`);
  assert.match(await page.getByRole("link", { name: "Open in VLC" }).getAttribute("href"), /^blob:/);
  await closed();
});

check("stream: inputs, monitors, worker, standby and encoder are those of the service", async () => {
  const { page, closed } = await open_view("#/stream/desktop");
  const now = await world.service.until_live("desktop");
  const section = (name) => page.getByRole("region", { name, exact: true });
  await section("Worker and standby").getByText(`${now.worker_pid}`).first().waitFor();
  await section("Encoder").getByText("libx264").first().waitFor();
  assert.match(await section("Inputs").innerText(), /x11[\s\S]*pattern[\s\S]*slate/);
  if (world.desktop.has_two) {
    const names = now.monitors.map((monitor) => monitor.name);
    for (const name of names) await section("Monitors").getByText(name).first().waitFor();
  }
  await closed();
});

check("stream: an input is added, put on air, given back and removed; what is refused stands at its field", async () => {
  const { page, closed } = await open_view("#/stream/lobby");
  const before = await world.service.until_live("lobby");
  const inputs = page.getByRole("region", { name: "Inputs", exact: true });
  const dialog = page.getByRole("dialog");
  const active = (wanted, what) => wait_for(async () => (await world.service.status("lobby")).active_input === wanted, 10, what);
  await button(page, "Add input").click();
  await dialog.getByLabel("Address", { exact: true }).fill("camera");
  await dialog.getByRole("button", { name: "Save and apply" }).click();
  await dialog.locator("#input_url_fault", { hasText: /^is "camera"; allowed: an address of a network stream/ }).waitFor();
  await dialog.getByLabel("Type").selectOption("pattern");
  await dialog.getByRole("button", { name: "Save and apply" }).click();
  await inputs.getByRole("button", { name: "Remove: input 1" }).waitFor();
  await inputs.getByRole("button", { name: "Use this: input 1" }).click();
  if (await dialog.isVisible()) await confirm(page, "Put it on air"); // it was not tried yet
  await active(1, "the second input on air");
  await inputs.getByText(/^Chosen by hand: input 1/).waitFor();
  await inputs.getByRole("button", { name: "Back to automatic: input 1" }).click();
  await active(0, "the first input on air again");
  await inputs.getByText(/changes? of the input/).click();
  await inputs.getByText("input 0 to input 1: chosen by hand").first().waitFor();
  await inputs.getByRole("button", { name: "Remove: input 1" }).click();
  await confirm(page, "Remove the input");
  await inputs.getByText("Input 1 was removed.").waitFor();
  await wait_for(async () => (await world.service.status("lobby")).inputs.length === 2, 5, "the list is as it was");
  assert.equal((await world.service.status("lobby")).generation, before.generation, "one worker did all of that");
  await closed();
});

check("stream: charts and time line show the last minutes, and can show more", async () => {
  const { page, closed } = await open_view("#/stream/desktop");
  await page.locator(".card canvas").first().waitFor();
  for (const range of ["6 hours", "24 hours", "10 minutes"]) {
    const choice = page.getByRole("group", { name: "Charts of the last" }).getByRole("button", { name: range, exact: true });
    await choice.click();
    assert.equal(await choice.getAttribute("aria-pressed"), "true");
  }
  await page.getByRole("group", { name: "Time line of the last" }).getByRole("button", { name: "24 hours" }).click();
  await closed();
});

check("stream: stop asks first; stopped, paused and started are said in words", async () => {
  const { page, closed } = await open_view("#/stream/lobby");
  const state = (word) => page.locator(".state_line", { hasText: word }).waitFor({ timeout: 15_000 });
  await state("Live");
  await button(page, "Stop").click();
  await confirm(page, "Keep it running");
  assert.equal((await world.service.status("lobby")).desired, "up");
  await button(page, "Pause").click();
  await state("Paused");
  await button(page, "Resume").click();
  await state("Live");
  await button(page, "Stop").click();
  await confirm(page, "Stop the stream");
  await state("Stopped");
  assert.equal((await world.service.status("lobby")).desired, "down");
  assert.equal(await button(page, "Restart").getAttribute("aria-disabled"), "true");
  await button(page, "Start").click();
  await state("Live");
  assert.match(await page.locator("#announcer").textContent(), /lobby/);
  await closed();
});

check("stream: restart makes a new worker, without a stop", async () => {
  const { page, closed } = await open_view("#/stream/lobby");
  const { generation } = await world.service.until_live("lobby");
  await button(page, "Restart").click();
  await page.getByText("Restart requested.", { exact: true }).waitFor();
  await wait_for(async () => (await world.service.status("lobby")).generation > generation, 15, "a new worker");
  await world.service.until_live("lobby");
  await closed();
});

check("stream: clean-up says what it removed", async () => {
  const { page, closed } = await open_view("#/stream/lobby");
  await button(page, "Clean up old segments").click();
  await page.locator(".cleanup .note", { hasText: /removed|nothing to remove|Not done: / }).waitFor();
  await closed();
});
