#include "supervisor/report/incident_files.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "common/atomic_file.h"
#include "common/threads.h"
#include "supervisor/report/incident_json.h"

namespace supervisor {
namespace {

constexpr unsigned folder_mode = 0700;
constexpr unsigned file_mode = 0600;
constexpr const char* availability_name = "availability.json";
constexpr std::size_t availability_bytes_max = 1u << 20;

common::Result<void> make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), folder_mode) == 0 || errno == EEXIST) return {};
  return common::errno_error("cannot create " + path, errno);
}

// mkdir -p; "/a/b/c": /a, /a/b, /a/b/c.
common::Result<void> make_folders(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return {};
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    if (auto made = make_folder(path.substr(0, slash)); !made) return made;
  }
  return make_folder(path);
}

std::string id_of_file(const std::string& name, const std::string& suffix) {
  if (!name.ends_with(suffix)) return {};
  std::string id = name.substr(0, name.size() - suffix.size());
  return is_incident_id(id) ? id : std::string();
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(folder.c_str()), ::closedir);
  while (const dirent* entry = directory ? ::readdir(directory.get()) : nullptr) {
    names.emplace_back(entry->d_name);
  }
  return names;
}

}  // namespace

std::string IncidentFolder::path(const std::string& stream, const std::string& name) const {
  return settings_.folder + "/" + stream + (name.empty() ? "" : "/" + name);
}

common::Result<void> IncidentFolder::prepare(const std::string& stream) const {
  return make_folders(path(stream));
}

std::vector<std::string> IncidentFolder::ids(const std::string& stream) const {
  std::vector<std::string> found;
  for (const std::string& name : names_in(path(stream))) {
    if (std::string id = id_of_file(name, ".json"); !id.empty()) found.push_back(std::move(id));
  }
  std::sort(found.begin(), found.end());
  return found;
}

IncidentFolder::Loaded IncidentFolder::load(const std::string& stream) const {
  Loaded loaded;
  std::vector<std::string> known = ids(stream);
  if (known.size() > settings_.records) {
    known.erase(known.begin(), known.end() - static_cast<std::ptrdiff_t>(settings_.records));
  }
  for (const std::string& id : known) {
    const std::string file = path(stream, id + ".json");
    const auto text = common::read_file(file, settings_.record_bytes);
    auto record = text ? parse_incident(*text) : common::Result<IncidentRecord>(text.error());
    if (record && record->id == id) {
      loaded.records.push_back(std::move(*record));
    } else {
      loaded.warnings.push_back("incident skipped: " + file + ": " +
                                (record ? "holds another id" : record.error().reason));
    }
  }
  const std::string file = path(stream, availability_name);
  if (::access(file.c_str(), F_OK) != 0) return loaded;
  const auto text = common::read_file(file, availability_bytes_max);
  auto saved = text ? parse_availability(*text) : common::Result<SavedAvailability>(text.error());
  if (saved) {
    loaded.availability = std::move(*saved);
  } else {
    loaded.warnings.push_back("availability begins anew: " + file + ": " + saved.error().reason);
  }
  return loaded;
}

common::Result<void> IncidentFolder::write(const std::string& stream, const IncidentRecord& record,
                                           const IncidentPicture& picture) const {
  if (auto ready = prepare(stream); !ready) return ready;
  const std::string picture_path = path(stream, record.id + ".jpg");
  const bool has_one = ::access(picture_path.c_str(), F_OK) == 0;
  if (picture && !has_one && picture->size() <= settings_.picture_bytes) {
    if (auto done = common::write_atomically(picture_path, *picture, file_mode); !done) return done;
  }
  auto done = common::write_atomically(path(stream, record.id + ".json"), incident_json(record), file_mode);
  if (done) prune(stream);
  return done;
}

common::Result<void> IncidentFolder::write_availability(const std::string& stream,
                                                        const std::string& json) const {
  if (auto ready = prepare(stream); !ready) return ready;
  return common::write_atomically(path(stream, availability_name), json, file_mode);
}

common::Result<std::string> IncidentFolder::read_picture(const std::string& stream,
                                                         const std::string& id) const {
  if (!is_incident_id(id)) return common::error("not the id of an incident");
  return common::read_file(path(stream, id + ".jpg"), settings_.picture_bytes);
}

// The oldest go; a picture without a record was cut off between the two writes, or its record is gone.
void IncidentFolder::prune(const std::string& stream) const {
  std::vector<std::string> kept = ids(stream);
  while (kept.size() > settings_.records) {
    ::unlink(path(stream, kept.front() + ".json").c_str());
    kept.erase(kept.begin());
  }
  for (const std::string& name : names_in(path(stream))) {
    const std::string id = id_of_file(name, ".jpg");
    if (id.empty() || std::binary_search(kept.begin(), kept.end(), id)) continue;
    ::unlink(path(stream, name).c_str());
  }
}

// What the event loop and the thread share. No system call is made with the lock held.
struct IncidentFiles::Shared {
  struct Work {
    std::string key;  // of the file: a newer text of it takes the place; empty: never replaced
    std::function<common::Result<void>(const IncidentFolder&)> run;
  };

  Shared(IncidentFileSettings given, Post to_loop)
      : settings(std::move(given)), folder(settings), post(std::move(to_loop)) {}

  void put(Work work);
  void run();
  std::optional<Work> take(std::unique_lock<std::mutex>& lock);

  const IncidentFileSettings settings;
  const IncidentFolder folder;
  const Post post;
  mutable std::mutex mutex;
  std::condition_variable changed;
  std::deque<Work> queue;
  Facts facts;
  bool stopping = false;
  bool finished = false;
  std::thread thread;
};

void IncidentFiles::Shared::put(Work work) {
  const std::lock_guard lock(mutex);
  const auto same = std::find_if(queue.begin(), queue.end(), [&work](const Work& queued) {
    return !work.key.empty() && queued.key == work.key;
  });
  if (same != queue.end()) {
    *same = std::move(work);
    return;
  }
  if (queue.size() >= std::max<std::size_t>(1, settings.queue)) {
    queue.pop_front();
    ++facts.dropped;
  }
  queue.push_back(std::move(work));
  changed.notify_all();
}

std::optional<IncidentFiles::Shared::Work> IncidentFiles::Shared::take(std::unique_lock<std::mutex>& lock) {
  if (!facts.error.empty()) changed.wait_for(lock, settings.retry, [this] { return stopping; });
  changed.wait(lock, [this] { return stopping || !queue.empty(); });
  if (queue.empty() || (stopping && !facts.error.empty())) return std::nullopt;
  Work work = std::move(queue.front());
  queue.pop_front();
  return work;
}

void IncidentFiles::Shared::run() {
  std::unique_lock lock(mutex);
  while (auto work = take(lock)) {
    lock.unlock();
    const auto done = work->run(folder);
    lock.lock();
    if (work->key.empty()) continue;  // only read: it says nothing about writing
    if (done) {
      facts.error.clear();
      ++facts.written;
      continue;
    }
    facts.error = done.error().reason;
    const bool newer = std::any_of(queue.begin(), queue.end(),
                                   [&work](const Work& queued) { return queued.key == work->key; });
    if (!newer && queue.size() < settings.queue) queue.push_front(std::move(*work));
  }
  finished = true;
  changed.notify_all();
}

IncidentFiles::IncidentFiles(IncidentFileSettings settings, Post post)
    : shared_(std::make_shared<Shared>(std::move(settings), std::move(post))) {
  shared_->thread = std::thread([shared = shared_] { shared->run(); });
}

IncidentFiles::~IncidentFiles() {
  std::unique_lock lock(shared_->mutex);
  shared_->stopping = true;
  shared_->changed.notify_all();
  common::join_or_leave(lock, shared_->changed, shared_->finished, shared_->thread,
                        std::chrono::steady_clock::now() + shared_->settings.stop_wait);
}

void IncidentFiles::load(const std::string& stream, std::function<void(IncidentFolder::Loaded)> done) {
  shared_->put({{}, [post = shared_->post, stream, done = std::move(done)](const IncidentFolder& folder) {
                  auto loaded = std::make_shared<IncidentFolder::Loaded>(folder.load(stream));
                  post([done, loaded] { done(std::move(*loaded)); });
                  return common::Result<void>();
                }});
}

void IncidentFiles::write(const IncidentRecord& record, IncidentPicture picture) {
  shared_->put(
      {record.stream + "/" + record.id, [record, picture = std::move(picture)](const IncidentFolder& folder) {
         return folder.write(record.stream, record, picture);
       }});
}

void IncidentFiles::write_availability(const std::string& stream, const SavedAvailability& saved) {
  shared_->put({stream + "/availability", [stream, saved](const IncidentFolder& folder) {
                  return folder.write_availability(stream, availability_json(saved));
                }});
}

void IncidentFiles::read_picture(const std::string& stream, const std::string& id,
                                 std::function<void(IncidentPicture)> done) {
  shared_->put({{}, [post = shared_->post, stream, id, done = std::move(done)](const IncidentFolder& folder) {
                  IncidentPicture picture;
                  if (auto bytes = folder.read_picture(stream, id)) {
                    picture = std::make_shared<const std::string>(std::move(*bytes));
                  }
                  post([done, picture] { done(picture); });
                  return common::Result<void>();
                }});
}

IncidentFiles::Facts IncidentFiles::facts() const {
  const std::lock_guard lock(shared_->mutex);
  Facts facts = shared_->facts;
  facts.queued = shared_->queue.size();
  return facts;
}

}  // namespace supervisor
