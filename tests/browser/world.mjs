// What all checks of the dashboard share: one browser, one service with two streams and drills, one with credentials, a
// receiver of alerts, and the ways to open a view.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open_browser, open_page } from "./chromium.mjs";
import { Desktop, Service, short_media, stream } from "./service.mjs";

export const desk = { width: 1280, height: 900 };
export const phone = { width: 390, height: 844 };
export const screenshots = process.env.STREAMER_SCREENSHOTS; // a folder; unset: none are kept
const output = process.env.STREAMER_OUTPUT; // a folder that stays, for who looks for a failure's cause
const patience_ms = 12_000;
export const world = { folder: "", browser: null, desktop: null, service: null, receiver: null, mirror: "", ends: [] };

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// Where alerts are sent: notes what came.
class Receiver {
  constructor() {
    this.messages = [];
    this.server = createServer((question, answer) => {
      let text = "";
      question.on("data", (piece) => (text += piece));
      question.on("end", () => {
        this.messages.push(text);
        answer.writeHead(200).end();
      });
    });
  }

  async start() {
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.address = `http://127.0.0.1:${this.server.address().port}/alerts`;
    return this;
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

function config(port) {
  const { display } = world.desktop;
  const webhook = { enabled: true, format: "json", allow_private: true };
  return {
    server: { listen: [`127.0.0.1:${port}`], drill: true },
    streams: [
      stream("desktop", [{ type: "x11", display, monitor: "second" }, { type: "pattern" }], { standby: "hot" }),
      stream("lobby", [{ type: "pattern" }], { hls: { ...short_media, output_dir: world.mirror } }),
    ],
    monitoring: { check_interval: 1 },
    alerts: { open_after: 0, resolve_after: 0, webhook_alerts: [{ ...webhook, url: world.receiver.address }, { ...webhook, url: "http://127.0.0.1:9/nobody" }] },
  };
}

function new_output() {
  rmSync(output, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  return output;
}

export function new_folder(name) {
  const folder = join(world.folder, name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

export async function start_world() {
  world.folder = output ? new_output() : mkdtempSync(join(tmpdir(), "dashboard-"));
  if (screenshots) mkdirSync(screenshots, { recursive: true });
  const browser = open_browser();
  world.mirror = join(world.folder, "mirror");
  world.receiver = await new Receiver().start();
  world.desktop = new Desktop(new_folder("x"));
  world.service = await new Service(new_folder("service"), config).start();
  world.browser = await browser;
  await Promise.all([world.service.until_live("desktop"), world.service.until_live("lobby")]);
}

export async function end_world() {
  await world.browser?.close();
  for (const end of world.ends) await end();
  await world.service?.stop();
  world.desktop?.stop();
  world.receiver?.stop();
  if (!output) rmSync(world.folder, { recursive: true, force: true });
}

// What a failed check left open would take the processor from the next ones.
export async function close_pages() {
  for (const context of world.browser.contexts()) await context.close();
}

// The list of a file's checks, and what adds one: check("what holds", async () => ...).
export function collect() {
  const list = [];
  return [list, (name, run) => list.push([name, run])];
}

// A view in a page of its own, after the first status. `closed`: ends the page and says what the browser complained about.
export async function open_view(hash, options = {}) {
  const { service = world.service, viewport = desk, ...more } = options;
  const opened = await open_page(world.browser, `${service.address}/${hash}`, { viewport, ...more });
  opened.page.setDefaultTimeout(patience_ms);
  await opened.page.locator("#link_text", { hasText: "Up to date" }).waitFor({ timeout: 10_000 });
  return {
    ...opened,
    async closed() {
      assert.deepEqual(opened.complaints, []);
      await opened.page.context().close();
    },
  };
}

// The same page at another view.
export async function go(page, hash) {
  await page.evaluate((address) => (location.hash = address), hash);
}

// What axe finds, by all its rules.
export async function violations(page) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
  const { violations: found } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return found.map((one) => `${one.id}: ${one.nodes.map((node) => `${node.target} ${node.failureSummary}`).join(" | ").slice(0, 400)}`);
}

export async function overflow(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

export function button(page, name) {
  return page.getByRole("button", { name, exact: true });
}

// Presses the button of the dialog that asks before something is done.
export async function confirm(page, name) {
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  await dialog.getByRole("button", { name, exact: true }).click();
}
