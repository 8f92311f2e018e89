// The mirror on a real directory. Its thread is waited for by its facts, never by a fixed sleep.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <optional>
#include <thread>

#include "media_maker.h"
#include "supervisor/media/disk_mirror.h"

namespace {

namespace fs = std::filesystem;
using media_test::Bench;
using supervisor::DiskMirror;
using supervisor::DiskMirrorSettings;
using supervisor::MirrorDirectory;
using supervisor::MirrorUpdate;

class Mirror : public testing::Test {
 protected:
  Mirror() {
    std::string name = (fs::temp_directory_path() / "mirror_test.XXXXXX").string();
    root_ = ::mkdtemp(name.data());
    settings_.output_dir = (root_ / "hls").string();
    settings_.probe_interval = std::chrono::milliseconds(20);
    bench_.stream.on_segment([this](MirrorUpdate update) { updates_.push_back(std::move(update)); });
  }
  ~Mirror() override { fs::remove_all(root_); }

  fs::path file(const std::string& name) const { return fs::path(settings_.output_dir) / name; }
  void write(const std::string& name, const std::string& text = "x") { std::ofstream(file(name)) << text; }
  std::string read(const std::string& name) const {
    std::ifstream in(file(name));
    return {std::istreambuf_iterator<char>(in), {}};
  }
  template <typename Condition>
  static bool eventually(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (std::chrono::steady_clock::now() < deadline) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  }

  fs::path root_;
  DiskMirrorSettings settings_;
  Bench bench_;
  std::vector<MirrorUpdate> updates_;
};

// Waits for the answer of the mirror's thread.
std::optional<supervisor::MirrorRemoved> clean_up(DiskMirror& mirror, const MirrorUpdate& window) {
  std::promise<supervisor::MirrorRemoved> answer;
  mirror.clean_up(window, [&](const common::Result<supervisor::MirrorRemoved>& removed) {
    answer.set_value(removed ? *removed : supervisor::MirrorRemoved{~0ull, 0});
  });
  auto future = answer.get_future();
  if (future.wait_for(std::chrono::seconds(10)) != std::future_status::ready) return std::nullopt;
  return future.get();
}

TEST_F(Mirror, a_cleanup_removes_own_files_that_are_not_in_the_window_and_nothing_else) {
  bench_.start(186);
  DiskMirror mirror(settings_);
  mirror.offer(updates_.back());
  ASSERT_TRUE(eventually([&] { return fs::exists(file("playlist.m3u8")); }));
  const std::string secret = (root_ / "secret").string();
  std::ofstream(secret) << "mine";
  write("seg-old-1.m4s", "12345");
  write("init-0123abcd.mp4.tmp", "123");
  write("seg-old.m4s");    // not our scheme
  write("recording.mp4");  // somebody's
  fs::create_directory(file("seg-old-2.m4s"));
  fs::create_symlink(secret, file("seg-old-3.m4s"));
  const auto removed = clean_up(mirror, bench_.stream.mirror_update());
  ASSERT_TRUE(removed);
  EXPECT_EQ(removed->files, 2u);
  EXPECT_EQ(removed->bytes, 8u);
  for (const char* name : {"seg-old.m4s", "recording.mp4", "seg-old-2.m4s"})
    EXPECT_TRUE(fs::exists(file(name))) << name;
  EXPECT_TRUE(fs::is_symlink(file("seg-old-3.m4s")));
  EXPECT_EQ(fs::file_size(secret), 4u);
  for (const auto& kept : updates_.back().files) EXPECT_TRUE(fs::exists(file(kept.name))) << kept.name;
  EXPECT_EQ(clean_up(mirror, bench_.stream.mirror_update())->files, 0u) << "there is nothing left to do";
}

TEST_F(Mirror, a_cleanup_keeps_what_is_newer_than_the_window_it_was_asked_with) {
  bench_.start(126);
  const MirrorUpdate old_window = updates_.front();
  DiskMirror mirror(settings_);
  mirror.offer(updates_.back());
  ASSERT_TRUE(eventually([&] { return fs::exists(file("playlist.m3u8")); }));
  EXPECT_EQ(clean_up(mirror, old_window)->files, 0u);
}

TEST_F(Mirror, a_cleanup_is_done_while_writing_fails) {
  bench_.start(126);
  settings_.probe_interval = std::chrono::minutes(10);
  DiskMirror mirror(settings_);
  mirror.fail_for(std::chrono::minutes(10));
  mirror.offer(updates_.back());
  ASSERT_TRUE(eventually([&] { return !mirror.facts().error.empty(); }));
  fs::create_directory(settings_.output_dir);
  write("seg-old-1.m4s", "12345");
  EXPECT_EQ(clean_up(mirror, bench_.stream.mirror_update())->files, 1u);
}

TEST_F(Mirror, a_cleanup_never_follows_a_link_in_place_of_the_directory) {
  bench_.start(126);
  const fs::path elsewhere = root_ / "elsewhere";
  fs::create_directory(elsewhere);
  std::ofstream(elsewhere / "seg-old-1.m4s") << "x";
  fs::create_symlink(elsewhere, settings_.output_dir);
  EXPECT_FALSE(MirrorDirectory(settings_).prune(MirrorDirectory::Names()));
  EXPECT_TRUE(fs::exists(elsewhere / "seg-old-1.m4s"));
  fs::remove(settings_.output_dir);
  EXPECT_EQ(MirrorDirectory(settings_).prune(MirrorDirectory::Names())->files, 0u)
      << "a directory that is not there is empty";
}

TEST_F(Mirror, writes_every_file_that_its_playlist_names) {
  bench_.start(126);
  MirrorDirectory directory(settings_);
  const auto written = directory.write(updates_.back());
  ASSERT_TRUE(written) << written.error().reason;
  EXPECT_EQ(written->files, 3u);
  EXPECT_EQ(read("playlist.m3u8"), updates_.back().playlist);
  for (const auto& wanted : updates_.back().files)
    EXPECT_EQ(fs::file_size(file(wanted.name)), wanted.body->size());
  EXPECT_EQ(directory.write(updates_.back())->files, 0u) << "what is there is not written again";
}

TEST_F(Mirror, an_update_that_was_lost_is_made_good_by_the_next) {
  bench_.start(60 * 5);
  MirrorDirectory directory(settings_);
  ASSERT_TRUE(directory.write(updates_.back()));
  EXPECT_TRUE(fs::exists(file("seg-s-0.m4s")));
}

TEST_F(Mirror, removes_what_left_the_window_and_never_a_foreign_file) {
  bench_.start(126);
  MirrorDirectory directory(settings_);
  ASSERT_TRUE(directory.write(updates_.back()));
  for (const char* name : {"holiday.mp4", "seg-1.m4s.bak", "seg-.m4s", "init-zz.mp4", "playlist.m3u8.old"})
    write(name);
  write("seg-old-7.m4s");
  fs::create_directory(file("seg-dir-1.m4s"));
  bench_.deliver(1, 60 * 13);
  const auto written = directory.write(updates_.back());
  ASSERT_TRUE(written);
  EXPECT_GT(written->bytes_freed, 0u);
  EXPECT_FALSE(fs::exists(file("seg-s-0.m4s")));
  EXPECT_FALSE(fs::exists(file("seg-old-7.m4s"))) << "of a process before this one";
  EXPECT_TRUE(fs::exists(file("seg-s-12.m4s")));
  for (const char* name :
       {"holiday.mp4", "seg-1.m4s.bak", "seg-.m4s", "init-zz.mp4", "playlist.m3u8.old", "seg-dir-1.m4s"}) {
    EXPECT_TRUE(fs::exists(file(name))) << name;
  }
}

TEST_F(Mirror, refuses_a_symbolic_link_and_a_missing_parent) {
  bench_.start(66);
  fs::create_directory(root_ / "real");
  fs::create_symlink(root_ / "real", root_ / "hls");
  const auto linked = MirrorDirectory(settings_).write(updates_.back());
  ASSERT_FALSE(linked);
  EXPECT_THAT(linked.error().reason, testing::HasSubstr("symbolic link"));
  EXPECT_TRUE(fs::is_empty(root_ / "real"));
  settings_.output_dir = (root_ / "no" / "hls").string();
  EXPECT_FALSE(MirrorDirectory(settings_).write(updates_.back()));
}

TEST_F(Mirror, creates_its_directory_with_the_wanted_mode) {
  bench_.start(66);
  settings_.output_mode = 0750;
  ASSERT_TRUE(MirrorDirectory(settings_).write(updates_.back()));
  struct stat status {};
  ASSERT_EQ(::stat(settings_.output_dir.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0750u);
}

TEST_F(Mirror, goes_on_by_itself_when_the_obstacle_is_gone) {
  std::ofstream(settings_.output_dir) << "a file where the directory should be";
  DiskMirror mirror(settings_);
  bench_.start(66);
  mirror.offer(updates_.back());
  ASSERT_TRUE(eventually([&] { return !mirror.facts().error.empty(); }));
  EXPECT_THAT(mirror.facts().error, testing::HasSubstr("not a directory"));
  fs::remove(settings_.output_dir);
  ASSERT_TRUE(eventually([&] { return mirror.facts().error.empty() && mirror.facts().files_written == 2; }));
  EXPECT_TRUE(fs::exists(file("playlist.m3u8")));
}

TEST_F(Mirror, a_paused_mirror_drops_old_work_and_never_holds_more_than_its_queue) {
  std::ofstream(settings_.output_dir) << "in the way";
  settings_.probe_interval = std::chrono::hours(1);
  settings_.queue_max = 2;
  DiskMirror mirror(settings_);
  bench_.start(60 * 9);
  mirror.offer(updates_[0]);
  ASSERT_TRUE(eventually([&] { return !mirror.facts().error.empty(); }));
  for (std::size_t i = 1; i < updates_.size(); ++i) mirror.offer(updates_[i]);
  EXPECT_LE(mirror.facts().queued, 2u);
  EXPECT_GE(mirror.facts().updates_dropped, updates_.size() - 3);
}

TEST_F(Mirror, a_drill_fills_the_disk_for_a_while) {
  settings_.probe_interval = std::chrono::milliseconds(20);
  DiskMirror mirror(settings_);
  mirror.fail_for(std::chrono::milliseconds(150));
  bench_.start(66);
  mirror.offer(updates_.back());
  ASSERT_TRUE(eventually([&] { return !mirror.facts().error.empty(); }));
  EXPECT_THAT(mirror.facts().error, testing::HasSubstr("No space left"));
  ASSERT_TRUE(eventually([&] { return mirror.facts().error.empty(); }));
  EXPECT_TRUE(fs::exists(file("playlist.m3u8")));
}

TEST_F(Mirror, ends_with_its_work_done) {
  bench_.start(126);
  {
    DiskMirror mirror(settings_);
    mirror.offer(updates_.back());
  }
  EXPECT_TRUE(fs::exists(file("playlist.m3u8")));
}

}  // namespace
