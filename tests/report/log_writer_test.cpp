// The places that log lines are written to, with real files, pipes and sockets.
#include "supervisor/report/log_writer.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <spdlog/logger.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>

#include "supervisor/report/log_outputs.h"
#include "supervisor/report/log_sink.h"

namespace supervisor {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "log-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path_); }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

std::string content(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

LogEntry entry_of(std::string text) {
  LogEntry entry;
  entry.text = std::move(text);
  return entry;
}

std::shared_ptr<const LogEntry> shared(std::string text) {
  return std::make_shared<const LogEntry>(entry_of(std::move(text)));
}

TEST(FileOutput, is_turned_over_when_it_is_full) {
  const Folder folder;
  const std::string path = folder / "service.log";
  FileOutput output({.path = path, .bytes_max = 100, .files = 2});
  const std::size_t line = format_log_line(entry_of("0"), LogStyle::Text).size();
  const int per_file = static_cast<int>(100 / line);
  for (int i = 0; i < 4 * per_file; ++i) ASSERT_TRUE(output.write(entry_of(std::to_string(i % 10))));
  for (const char* name : {"service.log", "service.1.log", "service.2.log"}) {
    EXPECT_EQ(fs::file_size(folder / name), static_cast<std::size_t>(per_file) * line) << name;
  }
  EXPECT_FALSE(fs::exists(folder / "service.3.log")) << "older ones are gone";
  EXPECT_THAT(content(path), EndsWith(std::to_string((4 * per_file - 1) % 10) + "\n"));
}

TEST(FileOutput, goes_on_in_the_file_that_is_there) {
  const Folder folder;
  const std::string path = folder / "x";
  std::ofstream(path) << "before\n";
  FileOutput output({.path = path});
  ASSERT_TRUE(output.write(entry_of("after")));
  EXPECT_THAT(content(path), HasSubstr("before\n"));
  EXPECT_THAT(content(path), HasSubstr("after\n"));
  struct stat found {};
  ASSERT_EQ(::stat(path.c_str(), &found), 0);
}

TEST(FileOutput, is_readable_for_the_account_and_its_group) {
  const Folder folder;
  FileOutput output({.path = folder / "x"});
  ASSERT_TRUE(output.write(entry_of("a")));
  struct stat found {};
  ASSERT_EQ(::stat((folder / "x").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0007u, 0u);
}

TEST(FileOutput, that_others_moved_away_is_made_anew) {
  const Folder folder;
  FileOutput output({.path = folder / "x"});
  ASSERT_TRUE(output.write(entry_of("a")));
  fs::rename(folder / "x", folder / "x.old");
  ASSERT_TRUE(output.write(entry_of("b")));
  EXPECT_THAT(content(folder / "x"), HasSubstr(" b\n"));
}

TEST(FileOutput, that_cannot_be_opened_says_why_and_is_not_tried_for_each_line) {
  const Folder folder;
  FileOutput output({.path = folder / "missing/x"});
  const auto written = output.write(entry_of("a"));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().reason, "it cannot be opened: No such file or directory");
  fs::create_directory(folder / "missing");
  EXPECT_FALSE(output.write(entry_of("b"))) << "too early";
}

TEST(FileOutput, on_a_full_disk_leaves_no_half_line) {
  FileOutput output({.path = "/dev/full"});
  const auto written = output.write(entry_of("a"));
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().reason, HasSubstr("No space left on device"));
}

TEST(RotatedName, has_the_number_before_the_ending) {
  EXPECT_EQ(rotated_name("/var/log/a.log", 1), "/var/log/a.1.log");
  EXPECT_EQ(rotated_name("/var/lo.g/a", 12), "/var/lo.g/a.12");
  EXPECT_EQ(rotated_name("/x/.hidden", 1), "/x/.hidden.1");
}

// A place that takes its first line only when it is let.
class SlowOutput : public LogOutput {
 public:
  explicit SlowOutput(std::vector<std::string>& texts) : texts_(texts) {}
  std::string name() const override { return "the slow place"; }
  common::Result<void> write(const LogEntry& entry) override {
    if (texts_.empty()) {
      entered.set_value();
      gate.get_future().wait();
    }
    texts_.push_back(entry.text);
    return {};
  }
  std::promise<void> entered, gate;

 private:
  std::vector<std::string>& texts_;
};

TEST(LogWriter, never_waits_and_drops_the_oldest_and_says_so) {
  std::vector<std::string> told, texts;
  auto place = std::make_unique<SlowOutput>(texts);
  SlowOutput* const slow = place.get();
  {
    LogWriter writer(
        std::move(place), [&told](LogLevel, const std::string& text) { told.push_back(text); }, 3);
    auto entered = slow->entered.get_future();
    writer.push(shared("first"));
    entered.wait();  // it hangs in its place now
    for (int i = 0; i < 8; ++i) writer.push(shared(std::to_string(i)));
    EXPECT_EQ(writer.lost(), 5u);
    slow->gate.set_value();
  }
  EXPECT_THAT(texts, ElementsAre("first", "5", "6", "7"));
  EXPECT_THAT(told, testing::Contains("5 log lines were dropped: the slow place did not take them in time"));
}

class BrokenOutput : public LogOutput {
 public:
  explicit BrokenOutput(int failures) : left_(failures) {}
  std::string name() const override { return "the place"; }
  common::Result<void> write(const LogEntry&) override {
    if (left_-- > 0) return common::error("no");
    return {};
  }

 private:
  int left_;
};

TEST(LogWriter, tells_once_that_a_place_fails_and_once_that_it_works) {
  std::vector<std::string> told;
  {
    LogWriter writer(std::make_unique<BrokenOutput>(3),
                     [&told](LogLevel, const std::string& text) { told.push_back(text); });
    for (int i = 0; i < 6; ++i) writer.push(shared("x"));
  }
  EXPECT_THAT(told, ElementsAre("the place: no; the log goes on without it, and it is tried again",
                                "the place is written again; 3 lines are missing there"));
}

TEST(DescriptorOutput, survives_a_reader_that_went_away) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  ::close(ends[0]);
  DescriptorOutput output(ends[1], LogStyle::Text);
  EXPECT_TRUE(output.write(entry_of("x")));
  ::close(ends[1]);
  std::signal(SIGPIPE, before);
}

TEST(JournalOutput, sends_one_datagram_for_each_line) {
  const Folder folder;
  const std::string path = folder / "socket";
  const common::UniqueFd journal(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(journal.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  JournalOutput output(path);
  ASSERT_TRUE(output.write(entry_of("hello")));
  char bytes[512];
  const ssize_t size = ::recv(journal.get(), bytes, sizeof bytes, 0);
  ASSERT_GT(size, 0);
  EXPECT_EQ(std::string(bytes, static_cast<std::size_t>(size)), format_journal_record(entry_of("hello")));
}

TEST(JournalOutput, falls_back_to_standard_error_without_a_journal) {
  const Folder folder;
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  JournalOutput output(folder / "nobody", ends[1]);
  ASSERT_TRUE(output.write(entry_of("hello")));
  char bytes[64];
  const ssize_t size = ::read(ends[0], bytes, sizeof bytes);
  EXPECT_EQ(std::string(bytes, static_cast<std::size_t>(size)), "<6>hello\n");
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(LogSink, makes_lines_harmless_before_anybody_gets_them) {
  std::vector<LogEntry> got;
  auto sink = std::make_shared<LogSink>([&got](LogEntry entry) { got.push_back(std::move(entry)); });
  spdlog::logger logger("test", sink);
  logger.warn("{}", "[desktop/12] \x1b[31mopening rtsp://me:pw@cam/1\nfailed \xff");
  logger.info("plain");
  ASSERT_THAT(got, SizeIs(2));
  EXPECT_EQ(got[0].stream, "desktop");
  EXPECT_EQ(got[0].generation, 12u);
  EXPECT_EQ(got[0].text, "\\x1b[31mopening rtsp://(secret)@cam/1\\x0afailed \\xff");
  EXPECT_EQ(got[0].level, LogLevel::Warn);
  EXPECT_EQ(got[1].stream, "");
  sink->close();
  logger.info("for nobody");
  EXPECT_THAT(got, SizeIs(2));
}

}  // namespace
}  // namespace supervisor
