#include "worker/report/heartbeat_clock.h"

#include <unistd.h>

#include <cstdio>

namespace worker {

void HeartbeatClock::beat(common::Heartbeat& heartbeat, std::uint64_t bytes_sent, common::MonoTime now) {
  samples_.push_back({now, heartbeat.frames_captured, bytes_sent});
  if (samples_.size() > samples_max) samples_.pop_front();
  const Sample& oldest = samples_.front();
  const double seconds = std::chrono::duration<double>(now - oldest.at).count();
  if (seconds > 0) {
    heartbeat.fps = static_cast<double>(heartbeat.frames_captured - oldest.frames_captured) / seconds;
    heartbeat.bitrate_kbps = static_cast<double>(bytes_sent - oldest.bytes_sent) * 8 / 1000 / seconds;
  }
  // A late beat is not made good by several at once.
  next_ = now + period;
}

std::uint64_t resident_kb() {
  std::FILE* file = std::fopen("/proc/self/statm", "re");
  if (file == nullptr) return 0;
  unsigned long long total = 0;
  unsigned long long resident = 0;
  const int fields = std::fscanf(file, "%llu %llu", &total, &resident);
  std::fclose(file);
  return fields == 2 ? resident * static_cast<unsigned long long>(::sysconf(_SC_PAGESIZE)) / 1024 : 0;
}

}  // namespace worker
