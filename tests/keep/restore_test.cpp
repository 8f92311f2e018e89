// Two publishers, one after the other, over real files: what the second goes on with is what the first had
// published.
#include "supervisor/media/restore.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "media_maker.h"
#include "supervisor/keep/directory_place.h"
#include "supervisor/keep/window_keep.h"
#include "temporary_directory.h"

namespace {

using media_test::Bench;
using media_test::Invariants;
using supervisor::DirectoryPlace;
using supervisor::Numbers;
using supervisor::PublisherSettings;
using supervisor::WindowKeep;

class Restore : public testing::Test {
 protected:
  // A process: its publisher, as the daemon makes it.
  struct Process {
    std::unique_ptr<Bench> bench;
    WindowKeep::Kept kept;
    bool goes_on = false;
    Bench* operator->() const { return bench.get(); }
  };

  Process begin(media_test::MonoTime now, const PublisherSettings& wanted, const Numbers& known = {}) {
    supervisor::ServiceNotify none(nullptr);
    supervisor::HandedOver nothing;
    WindowKeep keep(directory_.path(), boot_, none, nothing);
    PublisherSettings settings = wanted;
    Process process;
    process.kept = keep.open("desktop", settings, known);
    process.bench = std::make_unique<Bench>(settings);
    process.goes_on = process.kept.window.has_value();
    if (process.goes_on) process->stream.restore(std::move(*process.kept.window), now);
    process->stream.keep(std::move(process.kept.journal));
    return process;
  }
  Process begin(media_test::MonoTime now) { return begin(now, Bench::default_settings()); }
  media_test::MonoTime at(media_test::Slot slot, int plus_ms = 0) const {
    return media_test::test_grid().time_of(slot) + std::chrono::milliseconds(plus_ms);
  }

  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory_ / "window/desktop")) {
      names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  TemporaryDirectory directory_;
  std::string boot_ = "boot";
};

std::string all_bytes(const supervisor::Store& store) {
  std::string bytes;
  for (const auto& segment : store.window()) {
    const auto body = segment.body->read(0, segment.body->size());
    bytes.append(body.begin(), body.end());
  }
  return bytes;
}

TEST_F(Restore, a_successor_publishes_the_same_playlist_and_the_same_bytes) {
  std::string playlist, bytes;
  {
    Process first = begin(at(0));
    first->start(630);
    playlist = first->playlist();
    bytes = all_bytes(first->store());
  }
  Process second = begin(at(632));
  ASSERT_TRUE(second.goes_on) << second.kept.text;
  EXPECT_EQ(second->playlist(), playlist);
  EXPECT_EQ(all_bytes(second->store()), bytes);
}

TEST_F(Restore, goes_on_without_a_hole_and_with_the_same_names) {
  Invariants invariants;
  {
    Process first = begin(at(0));
    first->start(330);
    EXPECT_EQ(invariants.check(first->stream.publisher()), "");
  }
  for (int life = 0; life < 5; ++life) {
    const media_test::Slot died = 330 + life * 90;
    Process next = begin(at(died, 300));
    ASSERT_TRUE(next.goes_on);
    EXPECT_EQ(invariants.check(next->stream.publisher()), "");
    const auto due = next->stream.next_due();
    ASSERT_TRUE(due);
    EXPECT_LE(*due, at(died, 300)) << "it bridges before any worker is there";
    next->stream.advance(at(died, 700));
    EXPECT_EQ(invariants.check(next->stream.publisher()), "");
    EXPECT_GT(next->end(), died);
    const auto generation = static_cast<std::uint64_t>(life + 2);
    next->prepare(generation);
    next->stream.begin_life(generation, at(next->end(), 10));
    ASSERT_TRUE(next->deliver(generation, died + 90, true));
    EXPECT_EQ(invariants.check(next->stream.publisher()), "");
    EXPECT_EQ(next->stream.facts(at(died + 90)).holes, 0u);
  }
}

TEST_F(Restore, dying_at_any_byte_of_the_journal_leaves_a_whole_window) {
  {
    Process first = begin(at(0));
    first->start(150);
  }
  const std::string journal = directory_ / "window/desktop/journal-1";
  const std::string whole = text_of(journal);
  media_test::Slot last = 0;
  for (std::size_t size = 0; size <= whole.size(); size += 7) {
    put_text(journal, whole.substr(0, size));
    DirectoryPlace place(directory_ / "window/desktop");
    const auto restored = supervisor::restore_window(place, {media_test::test_grid(), boot_});
    if (!restored.window) continue;
    const auto& position = restored.window->position;
    EXPECT_GE(position.end, last) << size;
    last = position.end;
    const auto& segments = restored.window->segments;
    EXPECT_TRUE(segments.empty() || segments.back().end() == position.end) << size;
  }
  EXPECT_EQ(last, 150);
}

TEST_F(Restore, files_that_nobody_can_ask_for_are_taken_away) {
  Process process = begin(at(0));
  process->start(30 * 600);
  const auto names = files();
  const auto segments =
      std::count_if(names.begin(), names.end(), [](const auto& name) { return name.starts_with("seg-"); });
  const auto& store = process->store();
  EXPECT_EQ(static_cast<std::size_t>(segments), store.window().size() + store.retired().size());
  EXPECT_EQ(std::count_if(names.begin(), names.end(),
                          [](const auto& name) { return name.starts_with("journal-"); }),
            1);
  EXPECT_LT(names.size(), 50u);
}

TEST_F(Restore, a_journal_that_grew_is_begun_anew) {
  {
    Process process = begin(at(0));
    process->start(6 * 6000);
    EXPECT_GT(process->stream.journal()->journals(), 1u);
    EXPECT_EQ(process->stream.journal()->error(), "");
  }
  const auto names = files();
  const auto journal =
      std::find_if(names.begin(), names.end(), [](const auto& name) { return name.starts_with("journal-"); });
  ASSERT_NE(journal, names.end());
  EXPECT_LT(std::filesystem::file_size(directory_ / ("window/desktop/" + *journal)),
            supervisor::Journal::compact_bytes + 4096);
  EXPECT_TRUE(begin(at(6 * 6000)).goes_on);
}

TEST_F(Restore, a_longer_outage_than_the_window_is_a_discontinuity_and_not_filled_up) {
  {
    Process first = begin(at(0));
    first->start(330);
  }
  const media_test::Slot later = 330 + 10'000;
  Process second = begin(at(later));
  ASSERT_TRUE(second.goes_on);
  EXPECT_EQ(second->end(), later);
  const auto msn = second->store().next_msn();
  second->stream.advance(at(later + 6, 100));
  ASSERT_EQ(second->store().next_msn(), msn + 1);
  EXPECT_TRUE(second->last().discontinuity);
  EXPECT_EQ(second->last().start, later);
}

TEST_F(Restore, an_outage_up_to_the_window_is_bridged_in_bounded_bursts) {
  PublisherSettings settings = Bench::default_settings();
  {
    Process first = begin(at(0));
    first->start(330);
  }
  Process second = begin(at(800));
  ASSERT_TRUE(second.goes_on);
  int bursts = 0;
  while (second->stream.next_due() && *second->stream.next_due() <= at(800) && ++bursts < 100) {
    const auto before = second->stream.facts(at(800)).bridged;
    second->stream.advance(at(800));
    EXPECT_LE(second->stream.facts(at(800)).bridged - before,
              static_cast<std::uint64_t>(settings.bridge_burst_max));
  }
  EXPECT_GE(second->end(), 794);
  EXPECT_LE(bursts, 3);
  EXPECT_EQ(second->playlist().find("#EXT-X-DISCONTINUITY\n"), std::string::npos);
}

TEST_F(Restore, another_grid_or_another_boot_begins_anew_after_the_old_numbers) {
  std::int64_t next = 0;
  {
    Process first = begin(at(0));
    first->start(330);
    next = first->store().next_msn();
  }
  boot_ = "another";
  {
    Process second = begin(at(400));
    EXPECT_FALSE(second.goes_on);
    EXPECT_TRUE(second.kept.lost);
    second->start(500, 1, 400);
    EXPECT_EQ(second->store().media_sequence(), next);
    EXPECT_TRUE(second->store().window().front().discontinuity);
    next = second->store().next_msn();
  }
  PublisherSettings slower = Bench::default_settings();
  slower.grid.segment_pictures = 30;
  Process third = begin(at(600), slower);
  EXPECT_FALSE(third.goes_on);
  third->start(660, 1, 600);
  EXPECT_EQ(third->store().media_sequence(), next);
}

TEST_F(Restore, numbers_never_fall_below_what_the_state_file_knows) {
  Process first = begin(at(0), Bench::default_settings(), Numbers{500, 4});
  first->start(60);
  EXPECT_EQ(first->store().media_sequence(), 500);
  EXPECT_EQ(first->store().discontinuity_sequence(), 4);
  EXPECT_TRUE(first->store().window().front().discontinuity);
  Process stale = begin(at(100), Bench::default_settings(), Numbers{10'000, 4});
  EXPECT_FALSE(stale.goes_on) << "a window that is older than the state file";
  stale->start(160, 1, 100);
  EXPECT_EQ(stale->store().media_sequence(), 10'000);
}

TEST_F(Restore, a_stream_that_was_stopped_is_served_as_it_ended) {
  std::string playlist;
  {
    Process first = begin(at(0));
    first->start(330);
    first->stream.stop(at(331));
    playlist = first->playlist();
  }
  Process second = begin(at(5000));
  ASSERT_TRUE(second.goes_on);
  EXPECT_EQ(second->playlist(), playlist);
  EXPECT_EQ(second->stream.next_due(), at(5000 + second->store().window_slots())) << "then it is gone";
  second->prepare(2);
  second->stream.begin_life(2, at(5010));
  ASSERT_TRUE(second->deliver(2, 5100, true));
  EXPECT_TRUE(second->store().window().front().discontinuity);
}

TEST_F(Restore, a_segment_that_is_lost_takes_the_older_ones_with_it) {
  {
    Process first = begin(at(0));
    first->start(330);
  }
  std::filesystem::remove(directory_ / "window/desktop/seg-s-2");
  Process second = begin(at(332));
  ASSERT_TRUE(second.goes_on);
  EXPECT_EQ(second->store().media_sequence(), 3);
  const std::string newest = std::to_string(second->store().next_msn() - 1);
  std::filesystem::remove(directory_ / ("window/desktop/seg-s-" + newest));
  Process third = begin(at(340));
  EXPECT_FALSE(third.goes_on) << "the newest is lost";
  EXPECT_TRUE(third.kept.lost);
}

// What a place does when the file system is full, or gone.
class FullPlace : public supervisor::BodyPlace {
 public:
  explicit FullPlace(DirectoryPlace& place) : place_(place) {}
  common::Result<common::UniqueFd> create(const std::string& name) override {
    if (full) return common::errno_error(name, ENOSPC);
    if (!broken) return place_.create(name);
    return common::UniqueFd(::open("/dev/full", O_RDWR | O_CLOEXEC));  // opens, and takes nothing
  }
  void forget(const std::string& name) override { place_.forget(name); }
  std::map<std::string, common::UniqueFd> inherited() override { return place_.inherited(); }
  bool full = false;
  bool broken = false;

 private:
  DirectoryPlace& place_;
};

TEST(FullPlace, costs_no_part_and_is_used_again_when_it_has_room) {
  const TemporaryDirectory directory;
  DirectoryPlace files(directory.path());
  const auto place = std::make_shared<FullPlace>(files);
  PublisherSettings settings = Bench::default_settings();
  settings.bodies = place;
  Bench bench(settings);
  bench.stream.keep(std::make_unique<supervisor::Journal>(
      place, supervisor::JournalHead{settings.session, "boot", settings.grid, 0},
      std::vector<std::string>()));
  bench.start(90);
  EXPECT_EQ(bench.stream.journal()->error(), "");
  place->full = true;
  ASSERT_TRUE(bench.deliver(1, 330));
  EXPECT_NE(bench.stream.journal()->error(), "");
  EXPECT_FALSE(supervisor::restore_window(files, {settings.grid, "boot"}).window)
      << "an old journal would give numbers twice";
  place->full = false;
  place->broken = true;
  ASSERT_TRUE(bench.deliver(1, 450));
  place->broken = false;
  ASSERT_TRUE(bench.deliver(1, 630));
  EXPECT_EQ(bench.stream.journal()->error(), "");
  const auto restored = supervisor::restore_window(files, {settings.grid, "boot"});
  ASSERT_TRUE(restored.window);
  EXPECT_EQ(restored.window->position.end, 630);
  EXPECT_EQ(bench.stream.facts(bench.at(630)).holes, 0u);
  EXPECT_EQ(bench.stream.facts(bench.at(630)).refused, 0u);
}

}  // namespace
