// SHELL: incidents and availability on disk, so that they outlive the process: FOLDER/STREAM/ID.json and
// ID.jpg, FOLDER/STREAM/availability.json, private to the service's account (a picture shows the desktop).
// One thread of its own does all of it; the event loop only puts work in its bounded queue and gets answers
// back through `post`. A full or dead disk keeps the newest work waiting and is tried again; what no longer
// fits is dropped and counted. A file that cannot be read is skipped with a warning.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/result.h"
#include "supervisor/report/availability.h"
#include "supervisor/report/incident.h"
#include "supervisor/report/incident_book.h"

namespace supervisor {

struct IncidentFileSettings {
  std::string folder;         // made with its parents
  std::size_t records = 200;  // of a stream; the oldest files go
  std::size_t record_bytes = 256u << 10;
  std::size_t picture_bytes = 256u << 10;
  std::size_t queue = 256;                     // pieces of work; a newer text of the same file replaces it
  std::chrono::milliseconds retry{5'000};      // after a failure
  std::chrono::milliseconds stop_wait{1'000};  // for the last writes, in the destructor
};

// The work itself, without thread: blocks on the disk.
class IncidentFolder {
 public:
  struct Loaded {
    std::vector<IncidentRecord> records;  // oldest first
    std::optional<SavedAvailability> availability;
    std::vector<std::string> warnings;
  };

  explicit IncidentFolder(IncidentFileSettings settings) : settings_(std::move(settings)) {}

  // An unknown stream or folder is empty, no error.
  Loaded load(const std::string& stream) const;
  // The record and, when given, its picture; files beyond the bound are removed.
  common::Result<void> write(const std::string& stream, const IncidentRecord& record,
                             const IncidentPicture& picture) const;
  common::Result<void> write_availability(const std::string& stream, const std::string& json) const;
  common::Result<std::string> read_picture(const std::string& stream, const std::string& id) const;

 private:
  std::string path(const std::string& stream, const std::string& name = {}) const;
  common::Result<void> prepare(const std::string& stream) const;
  std::vector<std::string> ids(const std::string& stream) const;  // sorted
  void prune(const std::string& stream) const;

  IncidentFileSettings settings_;
};

class IncidentFiles {
 public:
  // Runs a function on the event loop, from any thread, also after the owner is gone.
  using Post = std::function<void(std::function<void()>)>;
  struct Facts {
    std::string error;  // empty: the last write succeeded
    std::uint64_t written = 0;
    std::uint64_t dropped = 0;
    std::size_t queued = 0;
  };

  IncidentFiles(IncidentFileSettings settings, Post post);
  // Waits at most stop_wait for what is queued.
  ~IncidentFiles();
  IncidentFiles(const IncidentFiles&) = delete;
  IncidentFiles& operator=(const IncidentFiles&) = delete;

  // Event loop; `done` is called there.
  void load(const std::string& stream, std::function<void(IncidentFolder::Loaded)> done);
  void write(const IncidentRecord& record, IncidentPicture picture);
  void write_availability(const std::string& stream, const SavedAvailability& saved);
  // Null: there is none.
  void read_picture(const std::string& stream, const std::string& id,
                    std::function<void(IncidentPicture)> done);
  // Any thread.
  Facts facts() const;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace supervisor
