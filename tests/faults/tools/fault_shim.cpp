// LD_PRELOAD library of the fault tests: makes chosen library calls of one program fail, wait or misbehave.
// Rules stand in a file that the test writes while the program runs (FAULT_SHIM_CONTROL;
// tests/faults/shim.py): 4 bytes of a serial number, then lines of
//   CALL [path=PREFIX] [fd=N] [skip=N] [times=N] ACTION
// CALL is a name below, or "any". ACTION is one of errno=N, delay_ms=N, return=N, swallow (claims success),
// spin, block, raise=SIGNAL, exit=CODE, leak_mb=N, leak_fd=N, close=FD, stall=FILE (writes a byte there
// first). A path counts for calls with a path, and for calls with a descriptor that is open on such a path.
// FAULT_SHIM_ORPHAN=1: the program does not die with its parent (man 2 prctl, PR_SET_PDEATHSIG is refused).
// Without a control file it does nothing. Only for tests; any thread.
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>

namespace {

constexpr std::size_t control_bytes = 4096;
constexpr std::size_t rules_max = 16;
constexpr std::size_t text_max = 256;

using Text = std::array<char, text_max>;

struct Rule {
  Text call{};
  Text path{};
  Text action{};
  Text target{};
  long number = 0;
  int fd = -1;
  int skip = 0;
  int times = -1;  // -1: always
};

struct Control {
  std::atomic<std::uint32_t>* serial = nullptr;
  const char* text = nullptr;
};

template <typename Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

Control open_control() {
  const char* path = std::getenv("FAULT_SHIM_CONTROL");
  if (path == nullptr) return {};
  const long fd = ::syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return {};
  void* memory = ::mmap(nullptr, control_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, static_cast<int>(fd), 0);
  ::syscall(SYS_close, fd);
  if (memory == MAP_FAILED) return {};
  return {static_cast<std::atomic<std::uint32_t>*>(memory), static_cast<const char*>(memory) + 4};
}

const Control control = open_control();
const bool may_be_orphan = std::getenv("FAULT_SHIM_ORPHAN") != nullptr;
std::array<Rule, rules_max> rules;
std::size_t rule_count = 0;
std::uint32_t known_serial = 0;
std::atomic_flag rules_lock = ATOMIC_FLAG_INIT;
thread_local bool inside = false;

void copy(Text& to, std::string_view from) {
  const std::size_t size = from.copy(to.data(), to.size() - 1);
  to[size] = 0;
}

int number_of(std::string_view text) {
  Text copied{};
  copy(copied, text);
  return std::atoi(copied.data());
}

void read_word(Rule& rule, std::string_view word) {
  const std::size_t equals = word.find('=');
  const std::string_view key = word.substr(0, equals);
  const std::string_view value = equals == word.npos ? std::string_view() : word.substr(equals + 1);
  if (key == "path") {
    copy(rule.path, value);
  } else if (key == "fd") {
    rule.fd = number_of(value);
  } else if (key == "skip") {
    rule.skip = number_of(value);
  } else if (key == "times") {
    rule.times = number_of(value);
  } else {
    copy(rule.action, key);
    copy(rule.target, value);
    rule.number = number_of(value);
  }
}

Rule read_rule(std::string_view line) {
  Rule rule;
  bool first = true;
  while (!line.empty()) {
    const std::size_t end = line.find(' ');
    const std::string_view word = line.substr(0, end);
    line = end == line.npos ? std::string_view() : line.substr(end + 1);
    if (word.empty()) continue;
    if (first) {
      copy(rule.call, word);
    } else {
      read_word(rule, word);
    }
    first = false;
  }
  return rule;
}

void read_rules() {
  const std::uint32_t serial = control.serial->load();
  if (serial == known_serial) return;
  known_serial = serial;
  rule_count = 0;
  std::string_view text(control.text, ::strnlen(control.text, control_bytes - 4));
  while (!text.empty() && rule_count < rules_max) {
    const std::size_t end = text.find('\n');
    if (const auto line = text.substr(0, end); !line.empty()) rules[rule_count++] = read_rule(line);
    text = end == text.npos ? std::string_view() : text.substr(end + 1);
  }
}

bool starts_with(const Text& prefix, const char* path) {
  return std::strncmp(path, prefix.data(), std::strlen(prefix.data())) == 0;
}

bool is_about(const Rule& rule, int fd, const char* path) {
  if (rule.fd >= 0 && rule.fd != fd) return false;
  if (rule.path[0] == 0) return true;
  if (path != nullptr) return starts_with(rule.path, path);
  if (fd < 0) return false;
  Text link{};
  std::strcpy(link.data(), "/proc/self/fd/");
  std::array<char, 12> digits{};
  std::size_t at = digits.size() - 1;
  for (int left = fd; at > 0 && (left > 0 || at == digits.size() - 1); left /= 10)
    digits[--at] = static_cast<char>('0' + left % 10);
  std::strcat(link.data(), &digits[at]);
  std::array<char, 1024> name{};
  const long size = ::syscall(SYS_readlink, link.data(), name.data(), name.size() - 1);
  return size > 0 && starts_with(rule.path, name.data());
}

// The rule that applies to this call, counted; nothing when the call is to be left alone.
std::optional<Rule> find_rule(const char* call, int fd, const char* path) {
  if (control.serial == nullptr || inside) return std::nullopt;
  while (rules_lock.test_and_set()) {
  }
  read_rules();
  std::optional<Rule> found;
  for (std::size_t at = 0; at < rule_count && !found; ++at) {
    Rule& rule = rules[at];
    if (std::strcmp(rule.call.data(), call) != 0 && std::strcmp(rule.call.data(), "any") != 0) continue;
    if (rule.times == 0 || !is_about(rule, fd, path)) continue;
    if (rule.skip > 0) {
      --rule.skip;
      continue;
    }
    if (rule.times > 0) --rule.times;
    found = rule;
  }
  rules_lock.clear();
  return found;
}

void leak_memory(long mebibytes) {
  const auto size = static_cast<std::size_t>(mebibytes) << 20;
  if (void* memory = std::malloc(size)) {
    std::memset(memory, 1, size);
    asm volatile("" : : "r"(memory) : "memory");  // or the compiler leaves out what nobody can reach
  } else {
    ::_exit(73);
  }
}

void leak_descriptors(long count) {
  for (long done = 0; done < count; ++done) ::syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY);
}

// A write that is never answered keeps this thread in the kernel, where no signal reaches it.
void stall(const char* path) {
  const long fd = ::syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return;
  ::syscall(SYS_write, fd, "x", 1);
  ::syscall(SYS_close, fd);
}

// Does what the rule says; the answer for the caller, or nothing: the real call follows. `claimed` is
// success.
std::optional<long> act(const Rule& rule, long claimed) {
  const std::string_view action = rule.action.data();
  inside = true;
  if (action == "delay_ms") ::usleep(static_cast<useconds_t>(rule.number) * 1000);
  if (action == "leak_mb") leak_memory(rule.number);
  if (action == "leak_fd") leak_descriptors(rule.number);
  if (action == "close") ::syscall(SYS_close, static_cast<int>(rule.number));
  if (action == "stall") stall(rule.target.data());
  if (action == "raise") ::raise(static_cast<int>(rule.number));
  if (action == "exit") ::_exit(static_cast<int>(rule.number));
  while (action == "block") ::pause();
  for (volatile bool forever = action == "spin"; forever;) {
  }
  inside = false;
  if (action == "errno") {
    errno = static_cast<int>(rule.number);
    return -1;
  }
  if (action == "return") return rule.number;
  if (action == "swallow") return claimed;
  return std::nullopt;
}

std::optional<long> answer(const char* call, int fd, const char* path, long claimed = 0) {
  const auto rule = find_rule(call, fd, path);
  return rule ? act(*rule, claimed) : std::nullopt;
}

// `line` tells two functions of the same type apart.
template <typename Function, int line, typename... Arguments>
auto pass(const char* call, int fd, const char* path, long claimed, Arguments... arguments) {
  static Function* const next = real<Function>(call);
  using Answer = decltype(next(arguments...));
  if (const auto made = answer(call, fd, path, claimed)) return static_cast<Answer>(*made);
  return next(arguments...);
}

mode_t mode_of(int flags, std::va_list& arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? static_cast<mode_t>(va_arg(arguments, unsigned)) : 0;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  std::va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return pass<int(const char*, int, ...), __LINE__>("open", -1, path, 0, path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  std::va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return pass<int(const char*, int, ...), __LINE__>("open", -1, path, 0, path, flags, mode);
}
int openat(int folder, const char* path, int flags, ...) {
  std::va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return pass<int(int, const char*, int, ...), __LINE__>("openat", -1, path, 0, folder, path, flags, mode);
}
ssize_t write(int fd, const void* bytes, std::size_t size) {
  return pass<ssize_t(int, const void*, std::size_t), __LINE__>("write", fd, nullptr, static_cast<long>(size),
                                                                fd, bytes, size);
}
ssize_t pwrite(int fd, const void* bytes, std::size_t size, off_t at) {
  return pass<ssize_t(int, const void*, std::size_t, off_t), __LINE__>(
      "pwrite", fd, nullptr, static_cast<long>(size), fd, bytes, size, at);
}
ssize_t writev(int fd, const struct iovec* slices, int count) {
  return pass<ssize_t(int, const struct iovec*, int), __LINE__>("writev", fd, nullptr, 0, fd, slices, count);
}
ssize_t send(int fd, const void* bytes, std::size_t size, int flags) {
  return pass<ssize_t(int, const void*, std::size_t, int), __LINE__>(
      "send", fd, nullptr, static_cast<long>(size), fd, bytes, size, flags);
}
ssize_t sendmsg(int fd, const struct msghdr* message, int flags) {
  return pass<ssize_t(int, const struct msghdr*, int), __LINE__>("sendmsg", fd, nullptr, 0, fd, message,
                                                                 flags);
}
int rename(const char* from, const char* to) noexcept {
  return pass<int(const char*, const char*), __LINE__>("rename", -1, to, 0, from, to);
}
int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
  return pass<int(int, const char*, int, const char*), __LINE__>("renameat", -1, to, 0, from_folder, from,
                                                                 to_folder, to);
}
int unlink(const char* path) noexcept {
  return pass<int(const char*), __LINE__>("unlink", -1, path, 0, path);
}
int mkdir(const char* path, mode_t mode) noexcept {
  return pass<int(const char*, mode_t), __LINE__>("mkdir", -1, path, 0, path, mode);
}
int fsync(int fd) {
  return pass<int(int), __LINE__>("fsync", fd, nullptr, 0, fd);
}
int fdatasync(int fd) {
  return pass<int(int), __LINE__>("fdatasync", fd, nullptr, 0, fd);
}
int memfd_create(const char* name, unsigned flags) noexcept {
  return pass<int(const char*, unsigned), __LINE__>("memfd_create", -1, nullptr, 0, name, flags);
}
int shmget(key_t key, std::size_t size, int flags) noexcept {
  return pass<int(key_t, std::size_t, int), __LINE__>("shmget", -1, nullptr, 0, key, size, flags);
}
pid_t fork() noexcept {
  return pass<pid_t(), __LINE__>("fork", -1, nullptr, 0);
}
int pipe2(int* ends, int flags) noexcept {
  return pass<int(int*, int), __LINE__>("pipe2", -1, nullptr, 0, ends, flags);
}
int pipe(int* ends) noexcept {
  return pass<int(int*), __LINE__>("pipe", -1, nullptr, 0, ends);
}
int socketpair(int domain, int type, int protocol, int* ends) noexcept {
  return pass<int(int, int, int, int*), __LINE__>("socketpair", -1, nullptr, 0, domain, type, protocol, ends);
}
int accept(int fd, struct sockaddr* address, socklen_t* size) {
  return pass<int(int, struct sockaddr*, socklen_t*), __LINE__>("accept", fd, nullptr, 0, fd, address, size);
}
int accept4(int fd, struct sockaddr* address, socklen_t* size, int flags) {
  return pass<int(int, struct sockaddr*, socklen_t*, int), __LINE__>("accept4", fd, nullptr, 0, fd, address,
                                                                     size, flags);
}
long syscall(long number, ...) noexcept {
  std::va_list arguments;
  va_start(arguments, number);
  std::array<long, 6> values{};
  for (long& value : values) value = va_arg(arguments, long);
  va_end(arguments);
  static auto* const next = real<long(long, ...)>("syscall");
  if (number == SYS_pidfd_open && !inside) {
    if (const auto made = answer("pidfd_open", -1, nullptr)) return *made;
  }
  return next(number, values[0], values[1], values[2], values[3], values[4], values[5]);
}

int prctl(int option, ...) noexcept {
  std::va_list arguments;
  va_start(arguments, option);
  std::array<unsigned long, 4> values{};
  for (unsigned long& value : values) value = va_arg(arguments, unsigned long);
  va_end(arguments);
  if (option == PR_SET_PDEATHSIG && may_be_orphan) return 0;
  static auto* const next = real<int(int, ...)>("prctl");
  return next(option, values[0], values[1], values[2], values[3]);
}

// libx264.
int x264_encoder_encode(void* encoder, void* nals, int* count, void* in, void* out) {
  return pass<int(void*, void*, int*, void*, void*), __LINE__>("x264_encoder_encode", -1, nullptr, 0, encoder,
                                                               nals, count, in, out);
}

}  // extern "C"
