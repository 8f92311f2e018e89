#include "supervisor/report/process_stats.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor/report/disk_usage.h"

namespace supervisor {
namespace {

using namespace std::chrono_literals;

TEST(ProcessStat, reads_past_a_program_name_with_blanks_and_parentheses) {
  const auto sample = parse_process_stat(
      "4242 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 150 50 13 14 20 0 4 0 987654 1000000 2560 18446744073709551615");
  ASSERT_TRUE(sample) << sample.error().reason;
  EXPECT_EQ(sample->state, 'S');
  EXPECT_EQ(sample->cpu_ticks, 200u);
  EXPECT_EQ(sample->start_time, 987654u);
  EXPECT_EQ(sample->rss_pages, 2560u);
}

TEST(ProcessStat, refuses_text_that_is_cut_or_not_numbers) {
  EXPECT_FALSE(parse_process_stat(""));
  EXPECT_FALSE(parse_process_stat("4242 (cat) S 1 2 3"));
  EXPECT_FALSE(parse_process_stat("4242 (cat) S 1 2 3 4 5 6 7 8 9 10 x 50 13 14 20 0 4 0 9 10 25"));
}

TEST(SystemStat, counts_idle_and_waiting_for_io_as_not_busy) {
  const auto sample = parse_system_stat("cpu  10 1 5 100 20 2 3 4 7 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n");
  ASSERT_TRUE(sample) << sample.error().reason;
  EXPECT_EQ(sample->busy_ticks, 25u);
  EXPECT_EQ(sample->total_ticks, 145u);
  EXPECT_FALSE(parse_system_stat("intr 1 2 3\n"));
  EXPECT_FALSE(parse_system_stat("cpu  1 2 3\n"));
}

TEST(Meminfo, reads_total_and_available_in_bytes) {
  const auto sample = parse_meminfo("MemTotal:        1000 kB\nMemFree: 1 kB\nMemAvailable:     250 kB\n");
  ASSERT_TRUE(sample) << sample.error().reason;
  EXPECT_EQ(sample->total_bytes, 1024000u);
  EXPECT_EQ(sample->available_bytes, 256000u);
  EXPECT_FALSE(parse_meminfo("MemTotal: 1 kB\n"));
}

TEST(UsageReader, measures_a_process_that_works) {
  UsageReader reader;
  const auto start = std::chrono::steady_clock::now();
  const auto first = reader.process(::getpid(), start);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->cpu_percent, 0);
  EXPECT_GT(first->rss_mb, 1);
  volatile std::uint64_t sum = 0;
  while (std::chrono::steady_clock::now() < start + 300ms) sum = sum + 1;
  const auto second = reader.process(::getpid(), std::chrono::steady_clock::now());
  ASSERT_TRUE(second);
  EXPECT_GT(second->cpu_percent, 0);
  EXPECT_LT(second->cpu_percent, 120);
}

TEST(UsageReader, repeats_the_figure_when_asked_again_at_once) {
  UsageReader reader;
  const common::MonoTime start{1000s};
  reader.machine(start);
  const auto first = reader.machine(start + 1s);
  EXPECT_EQ(reader.machine(start + 1s + 199ms).cpu_percent, first.cpu_percent);
  EXPECT_GT(first.memory_percent, 0);
  EXPECT_LT(first.memory_percent, 100);
  EXPECT_GT(first.memory_total_bytes, 1u << 20);
}

TEST(UsageReader, says_nothing_about_a_process_that_is_gone) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) ::_exit(0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  UsageReader reader;
  EXPECT_FALSE(reader.process(child, common::MonoTime{1s}));
}

TEST(DiskUsage, answers_soon_and_never_for_a_directory_that_is_not_there) {
  const DiskUsage root("/", 10ms);
  const DiskUsage missing("/no/such/directory", 10ms);
  const auto deadline = std::chrono::steady_clock::now() + 5s;
  while (!root.last() && std::chrono::steady_clock::now() < deadline) ::usleep(1000);
  ASSERT_TRUE(root.last());
  EXPECT_GT(root.last()->total_bytes, 0u);
  EXPECT_LE(root.last()->used_percent, 100);
  EXPECT_FALSE(missing.last());
}

}  // namespace
}  // namespace supervisor
