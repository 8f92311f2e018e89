// Writes what was published into output_dir, for nginx, recording or DVR: init, closed segments and a classic
// playlist.m3u8, each file complete or absent. SHELL with one thread of its own; the event loop only puts
// work into a bounded queue and never waits: a slow or dead disk loses mirror work, nothing else (faults
// D01-D07). Deletes only names that it wrote or that have its own form; foreign files are never touched
// (D12). Errors (full, read-only, gone): reported as text, work paused, tried again every `probe_interval`.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "supervisor/media/published_stream.h"

namespace supervisor {

struct DiskMirrorSettings {
  std::string output_dir;
  unsigned output_mode = 0755;  // of the directory, when it is created; its parent must exist
  unsigned file_mode = 0644;
  std::size_t queue_max = 4;  // updates waiting for the disk; a newer one makes an older one superfluous
  std::chrono::milliseconds probe_interval{5000};
  std::chrono::milliseconds stop_wait{
      1000};  // the destructor waits this long, then leaves the thread to the kernel
};

struct DiskMirrorFacts {
  std::string error;  // empty: fine
  std::uint64_t files_written = 0;
  std::uint64_t updates_dropped = 0;  // the queue was full
  std::uint64_t bytes_freed = 0;      // by pruning
  std::uint64_t bytes = 0;            // own files in output_dir after the last write
  std::size_t queued = 0;
};

// What a cleanup took away.
struct MirrorRemoved {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
};

class DiskMirror {
 public:
  explicit DiskMirror(DiskMirrorSettings settings);
  ~DiskMirror();  // at most stop_wait
  DiskMirror(const DiskMirror&) = delete;
  DiskMirror& operator=(const DiskMirror&) = delete;

  // Event-loop thread; takes a lock that no system call is made under.
  void offer(MirrorUpdate update);
  // Removes own names that neither `window` nor a newer update holds, also while writing fails: what is there
  // may be why. `done` is called once, on the mirror's thread; not at all when the mirror ends before. At
  // most cleanups_max wait: one more is refused at once, on the caller's thread.
  static constexpr std::size_t cleanups_max = 16;
  using CleanedUp = std::function<void(const common::Result<MirrorRemoved>&)>;
  void clean_up(const MirrorUpdate& window, CleanedUp done);
  // A drill: every write of the next `time` fails as on a full disk.
  void fail_for(std::chrono::milliseconds time);
  DiskMirrorFacts facts() const;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

// The part of the mirror that touches the disk, for its thread and for tests.
class MirrorDirectory {
 public:
  struct Written {
    std::uint64_t files = 0;
    std::uint64_t bytes_freed = 0;
  };
  explicit MirrorDirectory(DiskMirrorSettings settings) : settings_(std::move(settings)) {}
  // Writes the files that are missing, then the playlist, then prunes own names that the update does not
  // hold. On an error the old playlist and every file that it names are still there. A full disk is pruned
  // before the error.
  common::Result<Written> write(const MirrorUpdate& update);
  // Own names that are not in `wanted`: regular files only, nothing is followed. Error: the directory cannot
  // be read; one that does not exist is empty.
  using Names = std::set<std::string, std::less<>>;
  common::Result<MirrorRemoved> prune(const Names& wanted) const;
  // seg-SESSION-MSN.m4s, init-ID.mp4, playlist.m3u8.tmp and the .tmp of the first two: as this program names
  // them.
  static bool is_own_name(std::string_view name);

 private:
  common::Result<void> prepare() const;
  common::Result<void> write_file(const MirrorUpdate::File& file, Written& written) const;
  std::uint64_t prune(const MirrorUpdate& update) const;
  std::string path(const std::string& name) const { return settings_.output_dir + "/" + name; }

  DiskMirrorSettings settings_;
};

}  // namespace supervisor
