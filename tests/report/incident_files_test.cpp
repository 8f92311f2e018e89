#include "supervisor/report/incident_files.h"

#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "supervisor/report/incident_json.h"

namespace supervisor {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

const WallTime noon = *parse_rfc3339("2026-11-21T12:00:00Z");

class IncidentFilesTest : public testing::Test {
 protected:
  IncidentFilesTest() {
    std::string pattern = testing::TempDir() + "incidents_XXXXXX";
    root_ = ::mkdtemp(pattern.data());
    settings_.folder = root_ + "/state/incidents";
    settings_.retry = milliseconds(20);
  }
  ~IncidentFilesTest() override {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }

  fs::path file(const std::string& name) const { return fs::path(settings_.folder) / "desktop" / name; }

  IncidentRecord record(int second) {
    IncidentBook book("desktop");
    IncidentRecord made = *book.take(OpenIncident{FailureClass::Hang, 3, "silent", {}},
                                     common::MonoTime(seconds(1)), noon + seconds(second))
                               ->record;
    made.has_picture = true;
    return made;
  }

  std::string root_;
  IncidentFileSettings settings_;
};

IncidentPicture picture_of(const std::string& bytes) {
  return std::make_shared<const std::string>(bytes);
}

using IncidentFolderTest = IncidentFilesTest;

TEST_F(IncidentFolderTest, reads_what_it_wrote) {
  const IncidentFolder folder(settings_);
  const IncidentRecord written = record(1);
  ASSERT_TRUE(folder.write("desktop", written, picture_of("JPEG")));
  SavedAvailability saved;
  saved.saved_at_ms = 5;
  saved.desired = true;
  saved.minutes[29'000'000].desired_ms = 60'000;
  ASSERT_TRUE(folder.write_availability("desktop", availability_json(saved)));
  const auto loaded = folder.load("desktop");
  ASSERT_EQ(loaded.records.size(), 1u);
  EXPECT_EQ(incident_json(loaded.records[0]), incident_json(written));
  EXPECT_EQ(*folder.read_picture("desktop", written.id), "JPEG");
  ASSERT_TRUE(loaded.availability);
  EXPECT_EQ(loaded.availability->minutes, saved.minutes);
  EXPECT_TRUE(loaded.warnings.empty());
}

TEST_F(IncidentFolderTest, nothing_on_disk_is_no_error) {
  const auto loaded = IncidentFolder(settings_).load("desktop");
  EXPECT_TRUE(loaded.records.empty());
  EXPECT_TRUE(loaded.warnings.empty());
  EXPECT_FALSE(fs::exists(settings_.folder)) << "reading makes no folders";
}

TEST_F(IncidentFolderTest, only_the_services_account_may_read_what_shows_the_desktop) {
  const IncidentFolder folder(settings_);
  ASSERT_TRUE(folder.write("desktop", record(1), picture_of("JPEG")));
  struct stat status {};
  ASSERT_EQ(::stat(file("").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
  ASSERT_EQ(::stat(file(record(1).id + ".jpg").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(IncidentFolderTest, the_oldest_files_go_with_their_pictures) {
  settings_.records = 3;
  const IncidentFolder folder(settings_);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(folder.write("desktop", record(i), picture_of("JPEG")));
  EXPECT_TRUE(fs::exists(file(record(0).id + ".json")));
  ASSERT_TRUE(folder.write("desktop", record(3), nullptr));
  EXPECT_FALSE(fs::exists(file(record(0).id + ".json")));
  EXPECT_FALSE(fs::exists(file(record(0).id + ".jpg")));
  EXPECT_TRUE(fs::exists(file(record(1).id + ".jpg")));
  EXPECT_EQ(folder.load("desktop").records.size(), 3u);
}

TEST_F(IncidentFolderTest, corrupt_files_are_skipped_with_a_warning) {
  const IncidentFolder folder(settings_);
  ASSERT_TRUE(folder.write("desktop", record(1), nullptr));
  ASSERT_TRUE(folder.write("desktop", record(2), nullptr));
  std::ofstream(file(record(1).id + ".json")) << "{\"id\":";
  std::ofstream(file("20261121T000000-0001.json")) << incident_json(record(2));
  std::ofstream(file("20261121T000000-0002.json")) << std::string(settings_.record_bytes + 1, ' ');
  std::ofstream(file("availability.json")) << "[]";
  std::ofstream(file("notes.json")) << "of somebody else";
  fs::create_directory(file("20261121T000000-0003.json"));
  const auto loaded = folder.load("desktop");
  ASSERT_EQ(loaded.records.size(), 1u);
  EXPECT_EQ(loaded.records[0].id, record(2).id);
  EXPECT_FALSE(loaded.availability);
  ASSERT_EQ(loaded.warnings.size(), 5u);
  EXPECT_THAT(loaded.warnings[0], HasSubstr("20261121T000000-0001.json: holds another id"));
}

TEST_F(IncidentFolderTest, a_picture_above_the_bound_is_not_written) {
  settings_.picture_bytes = 4;
  const IncidentFolder folder(settings_);
  ASSERT_TRUE(folder.write("desktop", record(1), picture_of("1234")));
  ASSERT_TRUE(folder.write("desktop", record(2), picture_of("12345")));
  EXPECT_TRUE(fs::exists(file(record(1).id + ".jpg")));
  EXPECT_FALSE(fs::exists(file(record(2).id + ".jpg")));
}

TEST_F(IncidentFolderTest, no_id_leads_out_of_the_folder) {
  EXPECT_FALSE(IncidentFolder(settings_).read_picture("desktop", "../../../../etc/pass"));
}

// A loop for the answers: one waiter, filled from the thread of the files.
class Answers {
 public:
  IncidentFiles::Post post() {
    return [this](std::function<void()> call) {
      const std::lock_guard lock(mutex_);
      calls_.push_back(std::move(call));
      came_.notify_all();
    };
  }
  bool run_one() {
    std::unique_lock lock(mutex_);
    if (!came_.wait_for(lock, seconds(5), [this] { return !calls_.empty(); })) return false;
    const auto call = std::move(calls_.front());
    calls_.erase(calls_.begin());
    lock.unlock();
    call();
    return true;
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<std::function<void()>> calls_;
};

bool eventually(const std::function<bool()>& condition) {
  for (int turn = 0; turn < 500; ++turn) {
    if (condition()) return true;
    ::usleep(10'000);
  }
  return false;
}

TEST_F(IncidentFilesTest, what_one_process_wrote_the_next_one_reads) {
  Answers answers;
  {
    IncidentFiles files(settings_, answers.post());
    files.write(record(1), picture_of("JPEG"));
    files.write_availability("desktop", SavedAvailability{7, true, {}, {}});
  }  // waits for the writes
  IncidentFiles files(settings_, answers.post());
  std::size_t records = 0;
  std::int64_t saved_at = 0;
  files.load("desktop", [&](IncidentFolder::Loaded loaded) {
    records = loaded.records.size();
    saved_at = loaded.availability ? loaded.availability->saved_at_ms : -1;
  });
  ASSERT_TRUE(answers.run_one());
  EXPECT_EQ(records, 1u);
  EXPECT_EQ(saved_at, 7);
  IncidentPicture picture;
  files.read_picture("desktop", record(1).id, [&](IncidentPicture read) { picture = std::move(read); });
  ASSERT_TRUE(answers.run_one());
  ASSERT_TRUE(picture);
  EXPECT_EQ(*picture, "JPEG");
  files.read_picture("desktop", record(2).id, [&](IncidentPicture read) { picture = std::move(read); });
  ASSERT_TRUE(answers.run_one());
  EXPECT_EQ(picture, nullptr);
}

TEST_F(IncidentFilesTest, a_dead_folder_keeps_the_newest_work_waiting_until_it_heals) {
  Answers answers;
  settings_.queue = 4;
  std::ofstream(root_ + "/state") << "a file where the folder should be";
  IncidentFiles files(settings_, answers.post());
  files.write(record(0), nullptr);
  ASSERT_TRUE(eventually([&] { return !files.facts().error.empty(); }));
  EXPECT_THAT(files.facts().error, HasSubstr("/state"));
  for (int i = 1; i < 10; ++i) files.write(record(i), nullptr);
  EXPECT_LE(files.facts().queued, 4u);
  EXPECT_GE(files.facts().dropped, 5u);
  fs::remove(root_ + "/state");
  ASSERT_TRUE(eventually([&] { return files.facts().error.empty() && files.facts().queued == 0; }));
  EXPECT_TRUE(eventually([&] { return fs::exists(file(record(9).id + ".json")); }));
}

TEST_F(IncidentFilesTest, a_full_disk_is_reported_and_leaves_no_half_file) {
  ASSERT_EQ(::mkdir((root_ + "/state").c_str(), 0700), 0);
  if (::mount("tmpfs", (root_ + "/state").c_str(), "tmpfs", 0, "size=64k") != 0) {
    GTEST_SKIP() << "a small tmpfs needs the right to mount";
  }
  {
    Answers answers;
    IncidentFiles files(settings_, answers.post());
    std::ofstream(root_ + "/state/fills") << std::string(60'000, 'x');
    files.write(record(1), picture_of(std::string(100'000, 'p')));
    EXPECT_TRUE(eventually([&] { return !files.facts().error.empty(); }));
    EXPECT_THAT(files.facts().error, HasSubstr("No space left"));
    EXPECT_FALSE(fs::exists(file(record(1).id + ".jpg")));
    EXPECT_FALSE(fs::exists(file(record(1).id + ".jpg.tmp")));
  }
  ::umount2((root_ + "/state").c_str(), MNT_DETACH);
}

TEST_F(IncidentFilesTest, a_newer_text_of_the_same_record_takes_the_place_of_the_waiting_one) {
  Answers answers;
  std::ofstream(root_ + "/state") << "in the way";
  IncidentFiles files(settings_, answers.post());
  IncidentRecord growing = record(1);
  for (int i = 0; i < 100; ++i) {
    growing.reason = "text " + std::to_string(i);
    files.write(growing, nullptr);
  }
  EXPECT_LE(files.facts().queued, 2u);
  EXPECT_EQ(files.facts().dropped, 0u);
  fs::remove(root_ + "/state");
  ASSERT_TRUE(eventually([&] { return files.facts().error.empty() && files.facts().queued == 0; }));
  ASSERT_TRUE(eventually([&] {
    const auto loaded = IncidentFolder(settings_).load("desktop");
    return loaded.records.size() == 1 && loaded.records[0].reason == "text 99";
  }));
}

}  // namespace
}  // namespace supervisor
