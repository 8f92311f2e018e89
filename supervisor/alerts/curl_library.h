// SHELL: libcurl, loaded by a delivery process and by no other: with what it brings along it takes several
// megabytes, which a supervisor would keep for ever.
#pragma once

// The checks of arguments at compile time call the functions by name.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "common/result.h"

namespace supervisor {

// Functions of the same names, without their "curl_".
struct CurlLibrary {
  decltype(&curl_easy_init) easy_init = nullptr;
  decltype(&curl_easy_cleanup) easy_cleanup = nullptr;
  decltype(&curl_easy_setopt) easy_setopt = nullptr;
  decltype(&curl_easy_perform) easy_perform = nullptr;
  decltype(&curl_easy_getinfo) easy_getinfo = nullptr;
  decltype(&curl_easy_strerror) easy_strerror = nullptr;
  decltype(&curl_slist_append) slist_append = nullptr;
  decltype(&curl_slist_free_all) slist_free_all = nullptr;
};

// The library, loaded once and never unloaded, or why it cannot be.
const common::Result<CurlLibrary>& curl_library();

}  // namespace supervisor
