// Bodies as memfds that systemd keeps for us (FileDescriptorStoreMax= of systemd.service(5)): they survive
// this process, and nobody else can open them. Event-loop thread. An error of create() when systemd's queue
// is full, or when as many descriptors are stored as systemd takes.
#pragma once

#include <memory>
#include <set>

#include "supervisor/keep/service_notify.h"
#include "supervisor/media/body_place.h"

namespace supervisor {

// How many descriptors systemd still takes, for all streams of this process.
struct FdStoreBudget {
  int left = 0;
};

class FdStorePlace : public BodyPlace {
 public:
  // `notify` must outlive the place. Names in the store are `stream`/NAME.
  FdStorePlace(ServiceNotify& notify, std::string stream, std::map<std::string, common::UniqueFd> inherited,
               std::shared_ptr<FdStoreBudget> budget);

  common::Result<common::UniqueFd> create(const std::string& name) override;
  void forget(const std::string& name) override;
  std::map<std::string, common::UniqueFd> inherited() override;

 private:
  std::string stored_name(const std::string& name) const { return stream_ + '/' + name; }

  ServiceNotify& notify_;
  std::string stream_;
  std::map<std::string, common::UniqueFd> inherited_;
  std::shared_ptr<FdStoreBudget> budget_;
  std::set<std::string> stored_;
};

}  // namespace supervisor
