#include "worker/av/av_devices.h"

#include <dlfcn.h>

#include <string>

extern "C" {
#include <libavdevice/version.h>
}

namespace worker {
namespace {

using RegisterAll = void (*)();

common::Result<void> load() {
  // The major version this program was built with: its neighbours of libav are loaded already.
  const std::string name = "libavdevice.so." + std::to_string(LIBAVDEVICE_VERSION_MAJOR);
  void* library = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return common::error(std::string("cannot load libavdevice: ") + ::dlerror());
  const auto register_all = reinterpret_cast<RegisterAll>(::dlsym(library, "avdevice_register_all"));
  if (register_all == nullptr) return common::error(name + " has no avdevice_register_all");
  register_all();
  return {};
}

}  // namespace

common::Result<void> load_devices() {
  static const common::Result<void> loaded = load();
  return loaded;
}

}  // namespace worker
