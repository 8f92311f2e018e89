#include "worker/receive/address.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "common/printable.h"
#include "common/redact.h"
#include "worker/av/av_devices.h"

extern "C" {
#include <libavformat/avformat.h>
}

namespace worker {
namespace {

using common::InputSettings;
using common::Result;

// What the url itself may begin with.
constexpr std::array<std::string_view, 16> schemes = {"http",  "https",  "rtsp", "rtsps", "rtmp", "rtmps",
                                                      "rtmpt", "rtmpts", "srt",  "udp",   "rtp",  "srtp",
                                                      "tcp",   "tls",    "rist", "mmsh"};
// What it and all that it names may be made of. Not in it: file, pipe, fd, unix, concat, subfile, async,
// cache, data, sftp, ipfs.
constexpr const char* url_protocols =
    "http,https,httpproxy,tls,tcp,udp,udplite,rtp,srtp,rtmp,rtmps,rtmpt,rtmpts,rtmpe,rtmpte,ffrtmphttp,"
    "ffrtmpcrypt,srt,rist,mmsh,crypto";
constexpr const char* file_protocols = "file,crypto";
// Long enough for a stream whose sound comes later than its picture, short enough to switch to.
constexpr const char* analyze_time_us = "2000000";
constexpr std::size_t shown_bytes_max = 200;

std::string scheme_of(const std::string& url) {
  const std::size_t end = url.find(':');
  return end == std::string::npos ? std::string() : url.substr(0, end);
}

Result<std::string> target_of(const InputSettings& input) {
  if (input.type == "file") {
    if (input.path.empty()) return common::error("input: \"path\" is missing");
    return "file:" + input.path;
  }
  if (input.type == "device") {
    if (input.device.empty()) return common::error("input: \"device\" is missing");
    return input.device;
  }
  if (input.type != "url")
    return common::error("input: there is no type \"" + common::printable(input.type, 32) +
                         "\"; one of x11, pattern, slate, url, file, device");
  if (input.url.empty()) return common::error("input: \"url\" is missing");
  if (std::find(schemes.begin(), schemes.end(), scheme_of(input.url)) != schemes.end()) return input.url;
  return common::error(
      "input: " + shown_address(input) +
      ": a url begins with one of http, https, rtsp, rtsps, rtmp, rtmps, srt, udp, rtp, tcp, "
      "rist; a file of this machine is an input of type file");
}

Result<const AVInputFormat*> format_of(const InputSettings& input) {
  const bool device = input.type == "device";
  if (device && input.format.empty())
    return common::error("input: \"format\" is missing, for example \"v4l2\"");
  if (input.format.empty()) return nullptr;
  if (const auto devices = device ? load_devices() : Result<void>(); !devices)
    return common::error("input: " + devices.error().reason);
  const AVInputFormat* format = av_find_input_format(input.format.c_str());
  if (format != nullptr) return format;
  return common::error("input: libav knows no format \"" + common::printable(input.format, 32) + "\"" +
                       (device ? "; for example \"v4l2\"" : "; leave \"format\" out and it finds out"));
}

}  // namespace

std::string shown_address(const InputSettings& input) {
  const std::string& address =
      input.type == "url" ? input.url : (input.type == "file" ? input.path : input.device);
  const std::string shown = common::outside_text(address, shown_bytes_max);
  return shown.empty() ? input.type : shown;
}

Result<Address> address_of(const InputSettings& input) {
  Address address;
  auto target = target_of(input);
  if (!target) return target.error();
  address.target = std::move(*target);
  address.shown = shown_address(input);
  const auto format = format_of(input);
  if (!format) return format.error();
  address.format = *format;
  address.file = input.type == "file";
  address.loop = address.file && input.loop;
  // Given up by the supervisor after this time, so there is no use in trying longer.
  if (input.timeout > 0)
    address.open_time =
        std::clamp(std::chrono::milliseconds(static_cast<std::int64_t>(input.timeout * 1000)),
                   std::chrono::milliseconds(open_time_min), std::chrono::milliseconds(open_time_max));
  if (input.type != "device") {
    address.options.emplace_back("protocol_whitelist", address.file ? file_protocols : url_protocols);
    address.options.emplace_back("analyzeduration", analyze_time_us);
  }
  // Through firewalls and without loss, where the server can; UDP if it cannot.
  if (scheme_of(input.url).starts_with("rtsp") && !input.options.contains("rtsp_transport") &&
      !input.options.contains("rtsp_flags"))
    address.options.emplace_back("rtsp_flags", "prefer_tcp");
  for (const auto& [key, value] : input.options) {
    if (key == "protocol_whitelist" || key == "protocol_blacklist")
      return common::error("input: options: \"" + key + "\" cannot be set; take it out");
    address.options.emplace_back(key, value);
  }
  return address;
}

}  // namespace worker
