// The playlists of one version of a stream as text: each rendered when somebody first asks for it, and shared
// from then on. Pure; of one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace supervisor {

class PlaylistMemo {
 public:
  static constexpr std::size_t gzip_bytes_min = 1024;  // shorter playlists are not compressed

  // `render` makes the text, once for a version.
  template <typename Render>
  std::shared_ptr<const std::string> text(bool skip, std::uint64_t version, const Render& render) {
    Rendered& rendered = skip ? delta_ : full_;
    if (!rendered.text || rendered.version != version)
      rendered = {version, std::make_shared<const std::string>(render()), nullptr};
    return rendered.text;
  }
  // In the coding gzip; null: it is not worth it. Precondition: text() was called for this version.
  std::shared_ptr<const std::string> gzipped(bool skip);

 private:
  struct Rendered {
    std::uint64_t version = 0;
    std::shared_ptr<const std::string> text;
    std::shared_ptr<const std::string> gzipped;  // null: nobody asked for it, or it is not worth it
  };
  Rendered full_, delta_;
};

}  // namespace supervisor
