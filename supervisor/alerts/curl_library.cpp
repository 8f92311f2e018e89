#include "supervisor/alerts/curl_library.h"

#include <dlfcn.h>

#include <string>

namespace supervisor {
namespace {

template <typename Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

std::string why() {
  const char* text = ::dlerror();
  return text ? text : "no reason given";
}

common::Result<CurlLibrary> load() {
  void* library = ::dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (!library) return common::error("libcurl cannot be loaded (install libcurl4): " + why());
  CurlLibrary functions;
  decltype(&curl_global_init) global_init = nullptr;
  const bool complete = find(library, "curl_global_init", global_init) &&
                        find(library, "curl_easy_init", functions.easy_init) &&
                        find(library, "curl_easy_cleanup", functions.easy_cleanup) &&
                        find(library, "curl_easy_setopt", functions.easy_setopt) &&
                        find(library, "curl_easy_perform", functions.easy_perform) &&
                        find(library, "curl_easy_getinfo", functions.easy_getinfo) &&
                        find(library, "curl_easy_strerror", functions.easy_strerror) &&
                        find(library, "curl_slist_append", functions.slist_append) &&
                        find(library, "curl_slist_free_all", functions.slist_free_all);
  if (!complete) return common::error("libcurl is not as expected: " + why());
  if (global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return common::error("libcurl does not start");
  return functions;
}

}  // namespace

const common::Result<CurlLibrary>& curl_library() {
  static const common::Result<CurlLibrary> library = load();
  return library;
}

}  // namespace supervisor
