// Bodies as files of one directory (a tmpfs): 0600, made with O_EXCL, no link is followed, unlinked when they
// are forgotten. They cannot be sealed: our user could change them. Event-loop thread.
#pragma once

#include "supervisor/media/body_place.h"

namespace supervisor {

class DirectoryPlace : public BodyPlace {
 public:
  // `directory` must exist and be private (private_directory).
  explicit DirectoryPlace(std::string directory) : directory_(std::move(directory)) {}

  common::Result<common::UniqueFd> create(const std::string& name) override;
  void forget(const std::string& name) override;
  std::map<std::string, common::UniqueFd> inherited() override;

 private:
  std::string path(const std::string& name) const { return directory_ + '/' + name; }
  std::string directory_;
};

}  // namespace supervisor
