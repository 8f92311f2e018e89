#include "supervisor/alerts/secret_file.h"

#include <algorithm>

#include "supervisor/credentials/private_file.h"

namespace supervisor {

common::Result<std::string> read_secret(const std::string& path) {
  auto text = read_private_file(path, secret_bytes_max);
  if (!text) return text.error();
  while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
  const bool one_line =
      std::none_of(text->begin(), text->end(), [](unsigned char c) { return c < ' ' || c == 0x7F; });
  if (text->empty() || !one_line) return common::error(path + " must hold one line of text");
  return std::move(*text);
}

}  // namespace supervisor
