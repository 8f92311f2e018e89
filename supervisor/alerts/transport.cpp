#include "supervisor/alerts/transport.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "common/atomic_file.h"
#include "common/redact.h"
#include "common/version.h"
#include "supervisor/alerts/address_policy.h"
#include "supervisor/alerts/curl_library.h"
#include "supervisor/alerts/encoding.h"

namespace supervisor {
namespace {

using Handle = std::unique_ptr<CURL, void (*)(CURL*)>;
using List = std::unique_ptr<curl_slist, void (*)(curl_slist*)>;

// Only called when it is there: carry_out() looks first.
const CurlLibrary& lib() {
  return *curl_library();
}

constexpr std::size_t words_bytes_max = 200;

// What the callbacks see.
struct Exchange {
  bool allow_private = true;
  std::string refused_address;
  std::string reply;
  std::string upload;
  std::size_t uploaded = 0;
  std::array<char, CURL_ERROR_SIZE> words{};
};

void append(List& list, const std::string& text) {
  if (curl_slist* longer = lib().slist_append(list.get(), text.c_str())) {
    (void)list.release();
    list.reset(longer);
  }
}

// Only its begin is of interest; a sender without end is cut off.
std::size_t take_reply(char* bytes, std::size_t, std::size_t count, void* given) {
  Exchange& exchange = *static_cast<Exchange*>(given);
  const std::size_t room = reply_bytes_max - exchange.reply.size();
  exchange.reply.append(bytes, std::min(count, room));
  return count <= room ? count : 0;
}

std::size_t give_upload(char* place, std::size_t, std::size_t room, void* given) {
  Exchange& exchange = *static_cast<Exchange*>(given);
  const std::size_t count = std::min(room, exchange.upload.size() - exchange.uploaded);
  std::memcpy(place, exchange.upload.data() + exchange.uploaded, count);
  exchange.uploaded += count;
  return count;
}

curl_socket_t open_socket(void* given, curlsocktype, curl_sockaddr* address) {
  Exchange& exchange = *static_cast<Exchange*>(given);
  if (!exchange.allow_private && is_private_address(&address->addr, address->addrlen)) {
    exchange.refused_address = address_text(&address->addr, address->addrlen);
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

void set_common(CURL* curl, Exchange& exchange, const DeliveryJob& job, const std::string& ca_file) {
  lib().easy_setopt(curl, CURLOPT_ERRORBUFFER, exchange.words.data());
  lib().easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  lib().easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, static_cast<long>(job.stage.count()));
  lib().easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, static_cast<long>(job.stage.count()));
  lib().easy_setopt(curl, CURLOPT_TIMEOUT, static_cast<long>(job.total.count()));
  lib().easy_setopt(curl, CURLOPT_PROXY, "");
  lib().easy_setopt(curl, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  lib().easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  lib().easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
  lib().easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!ca_file.empty()) {
    lib().easy_setopt(curl, CURLOPT_CAINFO, ca_file.c_str());
    lib().easy_setopt(curl, CURLOPT_CAPATH, nullptr);
  }
  lib().easy_setopt(curl, CURLOPT_WRITEFUNCTION, &take_reply);
  lib().easy_setopt(curl, CURLOPT_WRITEDATA, &exchange);
  lib().easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, &open_socket);
  lib().easy_setopt(curl, CURLOPT_OPENSOCKETDATA, &exchange);
}

long status_of(CURL* curl) {
  long status = 0;
  lib().easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  return status;
}

// curl's own words name at most the host.
std::string words_of(CURLcode code, const Exchange& exchange) {
  if (!exchange.refused_address.empty()) {
    return exchange.refused_address +
           " is an address of this machine or of a private network; set allow_private to allow it";
  }
  const std::string_view words(exchange.words.data());
  return common::outside_text(words.empty() ? lib().easy_strerror(code) : words, words_bytes_max);
}

Delivery judge_mail(CURLcode code, long status, const Exchange& exchange) {
  using Kind = Delivery::Kind;
  if (code == CURLE_OK) return {};
  const std::string answered =
      status > 0 ? " (the server's last answer: " + std::to_string(status) + ")" : "";
  if (code == CURLE_USE_SSL_FAILED) {
    return {Kind::Unreachable,
            "the mail server does not offer STARTTLS, so nothing was said to it" + answered};
  }
  const std::string error = words_of(code, exchange) + answered;
  // A wrong password is the operator's to mend; the mail waits.
  if (code == CURLE_LOGIN_DENIED) return {Kind::Refused, error};
  const bool spoke = code == CURLE_SEND_ERROR || code == CURLE_WEIRD_SERVER_REPLY ||
                     code == CURLE_RECV_ERROR || code == CURLE_QUOTE_ERROR;
  if (spoke && status >= 500 && status < 600) return {Kind::GivenUp, error};
  if (spoke && status >= 400 && status < 500) return {Kind::Refused, error};
  return {Kind::Unreachable, error};
}

bool may_change(long status) {
  return status == 408 || status == 425 || status == 429 || status >= 500;
}

Delivery judge_web(CURLcode code, CURL* curl, const Exchange& exchange) {
  using Kind = Delivery::Kind;
  const long status = status_of(curl);
  // The answer counts, not what is said after it: a reply without end, or one that trickles.
  const bool answered =
      status >= 200 && (code == CURLE_OK || code == CURLE_WRITE_ERROR || code == CURLE_OPERATION_TIMEDOUT ||
                        code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR);
  if (!answered) return {Kind::Unreachable, words_of(code, exchange)};
  if (status < 300) return {};
  std::string error = "the receiver answered " + std::to_string(status);
  if (status < 400)
    return {Kind::GivenUp, error + ": a redirect, which is not followed; name the final address"};
  if (!exchange.reply.empty()) error += ": " + common::outside_text(exchange.reply, words_bytes_max);
  if (!may_change(status)) return {Kind::GivenUp, error};
  Delivery delivery{Kind::Refused, error};
  curl_off_t retry_after = 0;
  lib().easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry_after);
  if (retry_after > 0) delivery.retry_after = std::chrono::seconds(std::min<curl_off_t>(retry_after, 86'400));
  return delivery;
}

Delivery mail(const MailJob& job, const DeliveryJob& whole) {
  Exchange exchange;  // outlives the handle, whose end may still say good-bye to the server
  const Handle handle(lib().easy_init(), lib().easy_cleanup);
  CURL* curl = handle.get();
  if (!curl) return {Delivery::Kind::Unreachable, "out of memory"};
  exchange.upload = job.message;
  set_common(curl, exchange, whole, job.ca_file);
  const bool tls_at_once = job.use_tls && job.port == 465;
  const bool literal6 = job.server.find(':') != std::string::npos;
  const std::string host = literal6 ? "[" + job.server + "]" : job.server;
  const std::string url =
      std::string(tls_at_once ? "smtps://" : "smtp://") + host + ":" + std::to_string(job.port);
  lib().easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  lib().easy_setopt(curl, CURLOPT_URL, url.c_str());
  lib().easy_setopt(curl, CURLOPT_USE_SSL, static_cast<long>(job.use_tls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
  if (!job.username.empty()) {
    lib().easy_setopt(curl, CURLOPT_USERNAME, job.username.c_str());
    lib().easy_setopt(curl, CURLOPT_PASSWORD, job.password.c_str());
  }
  const std::string from = "<" + job.from + ">";
  lib().easy_setopt(curl, CURLOPT_MAIL_FROM, from.c_str());
  List receivers(nullptr, lib().slist_free_all);
  for (const std::string& address : job.to) append(receivers, "<" + address + ">");
  lib().easy_setopt(curl, CURLOPT_MAIL_RCPT, receivers.get());
  // One bad receiver must not cost the others their mail.
  lib().easy_setopt(curl, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
  lib().easy_setopt(curl, CURLOPT_UPLOAD, 1L);
  lib().easy_setopt(curl, CURLOPT_READFUNCTION, &give_upload);
  lib().easy_setopt(curl, CURLOPT_READDATA, &exchange);
  const CURLcode code = lib().easy_perform(curl);
  return judge_mail(code, status_of(curl), exchange);
}

Delivery request(const WebJob& job, const DeliveryJob& whole) {
  Exchange exchange;  // outlives the handle, whose end may still say good-bye to the server
  const Handle handle(lib().easy_init(), lib().easy_cleanup);
  CURL* curl = handle.get();
  if (!curl) return {Delivery::Kind::Unreachable, "out of memory"};
  exchange.allow_private = job.allow_private;
  set_common(curl, exchange, whole, job.ca_file);
  lib().easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  lib().easy_setopt(curl, CURLOPT_URL, job.url.c_str());
  lib().easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  lib().easy_setopt(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  const std::string agent = std::string("desktop-streamer/") + common::version;
  lib().easy_setopt(curl, CURLOPT_USERAGENT, agent.c_str());
  List headers(nullptr, lib().slist_free_all);
  for (const auto& [name, value] : job.headers) append(headers, name + ": " + value);
  if (!job.signing_key.empty()) {
    append(headers, "X-Streamer-Signature: " + webhook_signature(job.signing_key, job.signed_at, job.body));
  }
  append(headers, "Expect:");
  lib().easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  if (job.get) {
    lib().easy_setopt(curl, CURLOPT_HTTPGET, 1L);
  } else {
    lib().easy_setopt(curl, CURLOPT_POST, 1L);
    lib().easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(job.body.size()));
    lib().easy_setopt(curl, CURLOPT_POSTFIELDS, job.body.c_str());
  }
  const CURLcode code = lib().easy_perform(curl);
  return judge_web(code, curl, exchange);
}

}  // namespace

Delivery carry_out(const DeliveryJob& job) {
  if (!curl_library()) return {Delivery::Kind::Unreachable, curl_library().error().reason};
  if (const auto* sent = std::get_if<MailJob>(&job.what)) return mail(*sent, job);
  return request(std::get<WebJob>(job.what), job);
}

int run_delivery(int config_fd) {
  ::prctl(PR_SET_NAME, "alert-delivery");  // as ps tells it
  const auto bytes = common::read_file("/proc/self/fd/" + std::to_string(config_fd), job_bytes_max);
  const auto job = bytes ? parse_job(*bytes) : common::Result<DeliveryJob>(bytes.error());
  if (!job) {
    const std::string reason = job.error().reason + "\n";
    [[maybe_unused]] const auto told = ::write(STDERR_FILENO, reason.data(), reason.size());
    return EX_USAGE;
  }
  const std::string answer = format_delivery(carry_out(*job));
  const auto written = ::write(STDOUT_FILENO, answer.data(), answer.size());  // less than a pipe holds
  return written == static_cast<ssize_t>(answer.size()) ? 0 : EX_IOERR;
}

}  // namespace supervisor
