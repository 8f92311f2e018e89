// Every view as people get it: light and dark, desktop and telephone. Nothing is cut off, axe finds nothing, and a picture
// of each is kept where STREAMER_SCREENSHOTS says.
import assert from "node:assert/strict";
import { join } from "node:path";
import { collect, desk, go, open_view, overflow, phone, screenshots, violations, world } from "./world.mjs";

export const [look_checks, check] = collect();

async function views() {
  const incidents = async () => (await world.service.json("/api/streams/lobby/incidents")).incidents;
  if ((await incidents()).length === 0) await world.service.post("/api/streams/lobby/drill", { fault: "kill" });
  const [incident] = await incidents();
  return {
    overview: ["#/", "article.stream_card"],
    stream: ["#/stream/desktop", ".incident, .incidents .empty"],
    incident: [`#/stream/lobby/incidents/${incident.id}`, ".steps li"],
    drill: ["#/stream/lobby/drill", ".fault_choice"],
    logs: ["#/logs", ".log_lines li"],
    alerts: ["#/alerts", ".sink"],
    config: ["#/config", ".editor_numbers span:nth-child(9)"],
    login: ["#/login", ".login button:visible"],
  };
}

for (const [size, viewport] of Object.entries({ desktop: desk, phone })) {
  check(`every view is whole and accessible, light and dark: ${size}`, async () => {
    const { page, closed } = await open_view("#/", { viewport, reducedMotion: "reduce" }); // no colour on its way to another
    const found = [];
    for (const [name, [hash, ready]] of Object.entries(await views())) {
      await go(page, hash);
      await page.locator(ready).first().waitFor();
      for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme });
        const wide = await overflow(page);
        if (wide > 0) found.push(`${name}, ${colorScheme}: ${wide} pixels too wide`);
        found.push(...(await violations(page)).map((text) => `${name}, ${colorScheme}: ${text}`));
        if (screenshots) await page.screenshot({ path: join(screenshots, `${name}-${size}-${colorScheme}.png`) });
      }
    }
    assert.deepEqual(found, []);
    await closed();
  });
}
