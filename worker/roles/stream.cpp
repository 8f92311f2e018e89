#include "worker/roles/stream.h"

#include <fcntl.h>
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <new>

#include "common/version.h"
#include "worker/av/av_log.h"
#include "worker/report/last_words.h"
#include "worker/roles/media_loop.h"
#include "worker/sandbox/sandbox.h"

namespace worker {
namespace {

using common::ExitReason;

constexpr int media_fd = 3;
constexpr std::size_t settings_bytes_max = 1 << 20;
constexpr int side_max = 16384;
constexpr int fps_max = 240;
constexpr int display_retry_ms_min = 50;
constexpr int display_retry_ms_max = 60'000;
// When memory runs short the kernel shall take a worker, which is replaced at once, and not its supervisor.
constexpr const char* oom_score = "500";
constexpr std::chrono::milliseconds last_words{100};

struct Arguments {
  int config_fd = -1;
  common::Sender sender;
};

template <typename Number>
bool parse_number(const std::string& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

common::Result<Arguments> parse_arguments(std::span<const std::string> args) {
  Arguments result;
  for (std::size_t i = 0; i < args.size(); i += 2) {
    if (i + 1 == args.size()) return common::error(args[i] + ": a value is missing");
    const std::string& value = args[i + 1];
    bool ok = false;
    if (args[i] == "--config-fd") ok = parse_number(value, result.config_fd);
    if (args[i] == "--generation") ok = parse_number(value, result.sender.generation);
    if (args[i] == "--nonce") ok = !(result.sender.nonce = value).empty();
    if (!ok) return common::error(args[i] + " " + value + ": not understood");
  }
  if (result.config_fd < 0) return common::error("--config-fd is missing");
  if (result.sender.nonce.empty()) return common::error("--nonce is missing");
  return result;
}

common::Result<common::WorkerSettings> check(common::WorkerSettings settings) {
  const common::VideoSettings& video = settings.video;
  const common::TimeGrid& grid = settings.grid;
  if (video.width < 16 || video.height < 16 || video.width > side_max || video.height > side_max)
    return common::error("video: width and height must be 16 to 16384");
  if (video.width % 2 != 0 || video.height % 2 != 0)
    return common::error("video: width and height must be even");
  if (video.fps < 1 || video.fps > fps_max) return common::error("video: fps must be 1 to 240");
  if (video.bitrate < 1) return common::error("video: bitrate must be at least 1 kbit/s");
  if (grid.fps != video.fps) return common::error("grid: fps must be that of video");
  if (grid.part_pictures < 1 || grid.segment_pictures < grid.part_pictures || grid.key_pictures < 1)
    return common::error(
        "grid: part, segment and key pictures must be at least 1, a segment at least a part");
  if (settings.display_retry_ms < display_retry_ms_min || settings.display_retry_ms > display_retry_ms_max)
    return common::error("display_retry_ms must be 50 to 60000");
  if (settings.inputs.empty()) return common::error("inputs: at least one, the last a slate");
  if (settings.selected < 0 || static_cast<std::size_t>(settings.selected) >= settings.inputs.size())
    return common::error("selected: must be the place of one of the inputs");
  if (settings.stuck_max < 1) return common::error("stuck_max must be at least 1");
  return settings;
}

// A pipe, or a file from its beginning whatever its offset; read to the end, as opening it anew could block.
common::Result<std::string> read_all(const common::UniqueFd& fd) {
  ::lseek(fd.get(), 0, SEEK_SET);
  std::string text;
  std::array<char, 16384> chunk{};
  for (;;) {
    const ssize_t got = ::read(fd.get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return common::errno_error("--config-fd", errno);
    if (got == 0) return text;
    text.append(chunk.data(), static_cast<std::size_t>(got));
    if (text.size() > settings_bytes_max) return common::error("--config-fd: more than 1 MiB of settings");
  }
}

common::Result<common::WorkerSettings> read_settings(int fd) {
  const auto text = read_all(common::UniqueFd(fd));
  if (!text) return text.error();
  auto settings = common::parse_worker_settings(*text);
  if (!settings) return settings;
  return check(std::move(*settings));
}

volatile std::sig_atomic_t termination_asked = 0;

void prepare_process() {
  // The supervisor's death is noticed by the kernel too, whatever this process is doing; not if it came
  // first.
  const pid_t parent = ::getppid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(static_cast<int>(ExitReason::Ok));
  const common::UniqueFd score(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  [[maybe_unused]] const bool raised = ::write(score.get(), oom_score, std::strlen(oom_score)) > 0;
  std::signal(SIGPIPE, SIG_IGN);
  struct sigaction action = {};
  action.sa_handler = [](int) { termination_asked = 1; };
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGINT, &action, nullptr);
}

Ending live(const common::WorkerSettings& settings, const common::Sender& sender, MessageSink& sink,
            const OpenEncoder& open) {
  // Every thread's own arena costs megabytes that a reduced worker has not.
  if (settings.reduced) ::mallopt(M_ARENA_MAX, 1);
  MediaLoop loop(settings, sink, MediaSocket(common::UniqueFd(media_fd), sender.generation),
                 CommandReader(STDIN_FILENO), open);
  if (auto ending = loop.warm_up()) return *ending;
  while (termination_asked == 0)
    if (auto ending = loop.turn()) return *ending;
  return {ExitReason::Ok, "asked to terminate"};
}

Ending guarded_live(const common::Result<common::WorkerSettings>& settings, const common::Sender& sender,
                    MessageSink& sink, const OpenEncoder& open) {
  if (!settings) return {ExitReason::Config, settings.error().reason};
  int type = 0;
  socklen_t size = sizeof type;
  if (::getsockopt(media_fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_STREAM)
    return {ExitReason::Usage, "fd 3 must be a stream socket for media"};
  try {
    return live(*settings, sender, sink, open);
  } catch (const std::bad_alloc&) {
    return {ExitReason::Memory, "out of memory"};
  } catch (const std::exception& failure) {
    return {ExitReason::Software, failure.what()};
  }
}

}  // namespace

int run_stream(std::span<const std::string> args, const OpenEncoder& open) {
  const auto arguments = parse_arguments(args);
  if (!arguments) {
    std::fprintf(stderr, "streamer-worker stream: %s\n", arguments.error().reason.c_str());
    return static_cast<int>(ExitReason::Usage);
  }
  prepare_process();
  prepare_for_out_of_memory(STDERR_FILENO, arguments->sender);
  // Before any thread: the sandbox holds for those that this one makes.
  const auto settings = read_settings(arguments->config_fd);
  std::vector<std::string> unguarded;
  if (settings && settings->sandbox) unguarded = enter_sandbox({.network = settings->network});
  // Never destroyed: threads of inputs and libav may still speak while the process ends.
  static MessageSink sink(STDERR_FILENO, arguments->sender);
  listen_to_libav(
      [](const std::string& level, const std::string& text) { sink.log(level, "libav: " + text); });
  exit_when_closed(STDIN_FILENO);
  sink.send(common::Hello{common::version});
  for (const std::string& what : unguarded) sink.log("info", "sandbox: " + what);
  const Ending ending = guarded_live(settings, arguments->sender, sink, open);
  const int code = static_cast<int>(ending.reason);
  sink.send(common::Bye{std::string(common::exit_reason_name(code)), ending.text});
  sink.drain(last_words);
  return code;
}

}  // namespace worker
