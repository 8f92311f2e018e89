// The dashboard in Chromium against the real supervisor with real workers: node --test dashboard.test.mjs
// Environment: STREAMER_BIN, STREAMER_SOURCE; STREAMER_SCREENSHOTS: a folder for pictures of every view; STREAMER_OUTPUT: a
// folder for configuration and logs. Everything is started once (world.mjs); the checks run one after the other.
import { after, afterEach, before, describe, test } from "node:test";
import { alert_checks } from "./alert_checks.mjs";
import { config_checks } from "./config_checks.mjs";
import { incident_checks } from "./incident_checks.mjs";
import { keyboard_checks } from "./keyboard_checks.mjs";
import { log_checks } from "./log_checks.mjs";
import { login_checks } from "./login_checks.mjs";
import { look_checks } from "./look_checks.mjs";
import { restart_checks } from "./restart_checks.mjs";
import { stream_checks } from "./stream_checks.mjs";
import { close_pages, end_world, start_world } from "./world.mjs";

describe("dashboard", () => {
  before(start_world);
  after(end_world);
  afterEach(close_pages);
  const checks = [stream_checks, log_checks, incident_checks, alert_checks, config_checks, login_checks, keyboard_checks, look_checks, restart_checks];
  for (const [name, run] of checks.flat()) test(name, run);
});
