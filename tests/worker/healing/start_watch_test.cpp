#include "worker/report/start_watch.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

#include "common/unique_fd.h"

using namespace std::chrono_literals;

namespace {

const common::Sender sender{1, "aa"};

struct Ear {
  Ear() {
    std::array<int, 2> fds{};
    if (::pipe2(fds.data(), O_CLOEXEC | O_NONBLOCK) != 0) std::abort();
    reader.reset(fds[0]);
    writer.reset(fds[1]);
  }
  std::vector<common::Extend> heard() {
    std::string text(1 << 16, '\0');
    const ssize_t got = ::read(reader.get(), text.data(), text.size());
    text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    std::vector<common::Extend> all;
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
      if (const auto message = common::parse_message(sender, text.substr(at, text.find('\n', at) - at)))
        if (const auto* extend = std::get_if<common::Extend>(&*message)) all.push_back(*extend);
    return all;
  }
  common::UniqueFd reader, writer;
};

}  // namespace

TEST(StartWatch, asks_for_patience_only_so_often) {
  Ear ear;
  worker::MessageSink sink(ear.writer.get(), sender);
  {
    const worker::StartWatch watch(sink, "opening the encoder", 2ms);
    std::this_thread::sleep_for(200ms);
  }
  const auto heard = ear.heard();
  ASSERT_EQ(heard.size(), static_cast<std::size_t>(worker::StartWatch::steps_max));
  EXPECT_EQ(heard[0].by_ms, 5000);
  EXPECT_EQ(heard[0].why, "opening the encoder takes long");
}

TEST(StartWatch, is_silent_when_the_start_is_quick) {
  Ear ear;
  worker::MessageSink sink(ear.writer.get(), sender);
  { const worker::StartWatch watch(sink, "opening the encoder"); }
  EXPECT_TRUE(ear.heard().empty());
}
