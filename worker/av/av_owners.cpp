#include "worker/av/av_owners.h"

#include <array>

extern "C" {
#include <libavutil/error.h>
}

namespace worker {

std::string AvOptions::unknown() const {
  const AVDictionaryEntry* entry = av_dict_get(dictionary_, "", nullptr, AV_DICT_IGNORE_SUFFIX);
  return entry == nullptr ? std::string() : std::string(entry->key) + "=" + entry->value;
}

common::Error av_error(const std::string& what, int code) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(code, text.data(), text.size());
  return common::Error(what + ": " + text.data(), code < 0 && code > -4096 ? -code : 0);
}

}  // namespace worker
