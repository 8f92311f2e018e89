// Makes the files of the dashboard and the C++ table that embeds them; runs in the build tree.
//   src/main.ts and what it imports, styles too -> out/app-HASH.js, out/app-HASH.css; src/index.html -> out/index.html
//   out/* and their gzip copies -> assets.cpp (.incbin: the assembler copies the bytes, the compiler never sees them)
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { extname, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const compressed_bytes_max = 300_000; // the whole page as sent, the player hls.js included

const content_types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

function write_out(name, bytes) {
  const gzipped = gzipSync(bytes, { level: 9 });
  writeFileSync(`out/${name}`, bytes);
  writeFileSync(`out/${name}.gz`, gzipped);
  const etag = createHash("sha256").update(bytes).digest("hex").slice(0, 32);
  return { name, etag, size: bytes.length, gzip_size: gzipped.length, immutable: /-[0-9A-Z]{8}\./.test(name) };
}

async function bundle() {
  const result = await build({
    entryPoints: { app: "src/main.ts" },
    bundle: true,
    minify: true,
    write: false,
    outdir: "out",
    entryNames: "[name]-[hash]",
    format: "iife",
    target: "es2020",
    legalComments: "none",
  });
  return result.outputFiles.map((file) => ({ name: file.path.split("/").pop(), bytes: Buffer.from(file.contents) }));
}

function page(files) {
  const name_of = (kind) => files.map((file) => file.name).find((name) => extname(name) === kind);
  const html = readFileSync("src/index.html", "utf8");
  return Buffer.from(html.replace("style.css", name_of(".css")).replace("app.js", name_of(".js")));
}

function licences() {
  const text = (name) => `${name}\n\n${readFileSync(`node_modules/${name}/LICENSE`, "utf8")}`;
  return Buffer.from(["hls.js", "uplot"].map(text).join("\n\n"));
}

function assembler(asset, index) {
  const include = (symbol, file) => `  ".global ${symbol}\\n${symbol}:\\n.incbin \\"${resolve("out", file)}\\"\\n"`;
  return [include(`dashboard_asset_${index}`, asset.name), include(`dashboard_asset_${index}_gz`, `${asset.name}.gz`)];
}

function row(asset, index) {
  const type = content_types[extname(asset.name)] ?? "text/plain; charset=utf-8";
  const smaller = asset.gzip_size < asset.size;
  const gzipped = smaller ? `{dashboard_asset_${index}_gz, ${asset.gzip_size}}` : "{}";
  return `    Asset{"${asset.name}", {dashboard_asset_${index}, ${asset.size}}, ${gzipped}, "${type}", "${asset.etag}", ${asset.immutable}},`;
}

function table(assets) {
  const names = assets.map((_, i) => `extern const char dashboard_asset_${i}[], dashboard_asset_${i}_gz[];`);
  return `// Made by bundle.mjs.
#include <array>

#include "dashboard/assets.h"

__asm__(
  ".pushsection .rodata\\n"
${assets.flatMap(assembler).join("\n")}
  ".popsection\\n");

extern "C" {
${names.join("\n")}
}

namespace dashboard {

std::span<const Asset> assets() {
  static constexpr std::array<Asset, ${assets.length}> all = {
${assets.map(row).join("\n")}
  };
  return all;
}

}  // namespace dashboard
`;
}

rmSync("out", { recursive: true, force: true });
mkdirSync("out");
const bundled = await bundle();
const assets = [
  write_out("index.html", page(bundled)),
  ...bundled.map((file) => write_out(file.name, file.bytes)),
  write_out("icon.svg", readFileSync("src/icon.svg")),
  write_out("licences.txt", licences()),
];
const sent = assets.reduce((sum, asset) => sum + asset.gzip_size, 0);
if (sent > compressed_bytes_max) {
  throw new Error(`the dashboard has ${sent} bytes compressed, at most ${compressed_bytes_max} are allowed`);
}
writeFileSync("assets.cpp", table(assets));
console.log(`dashboard: ${assets.length} files, ${sent} bytes compressed`);
