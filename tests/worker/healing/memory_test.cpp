// Limits of the process: memory and descriptors.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fstream>

#include "common/exit_reason.h"
#include "tests/worker/encode/worker_process.h"

using namespace std::chrono_literals;
using common::ExitReason;
using tests::WorkerProcess;

namespace {

std::string settings_text() {
  return common::format_worker_settings(tests::pattern_settings());
}

void expect_end(WorkerProcess& worker, ExitReason reason, const std::string& text) {
  EXPECT_EQ(worker.wait_for_end(5s), static_cast<int>(reason));
  const auto* bye = worker.find<common::Bye>();
  ASSERT_NE(bye, nullptr);
  EXPECT_EQ(bye->reason, common::exit_reason_name(static_cast<int>(reason)));
  EXPECT_NE(bye->text.find(text), std::string::npos) << bye->text;
}

}  // namespace

// AddressSanitizer ends the process where operator new would throw, and UBSan needs a pipe to look at an
// object.
#ifdef STREAMER_SANITIZED
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

TEST(Memory, the_drill_oom_ends_with_memory_and_bye) {
  if (sanitized) GTEST_SKIP() << "the sanitizer ends the process by itself";
  WorkerProcess worker(settings_text());
  ASSERT_TRUE(worker.wait_for_ready());
  worker.command(common::Drill{"oom"});
  expect_end(worker, ExitReason::Memory, "out of memory");
}

TEST(Memory, a_limit_that_is_reached_in_life_ends_with_memory) {
  if (sanitized) GTEST_SKIP() << "the sanitizer ends the process by itself";
  WorkerProcess worker(settings_text());
  ASSERT_TRUE(worker.wait_for_ready());
  const rlimit nothing_more{1 << 20, 1 << 20};
  ASSERT_EQ(::prlimit(worker.pid(), RLIMIT_DATA, &nothing_more, nullptr), 0);
  // Everything that is sent and published allocates.
  const auto& grid = tests::pattern_settings().grid;
  worker.command(common::Activate{grid.pts(grid.slot_at(std::chrono::steady_clock::now()))});
  for (int i = 0; i < 200 && !worker.wait_for_end(10ms); ++i) worker.command(common::KeyFrame{});
  expect_end(worker, ExitReason::Memory, "memory");
}

TEST(Memory, the_kernel_takes_a_worker_before_others) {
  WorkerProcess worker(settings_text());
  ASSERT_TRUE(worker.wait_for_ready());
  int score = 0;
  std::ifstream("/proc/" + std::to_string(worker.pid()) + "/oom_score_adj") >> score;
  EXPECT_GE(score, 500);
}

TEST(Memory, reduced_takes_no_more_than_normal) {
  auto settings = tests::pattern_settings();
  settings.video.width = 1920;
  settings.video.height = 1080;
  const auto resident = [&](bool reduced) {
    settings.reduced = reduced;
    WorkerProcess worker(common::format_worker_settings(settings));
    EXPECT_TRUE(worker.wait_for_ready());
    worker.command(
        common::Activate{settings.grid.pts(settings.grid.slot_at(std::chrono::steady_clock::now()))});
    worker.read_until([&] { return worker.parts().size() >= 8; });
    std::printf("reduced=%d: %llu KiB resident, cpu %d ms\n", reduced ? 1 : 0,
                static_cast<unsigned long long>(worker.last_beat().rss_kb),
                static_cast<int>(worker.cpu_time() / 1ms));
    return worker.last_beat().rss_kb;
  };
  const auto normal = resident(false);
  EXPECT_LE(resident(true), normal);
}

TEST(Descriptors, P18_none_left_is_the_end_with_words) {
  if (sanitized) GTEST_SKIP() << "the sanitizer ends the process by itself";
  WorkerProcess worker(settings_text());
  ASSERT_TRUE(worker.wait_for_ready());
  const rlimit few{4, 4};  // stdin, stdout, stderr and the media socket
  ASSERT_EQ(::prlimit(worker.pid(), RLIMIT_NOFILE, &few, nullptr), 0);
  expect_end(worker, ExitReason::Software, "no file descriptors left");
}

TEST(Drill, exit_is_software_and_an_unknown_fault_is_ignored) {
  WorkerProcess worker(settings_text());
  ASSERT_TRUE(worker.wait_for_ready());
  worker.command(common::Drill{"dance"});
  worker.command(common::Drill{"freeze"});
  EXPECT_FALSE(worker.wait_for_end(300ms).has_value()) << "a test card cannot freeze, and that is said";
  worker.command(common::Drill{"exit"});
  expect_end(worker, ExitReason::Software, "drill: exit");
}
