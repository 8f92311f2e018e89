// One stream's published window between two processes: chooses where it lives (memory that systemd keeps, or
// files of the runtime directory), reads what the former process left, and sets the numbering that goes on.
// Before the event loop runs.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "supervisor/keep/fd_store_place.h"
#include "supervisor/keep/numbering.h"
#include "supervisor/media/journal.h"
#include "supervisor/media/published_stream.h"

namespace supervisor {

class WindowKeep {
 public:
  // Descriptors of one stream in systemd's store: window and retired segments, journals, kits, init segments.
  static int descriptors_wanted(int window_segments);

  // `runtime_dir` empty: windows live in memory and end with the process. `handed_over`: what systemd kept;
  // the descriptors that belong to streams are taken out.
  WindowKeep(std::string runtime_dir, std::string boot_id, ServiceNotify& notify, HandedOver& handed_over);

  // Call for each stream, in the order of the configuration. Fills session, wall origin, numbers and bodies
  // of `publishing`; `known` are numbers that must not fall.
  struct Kept {
    std::optional<RestoredWindow> window;
    std::unique_ptr<Journal> journal;  // null: nothing is kept
    std::string text;                  // for the log: what goes on, or why it does not
    bool lost = false;                 // there was something, and it does not go on
  };
  Kept open(const std::string& stream, PublisherSettings& publishing, const Numbers& known);

 private:
  std::shared_ptr<BodyPlace> choose_place(const std::string& stream, int window_segments, std::string& where);

  std::string runtime_dir_;
  std::string boot_id_;
  ServiceNotify& notify_;
  std::map<std::string, std::map<std::string, common::UniqueFd>> handed_over_;  // by stream and name
  std::shared_ptr<FdStoreBudget> budget_ = std::make_shared<FdStoreBudget>();
  int unreserved_ = 0;  // descriptors that no stream counts on yet
};

}  // namespace supervisor
