// The dashboard's files, inside the program: no file beside the binary, no work at start. Pure data with
// static lifetime, made at build time by bundle.mjs. Fields are those of the HTTP room's Asset, in its order.
#pragma once

#include <span>
#include <string_view>

namespace dashboard {

struct Asset {
  std::string_view path;  // without the first slash: "index.html", "app-1A2B3C4D.js", "icon.svg"
  std::string_view bytes;
  std::string_view gzipped;       // empty when it would not be smaller
  std::string_view content_type;  // "text/html; charset=utf-8"
  std::string_view etag;          // without quotes; a hash of the bytes
  bool immutable = false;         // the name holds a hash of the content
};

std::span<const Asset> assets();

}  // namespace dashboard
