#include "supervisor/http/request_reader.h"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

namespace supervisor {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using Step = RequestReader::Step;

// Chunk sizes, extensions and trailers count too: a body may take this many times its limit on the wire.
constexpr std::size_t body_wire_factor = 4;

Step bad(int status, std::string detail) {
  return {.kind = Step::Kind::Bad, .consumed = 0, .status = status, .detail = std::move(detail)};
}

bool has_folded_line(std::string_view head) {
  return head.find("\n ") != std::string_view::npos || head.find("\n\t") != std::string_view::npos;
}

// A line of the head is a field, but for the first and the empty last one.
std::size_t count_fields(std::string_view head) {
  return static_cast<std::size_t>(std::count(head.begin(), head.end(), '\n')) - 2;
}

std::size_t leading_line_breaks(std::string_view bytes) {
  std::size_t at = 0;
  while (at + 2 <= bytes.size() && bytes[at] == '\r' && bytes[at + 1] == '\n') at += 2;
  return at;
}

std::string_view target_of(std::string_view head) {
  const std::string_view line = head.substr(0, head.find("\r\n"));
  const std::size_t begin = line.find(' ');
  if (begin == std::string_view::npos) return {};
  return line.substr(begin + 1, line.find(' ', begin + 1) - begin - 1);
}

bool starts_like_a_request(std::string_view bytes) {
  const char first = bytes.front();
  return (first >= 'A' && first <= 'Z') || (first >= 'a' && first <= 'z') || first == '\r';
}

Step refuse_size(std::string_view head, const RequestLimits& limits) {
  const bool in_request_line = head.find("\r\n") == std::string_view::npos;
  if (in_request_line || target_of(head).size() > limits.target_bytes)
    return bad(414, "The address is longer than " + std::to_string(limits.target_bytes) + " bytes.");
  return bad(431, "The header is longer than " + std::to_string(limits.header_bytes) + " bytes.");
}

Step refuse_parse(beast::error_code failed) {
  if (failed == http::error::body_limit) return bad(413, "The body is too large.");
  if (failed == http::error::bad_version) return bad(505, "Only HTTP/1.0 and HTTP/1.1 are spoken here.");
  return bad(400, "The request is not valid HTTP/1.1: " + failed.message() + ".");
}

}  // namespace

class RequestReader::Parser : public http::basic_parser<true> {
 public:
  explicit Parser(HttpRequest& request) : request_(request) { eager(true); }

 private:
  void on_request_impl(http::verb, beast::string_view method, beast::string_view target, int version,
                       beast::error_code&) override {
    request_.method.assign(method.data(), method.size());
    request_.target.assign(target.data(), target.size());
    request_.http11 = version >= 11;
  }

  void on_field_impl(http::field name, beast::string_view text, beast::string_view value,
                     beast::error_code& failed) override {
    if (head_done_) return;  // trailers are read and dropped
    if (name == http::field::content_length) check_framing(++lengths_ == 1, failed);
    if (name == http::field::transfer_encoding)
      check_framing(request_.http11 && beast::iequals(value, "chunked"), failed);
    if (name == http::field::host) ++request_.host_fields;
    if (name == http::field::expect) request_.expects_continue = beast::iequals(value, "100-continue");
    if (std::string* field = field_of(name)) field->assign(value.data(), value.size());
    if (beast::iequals(text, "Last-Event-ID")) request_.last_event_id.assign(value.data(), value.size());
  }

  void check_framing(bool good, beast::error_code& failed) {
    if (!good) failed = http::error::bad_transfer_encoding;
  }

  std::string* field_of(http::field name) {
    switch (name) {
      case http::field::host:
        return &request_.host;
      case http::field::origin:
        return &request_.origin;
      case http::field::content_type:
        return &request_.content_type;
      case http::field::range:
        return &request_.range;
      case http::field::if_range:
        return &request_.if_range;
      case http::field::if_none_match:
        return &request_.if_none_match;
      case http::field::if_match:
        return &request_.if_match;
      case http::field::authorization:
        return &request_.authorization;
      case http::field::cookie:
        return &request_.cookie;
      case http::field::accept:
        return &request_.accept;
      case http::field::accept_encoding:
        return &request_.accept_encoding;
      case http::field::sec_fetch_site:
        return &request_.sec_fetch_site;
      case http::field::user_agent:
        return &request_.user_agent;
      default:
        return nullptr;
    }
  }

  void on_header_impl(beast::error_code&) override {
    head_done_ = true;
    request_.keep_alive = keep_alive();
    request_.has_body = chunked() || content_length().value_or(0) > 0;
  }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, beast::error_code&) override {}
  std::size_t on_body_impl(beast::string_view bytes, beast::error_code&) override {
    request_.body.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view bytes, beast::error_code&) override {
    request_.body.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_finish_impl(beast::error_code&) override {}
  void on_response_impl(int, beast::string_view, int, beast::error_code&) override {}

  HttpRequest& request_;
  bool head_done_ = false;
  int lengths_ = 0;
};

RequestReader::RequestReader(RequestLimits limits) : limits_(limits) {}
RequestReader::~RequestReader() = default;

bool RequestReader::in_body() const {
  return parser_ != nullptr;
}

void RequestReader::next() {
  parser_.reset();
  request_.clear();
  body_wire_bytes_ = searched_ = 0;
}

Step RequestReader::read(std::string_view available) {
  if (parser_) return read_body(available, 0);
  const std::size_t skipped = leading_line_breaks(available);
  if (skipped > 0) searched_ = 0;
  available.remove_prefix(skipped);
  Step step = read_head(available);
  step.consumed += skipped;
  return step;
}

Step RequestReader::read_head(std::string_view available) {
  if (available.empty()) return {};
  if (!starts_like_a_request(available)) return bad(400, "This is not HTTP.");
  const std::size_t end = available.find("\r\n\r\n", searched_ < 3 ? 0 : searched_ - 3);
  if (end == std::string_view::npos) {
    searched_ = available.size();
    return available.size() >= limits_.header_bytes ? refuse_size(available, limits_) : Step{};
  }
  const std::string_view head = available.substr(0, end + 4);
  if (head.size() > limits_.header_bytes || target_of(head).size() > limits_.target_bytes)
    return refuse_size(head, limits_);
  if (has_folded_line(head)) return bad(400, "Folded header lines are not allowed (RFC 9112 5.2).");
  if (count_fields(head) > limits_.header_fields) return bad(431, "The header has too many fields.");

  parser_ = std::make_unique<Parser>(request_);
  parser_->header_limit(static_cast<std::uint32_t>(head.size() + 1));
  parser_->body_limit(limits_.body_bytes);
  beast::error_code failed;
  parser_->put(boost::asio::buffer(head.data(), head.size()), failed);
  if (failed && failed != http::error::need_more) return refuse_parse(failed);
  if (!parser_->is_header_done()) return bad(400, "The request is not valid HTTP/1.1.");
  return read_body(available.substr(head.size()), head.size());
}

Step RequestReader::read_body(std::string_view available, std::size_t consumed) {
  while (!parser_->is_done() && !available.empty()) {
    beast::error_code failed;
    const std::size_t used = parser_->put(boost::asio::buffer(available.data(), available.size()), failed);
    consumed += used;
    body_wire_bytes_ += used;
    available.remove_prefix(used);
    if (failed && failed != http::error::need_more) return refuse_parse(failed);
    if (body_wire_bytes_ > body_wire_factor * limits_.body_bytes) return bad(413, "The body is too large.");
    if (failed == http::error::need_more) break;
  }
  if (parser_->is_done()) {
    parser_.reset();
    return {.kind = Step::Kind::Complete, .consumed = consumed, .status = 0, .detail = {}};
  }
  // What Beast cannot take in pieces is a line of the chunked coding.
  if (available.size() >= limits_.header_bytes) return bad(400, "A chunk header or trailer is too long.");
  return {.kind = Step::Kind::NeedMore, .consumed = consumed, .status = 0, .detail = {}};
}

}  // namespace supervisor
