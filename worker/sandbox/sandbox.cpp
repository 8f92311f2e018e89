#include "worker/sandbox/sandbox.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "common/unique_fd.h"

namespace worker {
namespace {

// Not yet in the headers of Linux 6.1.
constexpr std::uint64_t access_truncate = 1ULL << 14;

constexpr std::uint64_t access_change = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                                        LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
                                        LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                                        LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                                        LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;
constexpr std::uint64_t access_device = LANDLOCK_ACCESS_FS_WRITE_FILE;
constexpr int abi_with_truncate = 3;

std::string failed(const char* what) {
  return std::string(what) + ": " + std::strerror(errno);
}

// What is not said to be allowed is refused: all programs, all changes but writing to devices.
std::string restrict_files() {
  const long abi = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (abi < 1) return failed("files are not guarded, landlock");
  landlock_ruleset_attr handled{};
  handled.handled_access_fs = access_change | LANDLOCK_ACCESS_FS_EXECUTE;
  if (abi >= abi_with_truncate) handled.handled_access_fs |= access_truncate;
  const common::UniqueFd rules(
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0)));
  if (!rules) return failed("files are not guarded, landlock_create_ruleset");
  const common::UniqueFd devices(::open("/dev", O_PATH | O_CLOEXEC));
  landlock_path_beneath_attr below{};
  below.allowed_access = access_device | (abi >= abi_with_truncate ? access_truncate : 0);
  below.parent_fd = devices.get();
  if (::syscall(SYS_landlock_add_rule, rules.get(), LANDLOCK_RULE_PATH_BENEATH, &below, 0) != 0)
    return failed("files are not guarded, landlock_add_rule");
  if (::syscall(SYS_landlock_restrict_self, rules.get(), 0) != 0)
    return failed("files are not guarded, landlock_restrict_self");
  return {};
}

struct ReleaseFilter {
  void operator()(void* filter) const { seccomp_release(filter); }
};

scmp_arg_cmp family_is(scmp_compare how, unsigned family) {
  return {.arg = 0, .op = how, .datum_a = family, .datum_b = 0};
}

std::string restrict_calls(const SandboxPlan& plan) {
  const std::unique_ptr<void, ReleaseFilter> filter(seccomp_init(SCMP_ACT_ALLOW));
  if (!filter) return "system calls are not guarded: libseccomp has no memory";
  int error = 0;
  const auto refuse = [&](int call, std::initializer_list<scmp_arg_cmp> when = {}) {
    if (error == 0)
      error = seccomp_rule_add_array(filter.get(), SCMP_ACT_ERRNO(EACCES), call,
                                     static_cast<unsigned>(when.size()), when.begin());
  };
  refuse(SCMP_SYS(execve));
  refuse(SCMP_SYS(execveat));
  refuse(SCMP_SYS(io_uring_setup));  // its operations pass no filter
  if (!plan.network) {
    // Everything but AF_UNIX and, for those who look for devices, AF_NETLINK.
    for (unsigned family = AF_UNIX + 1; family < AF_NETLINK; ++family)
      refuse(SCMP_SYS(socket), {family_is(SCMP_CMP_EQ, family)});
    refuse(SCMP_SYS(socket), {family_is(SCMP_CMP_GT, AF_NETLINK)});
  }
  if (error == 0) error = seccomp_load(filter.get());
  return error == 0 ? std::string()
                    : "system calls are not guarded, seccomp: " + std::string(std::strerror(-error));
}

}  // namespace

std::vector<std::string> enter_sandbox(const SandboxPlan& plan) {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return {failed("no_new_privs")};
  std::vector<std::string> missing;
  for (std::string words : {restrict_files(), restrict_calls(plan)})
    if (!words.empty()) missing.push_back(std::move(words));
  return missing;
}

}  // namespace worker
