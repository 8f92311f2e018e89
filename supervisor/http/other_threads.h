// What a thread of the server knows of the others: the main thread of its serving threads, a serving thread
// of the main one. A connection belongs to one thread at a time; between two requests it may change.
#pragma once

#include <string>

#include "common/unique_fd.h"
#include "supervisor/http/request.h"
#include "supervisor/http/viewer_log.h"

namespace supervisor {

// A connection in clear on its way to another thread, with a request that was read and not answered.
struct HandedConnection {
  common::UniqueFd socket;
  HttpRequest request;
  std::string unread;  // received behind that request
};

// Where a request is answered. HereForGood: so are all that follow it on the connection.
enum class Place { Here, HereForGood, Elsewhere };

class OtherThreads {
 public:
  virtual ~OtherThreads() = default;
  virtual Place place_of(const HttpRequest& request) = 0;
  // Of a request whose place is Elsewhere.
  virtual void take(HandedConnection connection) = 0;
  virtual void viewer(ViewerEvent event) = 0;
  // That belong to them.
  virtual std::size_t connections() const = 0;
  // Closes some of theirs between two requests, soon.
  virtual void close_idle(std::size_t most) = 0;
};

}  // namespace supervisor
