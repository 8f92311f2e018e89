// A service with credentials: the page asks for them, goes on where one wanted to be, and comes back when the session has
// ended. Drills are off there: the page says how to switch them on.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { open_page } from "./chromium.mjs";
import { Service, stream } from "./service.mjs";
import { button, collect, confirm, desk, go, new_folder, open_view, world } from "./world.mjs";

export const [login_checks, check] = collect();

const password = "correct horse battery";
let guarded;

// As an operator makes it: an entry of server.auth.users.
function user(name, role) {
  const program = join(process.env.STREAMER_BIN, "streamer-supervisor");
  const options = { input: `${password}\n`, encoding: "utf8", stdio: ["pipe", "pipe", "ignore"] };
  return JSON.parse(execFileSync(program, ["passwd", name, "--role", role], options));
}

function config(port) {
  const users = [user("anna", "operator"), user("guest", "viewer")];
  return { server: { listen: [`127.0.0.1:${port}`], auth: { users } }, streams: [stream("desktop", [{ type: "pattern" }])] };
}

async function open_login(hash) {
  if (!guarded) {
    guarded = await new Service(new_folder("guarded"), config).start();
    world.ends.push(() => guarded.stop());
  }
  const { page, complaints } = await open_page(world.browser, `${guarded.address}/${hash}`, { viewport: desk });
  await page.getByLabel("User name").waitFor();
  return { page, complaints };
}

async function sign_in(page, name, word) {
  await page.getByLabel("User name").fill(name);
  await page.getByLabel("Password").fill(word);
  await button(page, "Sign in").click();
}

check("login: nothing is shown before it, a wrong password is refused, a right one leads where one wanted to be", async () => {
  const { page, complaints } = await open_login("#/stream/desktop/drill");
  assert.equal(await page.locator(".drill_view").count(), 0);
  await button(page, "Sign in").click();
  await page.getByText("Enter your user name.").waitFor();
  await sign_in(page, "anna", "wrong");
  await page.getByText("User name and password do not fit.").waitFor();
  assert.equal(await page.getByLabel("Password").inputValue(), "");
  await sign_in(page, "anna", password);
  await page.getByRole("heading", { level: 1, name: "Drill of desktop" }).waitFor();
  await page.locator("#link_text", { hasText: "Up to date" }).waitFor();
  await page.locator("#session", { hasText: "anna" }).waitFor();
  // The drill that is off.
  await page.getByText("Drills are switched off").waitFor();
  await page.waitForFunction(() => document.querySelector(".drill_start button").getAttribute("aria-disabled") === "false", null, { timeout: 15_000 });
  await button(page, "Run the drill").click();
  await confirm(page, "Run the drill");
  await page.getByRole("heading", { name: "The drill did not take place" }).waitFor();
  await page.locator(".drill_result", { hasText: "server.drill" }).waitFor();
  await button(page, "Sign out").click();
  await page.getByLabel("User name").waitFor();
  assert.deepEqual(complaints, []);
  await page.context().close();
});

check("login: an ended session leads to the form and back", async () => {
  const { page, complaints } = await open_login("#/");
  await sign_in(page, "anna", password);
  await page.locator("#link_text", { hasText: "Up to date" }).waitFor();
  await go(page, "#/alerts");
  await page.getByRole("heading", { level: 1, name: "Alerts" }).waitFor();
  await page.context().clearCookies();
  await go(page, "#/config");
  await page.getByLabel("User name").waitFor();
  await sign_in(page, "anna", password);
  await page.getByRole("heading", { level: 1, name: "Configuration" }).waitFor();
  await page.waitForFunction(() => document.querySelector(".editor_text").value.includes("password_hash"));
  const text = await page.getByRole("textbox", { name: "Configuration" }).inputValue();
  assert.deepEqual(new Set(text.match(/"password_hash": .*/g)), new Set(['"password_hash": "(secret)"']));
  assert.deepEqual(complaints, []);
  await page.context().close();
});

check("login: who may look only finds what changes something switched off, with the reason", async () => {
  const { page, complaints } = await open_login("#/config");
  await sign_in(page, "guest", password);
  await page.getByRole("heading", { level: 1, name: "Configuration" }).waitFor();
  await page.getByText("Your account may look at the configuration, not change it.").waitFor();
  assert.equal(await button(page, "Save and apply").getAttribute("aria-disabled"), "true");
  assert.equal(await button(page, "Reload from file").getAttribute("title"), "Your account may look only");
  await go(page, "#/stream/desktop");
  await page.getByRole("button", { name: "Restart" }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Restart" }).getAttribute("aria-disabled"), "true");
  assert.deepEqual(complaints, []);
  await page.context().close();
});

check("login: a service without credentials does not ask for them", async () => {
  const { page, closed } = await open_view("#/login");
  await page.getByText("This service asks for no credentials.").waitFor();
  await button(page, "Go on").click();
  await page.getByRole("heading", { level: 1, name: "Streams" }).waitFor();
  await closed();
});
