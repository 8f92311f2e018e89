#include "common/threads.h"

#include <gmock/gmock.h>
#include <pthread.h>

#include <memory>
#include <optional>

using namespace common;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

struct Shared {
  std::mutex mutex;
  std::condition_variable changed;
  bool may_end = false;
  bool finished = false;
};

// Ends when it may.
std::thread worker(const std::shared_ptr<Shared>& shared) {
  std::thread thread;
  EXPECT_TRUE(start_thread(thread, [shared] {
    std::unique_lock lock(shared->mutex);
    shared->changed.wait(lock, [&] { return shared->may_end; });
    shared->finished = true;
    shared->changed.notify_all();
  }));
  return thread;
}

TEST(JoinOrLeave, a_thread_that_ends_in_time_is_joined) {
  const auto shared = std::make_shared<Shared>();
  std::thread thread = worker(shared);
  std::unique_lock lock(shared->mutex);
  shared->may_end = true;
  shared->changed.notify_all();
  join_or_leave(lock, shared->changed, shared->finished, thread, steady_clock::now() + 30s);
  EXPECT_FALSE(lock.owns_lock());
  EXPECT_FALSE(thread.joinable());
  EXPECT_EQ(shared.use_count(), 1) << "the thread is gone with all it held";
}

TEST(JoinOrLeave, one_that_hangs_is_left_behind_at_the_time_given) {
  const auto shared = std::make_shared<Shared>();
  std::thread thread = worker(shared);
  std::unique_lock lock(shared->mutex);
  const auto until = steady_clock::now() + 20ms;
  join_or_leave(lock, shared->changed, shared->finished, thread, until);
  EXPECT_GE(steady_clock::now(), until);
  EXPECT_FALSE(lock.owns_lock());
  EXPECT_FALSE(thread.joinable());
  lock.lock();
  EXPECT_FALSE(shared->finished);
  shared->may_end = true;
  shared->changed.notify_all();
  EXPECT_TRUE(shared->changed.wait_for(lock, 30s, [&] { return shared->finished; })) << "it still ran";
}

TEST(JoinOrLeave, one_that_was_never_started_is_not_waited_for) {
  Shared shared;
  std::thread none;
  std::unique_lock lock(shared.mutex);
  const auto begun = steady_clock::now();
  join_or_leave(lock, shared.changed, shared.finished, none, begun + 30s);
  EXPECT_LT(steady_clock::now() - begun, 10s);
  EXPECT_FALSE(lock.owns_lock());
}

// No stack of this size is to be had: what a limit of processes does, without one.
TEST(StartThread, a_refusal_of_the_system_is_a_value_with_its_reason) {
  pthread_attr_t usual, huge;
  ASSERT_EQ(pthread_getattr_default_np(&usual), 0);
  ASSERT_EQ(pthread_attr_init(&huge), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&huge, std::size_t{1} << 60), 0);
  ASSERT_EQ(pthread_setattr_default_np(&huge), 0);
  std::thread thread;
  const auto refused = start_thread(thread, [] {});
  ASSERT_EQ(pthread_setattr_default_np(&usual), 0);
  ASSERT_FALSE(refused);
  EXPECT_FALSE(thread.joinable());
  EXPECT_EQ(refused.error().system_errno, EAGAIN);
  EXPECT_THAT(refused.error().reason, testing::StartsWith("cannot start a thread: "));
}

}  // namespace
