// The configuration: check, save, what happens when it was changed meanwhile, reload; faults lead to their line.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { wait_for } from "./service.mjs";
import { button, collect, confirm, open_view, world } from "./world.mjs";

export const [config_checks, check] = collect();

const editor = (page) => page.getByRole("textbox", { name: "Configuration" });
const report = (page) => page.getByRole("region", { name: "Result" });

async function open_config(options) {
  const opened = await open_view("#/config", options);
  await opened.page.waitForFunction(() => document.querySelector(".editor_text")?.value.includes("streams"));
  return opened;
}

async function change(page, from, to) {
  const text = await editor(page).inputValue();
  assert.ok(from.test(text), `${from} is in the text`);
  await editor(page).fill(text.replace(from, to));
}

check("configuration: every fault is shown with its line, and leads there", async () => {
  const { page, closed } = await open_config();
  await change(page, /"fps": 15/, '"fps": 1500');
  await change(page, /"drill"/, '"<b>drll"');
  await button(page, "Check").click();
  const faults = report(page).locator(".faults li");
  await faults.nth(1).waitFor();
  assert.equal(await faults.count(), 2);
  assert.equal(await report(page).locator("b").count(), 0, "text of the file is text");
  const fps = faults.filter({ hasText: "/streams/0/video/fps" });
  const line = Number(/\d+/.exec(await fps.getByRole("button").innerText())[0]);
  await fps.getByRole("button").click();
  const chosen = await editor(page).evaluate((field) => field.value.slice(field.selectionStart, field.selectionEnd));
  assert.match(chosen, /"fps": 1500/);
  assert.equal(await editor(page).evaluate((field) => field.value.slice(0, field.selectionStart).split("\n").length), line);
  assert.equal(await page.locator(".editor_numbers .editor_bad").count(), 2);
  assert.doesNotMatch(readFileSync(world.service.config_path, "utf8"), /1500/);
  await closed();
});

check("configuration: what waits for a restart of the service is named and not called applied", async () => {
  const { page, closed } = await open_config();
  await change(page, /"level": "info"/, '"level": "debug"');
  await button(page, "Save and apply").click();
  await report(page).getByText("Saved. It waits for a restart of the service.").waitFor();
  await report(page).getByText("In force after a restart of the service (with systemd: systemctl restart streamer-supervisor)").waitFor();
  await report(page).getByText('log.level: "info" -> "debug"').waitFor();
  await change(page, /"level": "debug"/, '"level": "info"');
  await button(page, "Save and apply").click();
  await report(page).getByText("Nothing is different from what is in force.").waitFor();
  await closed();
});

check("configuration: what is saved is in the file and in force, and the answer says so", async () => {
  const { page, closed } = await open_config();
  assert.equal(await button(page, "Save and apply").getAttribute("aria-disabled"), "true", "nothing to save yet");
  await change(page, /"bitrate": 400/, '"bitrate": 450');
  await page.getByText("Not saved yet").waitFor();
  await button(page, "Check").click();
  await report(page).getByText("No fault found. Nothing was changed.").waitFor();
  assert.doesNotMatch(readFileSync(world.service.config_path, "utf8"), /450/);
  await button(page, "Save and apply").click();
  await report(page).getByText("Saved and applied.").waitFor();
  assert.match(readFileSync(world.service.config_path, "utf8"), /"bitrate": 450/);
  assert.equal(await page.getByText("Not saved yet").isHidden(), true);
  await wait_for(async () => JSON.stringify((await world.service.json("/api/config")).config).includes('"bitrate":450'), 5, "in force");
  await world.service.until_live("desktop");
  await closed();
});

check("configuration: a file that was changed meanwhile is not overwritten", async () => {
  const { page, closed } = await open_config();
  await change(page, /"drill": true/, '"drill": false');
  const { config, revision } = await world.service.json("/api/config");
  const other = JSON.parse(JSON.stringify(config).replace('"bitrate":450', '"bitrate":460'));
  const saved = await fetch(`${world.service.address}/api/config`, {
    method: "PUT", headers: { "Content-Type": "application/json", "If-Match": `"${revision}"` }, body: JSON.stringify(other),
  });
  assert.equal(saved.status, 200, await saved.text());
  await button(page, "Save and apply").click();
  await report(page).getByText("Not saved: the file was changed since it was read here.").waitFor();
  assert.match(readFileSync(world.service.config_path, "utf8"), /460/);
  await report(page).getByRole("button", { name: "Reload from file" }).click();
  await confirm(page, "Reload");
  await page.waitForFunction(() => /"bitrate": 460/.test(document.querySelector(".editor_text").value));
  assert.match(await editor(page).inputValue(), /"drill": true/);
  await closed();
});

check("configuration: reload applies what was edited in the file, and refuses what is wrong in it", async () => {
  const { page, closed } = await open_config();
  const good = readFileSync(world.service.config_path, "utf8");
  writeFileSync(world.service.config_path, good.replace(/"bitrate": *\d+/, '"bitrate": "much"'));
  await button(page, "Reload from file").click();
  await report(page).getByText(/The file is refused/).waitFor();
  await report(page).getByText("/streams/0/video/bitrate").waitFor();
  writeFileSync(world.service.config_path, good.replace(/"bitrate": *\d+/, '"bitrate": 400'));
  await button(page, "Reload from file").click();
  await report(page).getByText("Read from the file and applied.").waitFor();
  await page.waitForFunction(() => !/"bitrate": 460/.test(document.querySelector(".editor_text").value));
  await world.service.until_live("desktop");
  await closed();
});

check("configuration: unsaved text survives a look at another view, and is only discarded when that is confirmed", async () => {
  const { page, closed } = await open_config();
  const before = await editor(page).inputValue();
  await editor(page).fill(`// mine\n${before}`);
  await page.getByRole("link", { name: "Log" }).click();
  await page.getByRole("heading", { name: "Log", exact: true }).waitFor();
  await page.goBack();
  assert.match(await editor(page).inputValue(), /^\/\/ mine/);
  await button(page, "Discard changes").click();
  await confirm(page, "Keep them");
  assert.match(await editor(page).inputValue(), /^\/\/ mine/);
  await button(page, "Discard changes").click();
  await confirm(page, "Discard");
  await page.waitForFunction((text) => document.querySelector(".editor_text").value === text, before);
  await closed();
});
