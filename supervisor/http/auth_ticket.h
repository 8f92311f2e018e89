// The value of the session cookie: name, end and identity of a session, signed. So a session outlives the
// process that made it, and nothing of it is kept but the sessions that were ended early. The signature also
// covers the password hash of the account: a new password ends its sessions. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace supervisor {

struct SessionTicket {
  std::string id;                 // 32 hexadecimal digits, random
  std::int64_t ends_at_unix = 0;  // seconds
  std::string name;               // of the account
};

inline constexpr std::size_t ticket_bytes_max = 512;

// `key`: a secret of the service. `account_proof`: the password hash of the account, as text.
std::string sign_ticket(const SessionTicket& ticket, std::string_view key, std::string_view account_proof);

// What it says, whoever wrote it: to find the account by. Nothing: it is no ticket.
std::optional<SessionTicket> read_ticket(std::string_view text);
// It was signed with this key for this account, and has not ended.
bool is_ticket_good(std::string_view text, std::string_view key, std::string_view account_proof,
                    std::int64_t now_unix);

}  // namespace supervisor
