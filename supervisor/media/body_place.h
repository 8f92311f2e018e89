// Where the bytes of published media are kept so that they outlive this process: a folder, or memory that
// systemd holds for us. The seam between the media room, which fills bodies, and the keep room, which knows
// the places. Event-loop thread; quick: memory or a tmpfs, never a disk that may hang.
//
// Names: letters, digits, '.', '_' and '-', at most 100 characters; one name, one body.
#pragma once

#include <map>
#include <string>

#include "common/result.h"
#include "common/unique_fd.h"

namespace supervisor {

class BodyPlace {
 public:
  virtual ~BodyPlace() = default;

  // A new, empty body that only this process has; one of the same name is replaced. Errors: no room, no
  // descriptor, the place is gone: the caller goes on with memory that ends with the process.
  virtual common::Result<common::UniqueFd> create(const std::string& name) = 0;
  // Nobody needs it any more. Unknown names are ignored.
  virtual void forget(const std::string& name) = 0;
  // Everything that a former process left, by name. Call once, before create().
  virtual std::map<std::string, common::UniqueFd> inherited() = 0;
};

}  // namespace supervisor
