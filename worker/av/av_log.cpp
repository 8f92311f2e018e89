#include "worker/av/av_log.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdarg>
#include <string_view>

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

// libavformat's own words (rtpdec), with the number as their only argument.
constexpr std::string_view missed_rtp_format = "RTP: missed %d packets\n";
thread_local std::uint64_t missed_rtp = 0;

// libx264's, whenever its rates are lowered (LibavEncoder::credit): libav tells it the new maximum before the
// new average, and is right a call later.
constexpr std::string_view lowered_rates_format = "max bitrate less than average bitrate, assuming CBR\n";

void count_missed(const char* format, va_list arguments) {
  if (format != missed_rtp_format) return;
  va_list copy;
  va_copy(copy, arguments);
  missed_rtp += static_cast<std::uint64_t>(std::max(0, va_arg(copy, int)));
  va_end(copy);
}

// Of a demuxer, a decoder, or the transport under them.
bool is_of_input(void* source) {
  const AVClass* const kind = source == nullptr ? nullptr : *static_cast<const AVClass**>(source);
  if (kind == nullptr) return false;
  const AVClassCategory category =
      kind->get_category == nullptr ? kind->category : kind->get_category(source);
  return category == AV_CLASS_CATEGORY_DEMUXER || category == AV_CLASS_CATEGORY_DECODER ||
         category == AV_CLASS_CATEGORY_DEVICE_VIDEO_INPUT || category == AV_CLASS_CATEGORY_DEVICE_INPUT ||
         std::string_view(kind->class_name) == "URLContext";
}

void forward(void* source, int level, const char* format, va_list arguments) {
  static std::array<std::atomic<int>, 2> lines = {0, 0};
  static thread_local int print_prefix = 1;
  if (level > AV_LOG_WARNING || format == lowered_rates_format) return;
  count_missed(format, arguments);
  const bool of_input = is_of_input(source);
  if (lines[of_input ? 1 : 0].fetch_add(1, std::memory_order_relaxed) >= lines_max) return;
  std::array<char, 512> line{};
  av_log_format_line2(source, level, format, arguments, line.data(), static_cast<int>(line.size()),
                      &print_prefix);
  std::string text(line.data());
  while (!text.empty() && text.back() == '\n') text.pop_back();
  the_listener()(of_input ? "info" : "warn", text);
}

}  // namespace

void listen_to_libav(Listener listener) {
  the_listener() = std::move(listener);
  av_log_set_callback(forward);
}

std::uint64_t missed_rtp_packets() {
  return missed_rtp;
}

}  // namespace worker
