#include "supervisor/http/auth_ticket.h"

#include <charconv>

#include "supervisor/credentials/credentials.h"
#include "supervisor/credentials/encoding.h"

namespace supervisor {
namespace {

constexpr std::size_t id_digits = 32;

std::string body_of(const SessionTicket& ticket) {
  return ticket.id + "|" + std::to_string(ticket.ends_at_unix) + "|" + ticket.name;
}

// The proof has a length of its own, so that no two pairs of body and proof are signed alike.
std::string signature_of(std::string_view body, std::string_view key, std::string_view account_proof) {
  return hmac_sha256(hmac_sha256(key, account_proof), body);
}

std::optional<std::string> body_in(std::string_view text) {
  if (text.size() > ticket_bytes_max) return std::nullopt;
  return from_base64(text.substr(0, text.find('.')), Base64::Url);
}

}  // namespace

std::string sign_ticket(const SessionTicket& ticket, std::string_view key, std::string_view account_proof) {
  const std::string body = body_of(ticket);
  return to_base64(body, Base64::Url) + "." + to_base64(signature_of(body, key, account_proof), Base64::Url);
}

std::optional<SessionTicket> read_ticket(std::string_view text) {
  const auto body = body_in(text);
  if (!body) return std::nullopt;
  const std::size_t first = body->find('|');
  const std::size_t second = first == std::string::npos ? first : body->find('|', first + 1);
  if (first != id_digits || second == std::string::npos) return std::nullopt;
  SessionTicket ticket;
  ticket.id = body->substr(0, first);
  const char* end = body->data() + second;
  const auto [stop, failed] = std::from_chars(body->data() + first + 1, end, ticket.ends_at_unix);
  if (failed != std::errc() || stop != end) return std::nullopt;
  ticket.name = body->substr(second + 1);
  if (!from_hex(ticket.id) || !is_account_name(ticket.name)) return std::nullopt;
  return ticket;
}

bool is_ticket_good(std::string_view text, std::string_view key, std::string_view account_proof,
                    std::int64_t now_unix) {
  const auto ticket = read_ticket(text);
  const std::size_t dot = text.find('.');
  if (!ticket || dot == std::string_view::npos) return false;
  const auto signature = from_base64(text.substr(dot + 1), Base64::Url);
  if (!signature) return false;
  return is_equal_in_constant_time(*signature, signature_of(body_of(*ticket), key, account_proof)) &&
         now_unix < ticket->ends_at_unix;
}

}  // namespace supervisor
