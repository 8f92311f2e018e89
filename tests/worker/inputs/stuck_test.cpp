// Calls that do not come back, and what is left after many openings: nothing.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "common/unique_fd.h"
#include "sender.h"
#include "watcher.h"
#include "worker/source/input_set.h"

namespace worker::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

std::size_t count_of(const char* folder) {
  const auto entries = std::filesystem::directory_iterator(folder);
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

// Opening it blocks in the kernel until somebody writes, where libav cannot ask whether to give up.
class Stuck : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
    input = file_input(folder / "pipe");
    input.timeout = 1;
  }
  // Lets all that are stuck go.
  void release() const {
    const common::UniqueFd reader(::open((folder / "pipe").c_str(), O_RDWR | O_CLOEXEC));
    std::this_thread::sleep_for(100ms);
  }
  Folder folder;
  common::InputSettings input;
};

TEST_F(Stuck, a_thread_that_does_not_come_back_is_left_behind_and_counted_until_it_does) {
  const auto leftovers = std::make_shared<Leftovers>();
  Watcher watcher(input, leftovers);
  const auto took = watcher.watch([] { return false; }, 5s);
  EXPECT_THAT(watcher.error, HasSubstr("does not come back"));
  EXPECT_GT(took, 1400ms);
  EXPECT_LT(took, 2300ms);
  EXPECT_LT(watcher.longest, 200ms) << "nobody waited for it";
  watcher.close();
  EXPECT_EQ(leftovers->alive(), 1);
  release();
  EXPECT_EQ(leftovers->alive(), 0);
}

TEST_F(Stuck, is_reported_and_with_too_many_the_worker_asks_to_be_replaced) {
  common::WorkerSettings settings;
  settings.inputs = {input, {}};
  settings.inputs[1].type = "slate";
  settings.stuck_max = 1;
  settings.video.width = canvas.width;
  settings.video.height = canvas.height;
  settings.grid = common::make_time_grid(25, 0.2, 2, 2, steady_clock::now().time_since_epoch().count());
  auto inputs = open_inputs(settings);
  bool told = false;
  bool trouble = false;
  const auto begun = steady_clock::now();
  while (!(told && trouble) && steady_clock::now() - begun < 6s) {
    const auto slot = settings.grid.slot_at(steady_clock::now());
    EXPECT_TRUE(inputs->on_air(slot, settings.grid.time_of(slot)).slate);
    for (const auto& message : inputs->take_messages()) {
      const auto* report = std::get_if<common::InputReport>(&message);
      told = told || (report != nullptr && report->stuck);
      if (const auto* why = std::get_if<common::Trouble>(&message)) {
        trouble = true;
        EXPECT_EQ(why->reason, common::stuck_inputs);
      }
    }
    std::this_thread::sleep_for(20ms);
  }
  EXPECT_TRUE(told);
  EXPECT_TRUE(trouble);
  const auto ending = steady_clock::now();
  inputs.reset();
  EXPECT_LT(steady_clock::now() - ending, 600ms) << "the end waits for nobody";
  release();
}

TEST(Openings, leave_nothing_behind_however_many_there_are) {
  const Folder folder;
  ASSERT_TRUE(make_clip(folder / "clip.mp4", {.width = 64, .height = 36, .seconds = 1}));
  std::ofstream(folder / "text.mp4") << "no video";
  const std::vector<common::InputSettings> inputs = {
      file_input(folder / "clip.mp4"), file_input(folder / "missing.mp4"), file_input(folder / "text.mp4"),
      url_input("tcp://127.0.0.1:" + std::to_string(free_port(SOCK_STREAM)))};
  const auto leftovers = std::make_shared<Leftovers>();
  const auto open_all = [&](int rounds) {
    for (int i = 0; i < rounds; ++i) {
      std::vector<std::unique_ptr<Watcher>> watchers;
      std::vector<Watcher*> all;
      for (const auto& input : inputs) {
        watchers.push_back(std::make_unique<Watcher>(input, leftovers));
        all.push_back(watchers.back().get());
      }
      const auto is_known = [](const auto* watcher) { return watcher->picture || !watcher->error.empty(); };
      watch_all(
          all, [&] { return std::all_of(all.begin(), all.end(), is_known); }, 5s);
      EXPECT_EQ(
          std::count_if(all.begin(), all.end(), [](const auto* one) { return one->picture != nullptr; }), 1);
    }
  };
  open_all(2);
  const auto threads = count_of("/proc/self/task");
  const auto fds = count_of("/proc/self/fd");
  open_all(48);
  EXPECT_EQ(count_of("/proc/self/task"), threads);
  EXPECT_EQ(count_of("/proc/self/fd"), fds);
  EXPECT_EQ(leftovers->alive(), 0);
}

}  // namespace
}  // namespace worker::test
