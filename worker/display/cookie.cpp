#include "worker/display/cookie.h"

#include <X11/Xauth.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

namespace worker {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

std::string text(const char* bytes, unsigned short length) {
  return length == 0 ? std::string() : std::string(bytes, length);
}

// 0: not for this display; more is better.
int rank(const Xauth& entry, const std::string& number, const std::string& host) {
  const std::string entry_number = text(entry.number, entry.number_length);
  if (text(entry.name, entry.name_length) != cookie_protocol) return 0;
  if (!entry_number.empty() && entry_number != number) return 0;
  if (entry.family == FamilyLocal && text(entry.address, entry.address_length) == host) return 3;
  return entry.family == FamilyWild ? 2 : 1;
}

std::string host_name() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "";
}

}  // namespace

common::Result<std::string> read_cookie(const std::string& path, int number) {
  const char* usual = path.empty() ? XauFileName() : path.c_str();
  const std::unique_ptr<std::FILE, CloseFile> file(usual == nullptr ? nullptr : std::fopen(usual, "rb"));
  if (!file && path.empty()) return std::string();
  if (!file) return common::errno_error("display_auth: cannot read the cookie file " + path, errno);
  std::string cookie;
  int best = 0;
  while (Xauth* entry = XauReadAuth(file.get())) {
    const int fit = rank(*entry, std::to_string(number), host_name());
    if (fit > best) {
      best = fit;
      cookie = text(entry->data, entry->data_length);
    }
    XauDisposeAuth(entry);
  }
  if (best == 0 && !path.empty())
    return common::error("display_auth: the cookie file " + path + " has no entry for display :" +
                         std::to_string(number) + "; see `xauth -f " + path + " list`");
  return cookie;
}

void name_usual_cookie_file() {
  constexpr int keep = 0;
  if (const char* usual = XauFileName()) setenv("XAUTHORITY", std::string(usual).c_str(), keep);
}

CookieStamp stamp_of_cookie(const std::string& path) {
  const char* usual = path.empty() ? XauFileName() : path.c_str();
  struct stat file = {};
  if (usual == nullptr || ::stat(usual, &file) != 0) return {};
  // The time of the last change of the inode: permissions count too.
  return {file.st_ino, file.st_ctim.tv_sec * 1'000'000'000 + file.st_ctim.tv_nsec, file.st_size};
}

}  // namespace worker
