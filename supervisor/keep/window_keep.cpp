#include "supervisor/keep/window_keep.h"

#include <algorithm>

#include "supervisor/keep/directory_place.h"
#include "supervisor/keep/run_directories.h"

namespace supervisor {
namespace {

constexpr int windows_kept = 3;   // one listed, two fetchable after it
constexpr int early_closes = 2;   // a failing stream closes segments early: twice as many, for a while
constexpr int other_bodies = 12;  // journals, kits, init segments
constexpr int listening_sockets = 8;

bool has_journal(const std::map<std::string, common::UniqueFd>& bodies) {
  return std::any_of(bodies.begin(), bodies.end(),
                     [](const auto& body) { return journal_number(body.first).has_value(); });
}

// The numbers of the state file are written ahead, by this at most.
bool is_stale(const PublishedPosition& position, const Numbers& known) {
  return written_ahead(position.next_msn) < known.next_msn;
}

}  // namespace

int WindowKeep::descriptors_wanted(int window_segments) {
  return windows_kept * early_closes * window_segments + other_bodies;
}

WindowKeep::WindowKeep(std::string runtime_dir, std::string boot_id, ServiceNotify& notify,
                       HandedOver& handed_over)
    : runtime_dir_(std::move(runtime_dir)), boot_id_(std::move(boot_id)), notify_(notify) {
  budget_->left = unreserved_ = notify.active() ? fd_store_max() - listening_sockets : 0;
  for (auto one = handed_over.begin(); one != handed_over.end();) {
    const std::size_t slash = one->first.find('/');
    if (slash == std::string::npos) {
      ++one;
      continue;
    }
    handed_over_[one->first.substr(0, slash)][one->first.substr(slash + 1)] = std::move(one->second);
    one = handed_over.erase(one);
  }
}

std::shared_ptr<BodyPlace> WindowKeep::choose_place(const std::string& stream, int window_segments,
                                                    std::string& where) {
  auto stored = std::move(handed_over_[stream]);
  const bool goes_on = has_journal(stored);
  std::shared_ptr<DirectoryPlace> directory;
  if (!runtime_dir_.empty()) {
    if (const auto path = private_directory(runtime_dir_, {"window", stream})) {
      directory = std::make_shared<DirectoryPlace>(*path);
    }
  }
  const int wanted = descriptors_wanted(window_segments);
  if (goes_on || unreserved_ >= wanted) {
    unreserved_ -= wanted;
    // An older window of the other place must never be taken for the newest one.
    if (directory) {
      for (const auto& [name, fd] : directory->inherited()) directory->forget(name);
    }
    where = "memory kept by systemd";
    return std::make_shared<FdStorePlace>(notify_, stream, std::move(stored), budget_);
  }
  for (const auto& [name, fd] : stored) notify_.remove(stream + '/' + name);
  where = runtime_dir_;
  return directory;
}

WindowKeep::Kept WindowKeep::open(const std::string& stream, PublisherSettings& publishing,
                                  const Numbers& known) {
  Kept kept;
  std::string where;
  const auto place = choose_place(stream, publishing.window_segments, where);
  Restoration restoration;
  if (place) restoration = restore_window(*place, {publishing.grid, boot_id_});
  if (restoration.window && is_stale(restoration.window->position, known)) {
    restoration.window.reset();
    restoration.warning = "the window is older than the state file";
  }
  if (restoration.window) {
    const JournalHead& head = restoration.window->head;
    publishing.session = head.session;
    publishing.wall_origin_ms = head.wall_origin_ms;
    kept.text = "goes on with the window of the former process (" +
                std::to_string(restoration.window->segments.size()) + " segments, " + where + ")";
    if (!restoration.warning.empty()) kept.text += "; " + restoration.warning;
  } else {
    const Numbers first = later(known, {restoration.next_msn, restoration.discontinuity_sequence});
    publishing.first_msn = first.next_msn;
    publishing.first_discontinuity_sequence = first.discontinuity_sequence;
    publishing.follows_another = first.next_msn > 0;
    kept.lost = !restoration.warning.empty();
    if (kept.lost)
      kept.text = "begins anew at segment " + std::to_string(first.next_msn) + ": " + restoration.warning;
  }
  kept.window = std::move(restoration.window);
  if (!place) return kept;
  publishing.bodies = place;
  const JournalHead head{publishing.session, boot_id_, publishing.grid, publishing.wall_origin_ms};
  kept.journal = std::make_unique<Journal>(place, head, std::move(restoration.names));
  return kept;
}

}  // namespace supervisor
