// Server-sent events (HTML Living Standard 9.2) as they come in pieces: bytes in, whole events out. Pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace supervisor {

struct SseEvent {
  std::string id;
  std::string event;
  std::string data;
};

class SseReader {
 public:
  static constexpr std::size_t event_bytes_max = 1u << 20;  // a longer one is left out

  void feed(std::string_view bytes, const std::function<void(const SseEvent&)>& take);

 private:
  void take_line(std::string_view line, const std::function<void(const SseEvent&)>& take);

  std::string line_;
  SseEvent event_;
  bool too_long_ = false;
};

}  // namespace supervisor
