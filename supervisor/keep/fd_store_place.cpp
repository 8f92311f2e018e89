#include "supervisor/keep/fd_store_place.h"

#include <sys/mman.h>

#include <cerrno>
#include <utility>

namespace supervisor {

FdStorePlace::FdStorePlace(ServiceNotify& notify, std::string stream,
                           std::map<std::string, common::UniqueFd> inherited,
                           std::shared_ptr<FdStoreBudget> budget)
    : notify_(notify),
      stream_(std::move(stream)),
      inherited_(std::move(inherited)),
      budget_(std::move(budget)) {
  for (const auto& [name, fd] : inherited_) stored_.insert(name);
  budget_->left -= static_cast<int>(stored_.size());
}

common::Result<common::UniqueFd> FdStorePlace::create(const std::string& name) {
  forget(name);
  if (budget_->left <= 0) return common::error("systemd keeps no more descriptors: FileDescriptorStoreMax=");
  common::UniqueFd fd(::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) return common::errno_error("cannot create memory for " + name, errno);
  if (!notify_.store(fd.get(), stored_name(name))) return common::error("systemd does not take " + name);
  stored_.insert(name);
  --budget_->left;
  return fd;
}

void FdStorePlace::forget(const std::string& name) {
  if (stored_.erase(name) == 0) return;
  ++budget_->left;
  notify_.remove(stored_name(name));
}

std::map<std::string, common::UniqueFd> FdStorePlace::inherited() {
  return std::exchange(inherited_, {});
}

}  // namespace supervisor
