#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "supervisor/keep/instance_lock.h"
#include "temporary_directory.h"

namespace {

using std::chrono::milliseconds;
using supervisor::InstanceLock;

TEST(Lock, a_second_instance_is_told_who_holds_it) {
  const TemporaryDirectory directory;
  const auto first = InstanceLock::take(directory.path());
  ASSERT_TRUE(first) << first.error().reason;
  const auto second = InstanceLock::take(directory.path(), milliseconds(40));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().system_errno, EWOULDBLOCK);
  EXPECT_NE(second.error().reason.find("process " + std::to_string(::getpid())), std::string::npos);
  EXPECT_NE(second.error().reason.find("server.runtime_dir"), std::string::npos);
}

TEST(Lock, a_stale_file_is_no_obstacle) {
  const TemporaryDirectory directory;
  put_text(directory / "lock", "1\n");
  const auto lock = InstanceLock::take(directory.path(), milliseconds(0));
  ASSERT_TRUE(lock) << lock.error().reason;
  EXPECT_EQ(text_of(directory / "lock"), std::to_string(::getpid()) + "\n");
}

TEST(Lock, is_released_by_death_and_not_kept_by_children) {
  const TemporaryDirectory directory;
  const pid_t holder = ::fork();
  if (holder == 0) {
    const auto lock = InstanceLock::take(directory.path());
    ::execlp("sh", "sh", "-c", "sleep 5 & kill -KILL $$", nullptr);
    ::_exit(lock ? 0 : 1);
  }
  int status = 0;
  ::waitpid(holder, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_TRUE(InstanceLock::take(directory.path(), milliseconds(200)));
}

TEST(Lock, does_not_follow_a_link) {
  const TemporaryDirectory directory;
  ASSERT_EQ(::symlink("/etc/passwd", (directory / "lock").c_str()), 0);
  const auto lock = InstanceLock::take(directory.path());
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().system_errno, ELOOP);
}

}  // namespace
