#include "supervisor/report/system_stats.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "supervisor/report/process_stats.h"

namespace supervisor {
namespace {

using namespace std::chrono_literals;

const std::string net_dev =
    "Inter-|   Receive                                                |  Transmit\n"
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls "
    "carrier compressed\n"
    "    lo: 900 1 0 0 0 0 0 0 900 1 0 0 0 0 0 0\n"
    "  eth0:1000 2 0 0 0 0 0 0 50 1 0 0 0 0 0 0\n"
    "wlan0: 234 2 0 0 0 0 0 0 7 1 0 0 0 0 0 0\n";

TEST(NetDev, adds_all_interfaces_but_the_loopback) {
  const auto sample = parse_net_dev(net_dev);
  ASSERT_TRUE(sample) << sample.error().reason;
  EXPECT_EQ(sample->received_bytes, 1234u);
  EXPECT_EQ(sample->sent_bytes, 57u);
}

TEST(NetDev, a_machine_with_the_loopback_only_has_no_traffic) {
  const auto sample = parse_net_dev("lo: 900 1 0 0 0 0 0 0 900 1 0 0 0 0 0 0\n");
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->received_bytes, 0u);
}

TEST(NetDev, refuses_what_is_cut_or_not_numbers) {
  EXPECT_FALSE(parse_net_dev(""));
  EXPECT_FALSE(parse_net_dev("eth0: 1 2 3\n"));
  EXPECT_FALSE(parse_net_dev("eth0: x 2 0 0 0 0 0 0 50 1 0 0 0 0 0 0\n"));
}

TEST(NetDev, a_rate_is_what_came_between_two_readings) {
  const auto rate = network_rate({1'000'000, 5'000}, {1'250'000, 6'000}, 2);
  ASSERT_TRUE(rate);
  EXPECT_DOUBLE_EQ(rate->in_kbps, 1000);
  EXPECT_DOUBLE_EQ(rate->out_kbps, 4);
  EXPECT_FALSE(network_rate({5, 5}, {5, 5}, 0));
  EXPECT_FALSE(network_rate({5, 5}, {4, 6}, 1)) << "an interface went away";
  EXPECT_FALSE(network_rate({5, 5}, {6, 4}, 1));
}

TEST(Loadavg, reads_the_first_number) {
  EXPECT_EQ(parse_loadavg("7.19 7.12 4.07 3/210 4242\n").value(), 7.19);
  EXPECT_FALSE(parse_loadavg(""));
  EXPECT_FALSE(parse_loadavg("-1 0 0"));
}

TEST(SystemStat, counts_the_processors) {
  const auto sample = parse_system_stat(
      "cpu  10 1 5 100 20 2 3 4 7 0\ncpu0 1 1 1 1 1 1 1 1 1 1\ncpu1 1 1 1 1 1 1 1 1 1 1\nintr 5\n");
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->processors, 2);
}

TEST(Groups, read_their_limits) {
  EXPECT_EQ(parse_memory_max("1073741824\n"), 1073741824u);
  EXPECT_FALSE(parse_memory_max("max\n"));
  EXPECT_FALSE(parse_memory_max("9223372036854771712\n")) << "version 1 says so when there is none";
  EXPECT_FALSE(parse_memory_max(""));
  EXPECT_EQ(parse_cpu_max("150000 100000\n"), 1.5);
  EXPECT_FALSE(parse_cpu_max("max 100000\n"));
  EXPECT_FALSE(parse_cpu_max("-1 100000")) << "version 1 says so when there is none";
  EXPECT_FALSE(parse_cpu_max("150000 0"));
}

TEST(Groups, find_their_path) {
  const std::string hybrid = "9:name=systemd:/\n4:memory:/a/b\n2:cpu,cpuacct:/c\n0::/d\n";
  EXPECT_EQ(parse_group_path(hybrid, ""), "/d");
  EXPECT_EQ(parse_group_path(hybrid, "memory"), "/a/b");
  EXPECT_EQ(parse_group_path(hybrid, "cpu"), "/c");
  EXPECT_FALSE(parse_group_path(hybrid, "pids"));
  EXPECT_FALSE(parse_group_path("", ""));
}

// A tree of files as the kernel shows it.
class GroupFiles : public ::testing::Test {
 protected:
  GroupFiles() {
    root = std::filesystem::temp_directory_path() / ("system_stats_test_" + std::to_string(::getpid()));
    std::filesystem::create_directories(root / "outer/inner");
  }
  ~GroupFiles() override { std::filesystem::remove_all(root); }
  void write(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories((root / path).parent_path());
    std::ofstream(root / path) << text;
  }
  std::filesystem::path root;
};

TEST_F(GroupFiles, the_narrowest_limit_on_the_way_up_counts) {
  write("outer/memory.max", "500\n");
  write("outer/memory.current", "300\n");
  write("outer/memory.stat", "anon 100\ninactive_file 120\n");
  write("outer/inner/memory.max", "800\n");
  write("outer/inner/memory.current", "200\n");
  write("outer/inner/cpu.max", "50000 100000\n");
  write("outer/inner/cpu.stat", "usage_usec 777\nuser_usec 1\n");
  write("outer/cpu.max", "max 100000\n");
  const GroupSample sample = GroupReader(root.string(), "0::/outer/inner\n").read();
  EXPECT_EQ(sample.memory_max_bytes, 500u);
  EXPECT_EQ(sample.memory_used_bytes, 180u) << "without the file cache that is given back at once";
  EXPECT_EQ(sample.processors_max, 0.5);
  EXPECT_EQ(sample.cpu_used_us, 777u);
}

TEST_F(GroupFiles, version_1_speaks_in_other_files) {
  write("memory/m/memory.limit_in_bytes", "1000\n");
  write("memory/m/memory.usage_in_bytes", "900\n");
  write("memory/m/memory.stat", "inactive_file 1\ntotal_inactive_file 400\n");
  write("cpu/c/cpu.cfs_quota_us", "200000\n");
  write("cpu/c/cpu.cfs_period_us", "100000\n");
  write("cpu/c/cpuacct.usage", "5000000\n");
  const GroupSample sample = GroupReader(root.string(), "4:memory:/m\n2:cpu,cpuacct:/c\n0::/\n").read();
  EXPECT_EQ(sample.memory_max_bytes, 1000u);
  EXPECT_EQ(sample.memory_used_bytes, 500u);
  EXPECT_EQ(sample.processors_max, 2);
  EXPECT_EQ(sample.cpu_used_us, 5000u);
}

TEST_F(GroupFiles, without_limits_there_are_none) {
  const GroupSample sample = GroupReader(root.string(), "0::/outer/inner\n").read();
  EXPECT_FALSE(sample.memory_max_bytes);
  EXPECT_FALSE(sample.processors_max);
  EXPECT_FALSE(GroupReader(root.string(), "").read().memory_max_bytes);
}

TEST(UsageReader, reads_the_machine_that_is_really_there) {
  UsageReader reader;
  const auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(reader.machine(start).network_in_kbps) << "a rate needs two readings";
  const auto machine = reader.machine(start + 1s);
  EXPECT_TRUE(machine.network_in_kbps);
  EXPECT_GT(machine.processors, 0);
  EXPECT_LE(machine.processors, static_cast<double>(::sysconf(_SC_NPROCESSORS_CONF)));
  EXPECT_GT(machine.memory_available_bytes, 1u << 20);
  EXPECT_LE(machine.memory_available_bytes, machine.memory_total_bytes);
  EXPECT_GE(machine.load_average_1m, 0);
}

TEST(UsageReader, counts_descriptors_and_threads) {
  UsageReader reader;
  const auto start = std::chrono::steady_clock::now();
  const auto before = reader.process(::getpid(), start);
  ASSERT_TRUE(before);
  EXPECT_GE(before->threads, 1);
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const auto after = reader.process(::getpid(), start + 1s);
  EXPECT_EQ(after->fds, before->fds + 2);
  ::close(pipe[0]);
  ::close(pipe[1]);
}

}  // namespace
}  // namespace supervisor
