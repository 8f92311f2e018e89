#include "sender.h"

#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "common/unique_fd.h"

extern char** environ;

// Read by ThreadSanitizer, which cannot see the locks inside Debian's libsrt.
extern "C" const char* __tsan_default_suppressions();   // NOLINT(bugprone-reserved-identifier)
extern "C" const char* __tsan_default_suppressions() {  // NOLINT(bugprone-reserved-identifier)
  return "race:libsrt\n";
}

namespace worker::test {
namespace {

constexpr int number_bits = 16;

pid_t spawn(const std::vector<std::string>& command) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", 0, 0);
  if (std::getenv("STREAMER_TEST_VERBOSE") == nullptr) {
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", 1, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", 1, 0);
  }
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t pid = -1;
  if (::posix_spawnp(&pid, arguments[0], &actions, nullptr, arguments.data(), environ) != 0) pid = -1;
  posix_spawn_file_actions_destroy(&actions);
  return pid;
}

// White cells on black, one for each bit of the number, where the test card has them.
std::string paint_number(const ClipShape& shape) {
  std::string filter = "drawbox=x=0:y=ih*3/4:w=iw:h=ih/8:color=black:t=fill";
  for (int bit = 0; bit < number_bits; ++bit)
    filter += ",drawbox=x=iw*" + std::to_string(31 - bit) +
              "/32:y=ih*3/4:w=iw/32:h=ih/8:color=white:t=fill:" + "enable='mod(floor((n+" +
              std::to_string(shape.first) + ")/" + std::to_string(1 << bit) + "),2)'";
  return filter;
}

}  // namespace

Folder::Folder() {
  std::string name = std::filesystem::temp_directory_path() / "senders.XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) std::abort();
  path_ = name;
}

Folder::~Folder() {
  std::error_code unused;
  std::filesystem::remove_all(path_, unused);
}

Sender::Sender(const std::vector<std::string>& command) : pid_(spawn(command)) {}

Sender::~Sender() {
  kill();
}

void Sender::signal(int number) const {
  if (pid_ > 0) ::kill(pid_, number);
}

void Sender::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

int free_port(int type) {
  const common::UniqueFd socket(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    std::abort();
  return ntohs(address.sin_port);
}

bool run(const std::vector<std::string>& command) {
  int status = -1;
  const pid_t pid = spawn(command);
  return pid > 0 && ::waitpid(pid, &status, 0) == pid && status == 0;
}

bool make_clip(const std::string& path, const ClipShape& shape) {
  const std::string source = "color=c=0x2060a0:s=" + std::to_string(shape.width) + "x" +
                             std::to_string(shape.height) + ":r=" + std::to_string(shape.fps) +
                             ":d=" + std::to_string(shape.seconds);
  const int key_pictures = static_cast<int>(shape.fps * shape.key_seconds);
  return run({"ffmpeg",
              "-y",
              "-v",
              "error",
              "-f",
              "lavfi",
              "-i",
              source,
              "-vf",
              paint_number(shape),
              "-c:v",
              shape.codec,
              "-preset",
              "veryfast",
              "-g",
              std::to_string(key_pictures),
              "-sc_threshold",
              "0",
              "-pix_fmt",
              "yuv420p",
              path});
}

std::vector<std::string> send_clip(const std::string& clip, const std::vector<std::string>& output) {
  std::vector<std::string> command = {"ffmpeg", "-v", "error", "-re", "-stream_loop",
                                      "-1",     "-i", clip,    "-c",  "copy"};
  command.insert(command.end(), output.begin(), output.end());
  return command;
}

std::vector<std::string> send_once(const std::string& clip, const std::vector<std::string>& output) {
  std::vector<std::string> command = {"ffmpeg", "-v", "error", "-re", "-i", clip, "-c", "copy"};
  command.insert(command.end(), output.begin(), output.end());
  return command;
}

}  // namespace worker::test
