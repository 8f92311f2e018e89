#include "supervisor/media/playlist_memo.h"

#include <utility>

#include "supervisor/media/gzip.h"

namespace supervisor {

std::shared_ptr<const std::string> PlaylistMemo::gzipped(bool skip) {
  Rendered& rendered = skip ? delta_ : full_;
  if (rendered.gzipped || rendered.text->size() < gzip_bytes_min) return rendered.gzipped;
  if (std::string packed = gzip(*rendered.text); !packed.empty()) {
    rendered.gzipped = std::make_shared<const std::string>(std::move(packed));
  }
  return rendered.gzipped;
}

}  // namespace supervisor
