// node latency.mjs URL SECONDS WARM_UP_SECONDS WIDTH HEIGHT [FOLDER]: how old is the picture when it is seen? Opens the
// dashboard, lets its own player play, and reads the time code (streamer-demo-card --time-code, WIDTH x HEIGHT) out of every
// picture shown; the first picture with a new code says how long it took from the screen there to the screen here. With
// FOLDER the stream's playlist and segments come from there instead: another maker's HLS in the same player.
// Prints one JSON line: ages (s), pictures without a code, steps on the way (ms), the player's own figures, complaints.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { open_browser, open_page } from "./chromium.mjs";

const [, , address, seconds, warm_up, width, height, folder] = process.argv;
if (!address || ![seconds, warm_up, width, height].every((word) => Number(word) > 0)) {
  console.error("usage: node latency.mjs URL SECONDS WARM_UP_SECONDS WIDTH HEIGHT [FOLDER]");
  process.exit(64);
}

// In the page. Every moment is performance.now(); the wall clock is added where a painted time is compared.
function measure(size) {
  const bits = 40;
  const seen = (window.__seen = { ages: [], without_code: 0, pictures: 0, asked: [], loaded: [], appended: [], ahead: [], behind: [], rates: {} });
  const canvas = document.createElement("canvas");
  const side = Math.floor(size.width / bits);
  canvas.width = bits;
  canvas.height = 1;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const read = (video) => {
    const scale = video.videoWidth / size.width;
    // One pixel of the canvas for every square: the middle of its middle line.
    pen.imageSmoothingEnabled = false;
    pen.drawImage(video, 0, (size.height - side / 2) * scale, side * bits * scale, 1, 0, 0, bits, 1);
    const pixels = pen.getImageData(0, 0, bits, 1).data;
    let time = 0, sum = 0, wanted = 0;
    for (let bit = 0; bit < bits; ++bit) {
      const value = pixels[bit * 4 + 1] > 128 ? 1 : 0;
      if (bit < 32) time = time * 2 + value;
      else sum = sum * 2 + value;
    }
    for (const shift of [0, 8, 16, 24]) wanted += (time >>> shift) & 0xff;
    return (wanted & 0xff) === sum ? time : null;
  };
  let last = null;
  const shown = (now, frame) => {
    const video = document.querySelector("video");
    const code = read(video);
    ++seen.pictures;
    const rate = video.playbackRate.toFixed(2);
    seen.rates[rate] = (seen.rates[rate] ?? 0) + 1;
    if (code === null) ++seen.without_code;
    else if (code !== last) {
      const at = Date.now() + Math.max(0, frame.expectedDisplayTime - performance.now());
      if (last !== null) seen.ages.push(((at % 2 ** 32) - code) / 1000);
      last = code;
    }
    video.requestVideoFrameCallback(shown);
  };
  const wait = setInterval(() => {
    const video = document.querySelector("video");
    if (!video) return;
    clearInterval(wait);
    video.requestVideoFrameCallback(shown);
  }, 50);
  // The way of a part inside the browser.
  let playlist_at = null;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries().sort((a, b) => a.responseEnd - b.responseEnd)) {
      if (entry.name.includes(".m3u8")) playlist_at = entry.responseEnd;
      if (!entry.name.includes("part-") || playlist_at === null) continue;
      if (entry.startTime >= playlist_at) seen.asked.push(entry.startTime - playlist_at);
      seen.loaded.push(entry.responseEnd - entry.startTime);
    }
  }).observe({ type: "resource", buffered: true });
  const append = SourceBuffer.prototype.appendBuffer;
  SourceBuffer.prototype.appendBuffer = function (bytes) {
    const began = performance.now();
    const video = document.querySelector("video");
    const ahead = video && video.buffered.length > 0 ? video.buffered.end(video.buffered.length - 1) - video.currentTime : 0;
    if (video && video.currentTime > 0 && bytes.byteLength > 1000) seen.ahead.push(ahead);
    this.addEventListener("updateend", () => seen.appended.push(performance.now() - began), { once: true });
    return append.call(this, bytes);
  };
  setInterval(() => window.__player_stats.latency > 0 && seen.behind.push(window.__player_stats.latency), 500);
}

function forget() {
  for (const list of Object.values(window.__seen)) if (Array.isArray(list)) list.length = 0;
  Object.assign(window.__seen, { without_code: 0, pictures: 0, rates: {} });
  const { stalls, waiting, errors } = window.__player_stats;
  window.__before = { stalls, waiting, errors };
}

async function serve(page) {
  const types = { m3u8: "application/vnd.apple.mpegurl", mp4: "video/mp4", m4s: "video/mp4" };
  await page.route("**/hls/**", (route) => {
    const name = new URL(route.request().url()).pathname.split("/").pop();
    const file = join(folder, name);
    if (!existsSync(file)) return route.fulfill({ status: 404 });
    return route.fulfill({ body: readFileSync(file), contentType: types[name.split(".").pop()], headers: { "Cache-Control": "no-cache" } });
  });
}

const browser = await open_browser();
try {
  const { page, complaints } = await open_page(browser, address, {
    viewport: { width: 1280, height: 800 },
    prepare: async (fresh) => {
      await fresh.addInitScript(measure, { width: Number(width), height: Number(height) });
      if (folder) await serve(fresh);
    },
  });
  await page.waitForTimeout(Number(warm_up) * 1000);
  await page.evaluate(forget);
  await page.waitForTimeout(Number(seconds) * 1000);
  const [seen, stats, before] = await page.evaluate(() => [window.__seen, window.__player_stats, window.__before]);
  console.log(JSON.stringify({ ...seen, stats, before, complaints }));
} finally {
  await browser.close();
}
