#include "worker/av/av_log.h"

#include <array>
#include <atomic>
#include <cstdarg>

extern "C" {
#include <libavutil/log.h>
}

namespace worker {
namespace {

using Listener = std::function<void(const std::string&, const std::string&)>;
constexpr int lines_max = 100;

Listener& the_listener() {
  static Listener listener;
  return listener;
}

void forward(void* source, int level, const char* format, va_list arguments) {
  static std::atomic<int> lines = 0;
  static thread_local int print_prefix = 1;
  if (level > AV_LOG_WARNING || lines.fetch_add(1, std::memory_order_relaxed) >= lines_max) return;
  std::array<char, 512> line{};
  av_log_format_line2(source, level, format, arguments, line.data(), static_cast<int>(line.size()),
                      &print_prefix);
  std::string text(line.data());
  while (!text.empty() && text.back() == '\n') text.pop_back();
  the_listener()("warn", text);
}

}  // namespace

void listen_to_libav(Listener listener) {
  the_listener() = std::move(listener);
  av_log_set_callback(forward);
}

}  // namespace worker
