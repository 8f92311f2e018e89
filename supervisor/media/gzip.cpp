#include "supervisor/media/gzip.h"

#include <zlib.h>

#include <limits>

namespace supervisor {
namespace {

// Half the time of the usual level for playlists and JSON, and hardly more bytes.
constexpr int level = 3;
constexpr int window_bits = 15 + 16;  // + 16: a gzip header instead of zlib's
constexpr int memory_level = 8;

struct Deflater {
  z_stream stream{};
  bool ready =
      ::deflateInit2(&stream, level, Z_DEFLATED, window_bits, memory_level, Z_DEFAULT_STRATEGY) == Z_OK;
  ~Deflater() {
    if (ready) ::deflateEnd(&stream);
  }
};

}  // namespace

std::string gzip(std::string_view text) {
  Deflater deflater;
  if (!deflater.ready || text.size() > std::numeric_limits<uInt>::max()) return {};
  z_stream& stream = deflater.stream;
  std::string out(::deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
  // zlib's interface has no const and only reads.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  if (::deflate(&stream, Z_FINISH) != Z_STREAM_END) return {};
  out.resize(stream.total_out);
  return out;
}

}  // namespace supervisor
