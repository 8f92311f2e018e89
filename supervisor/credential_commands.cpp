#include "supervisor/credential_commands.h"

#include <sysexits.h>
#include <termios.h>
#include <unistd.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "common/atomic_file.h"
#include "supervisor/credentials/credentials.h"

namespace supervisor {
namespace {

constexpr std::size_t token_file_bytes_max = 4096;

// While it lives the terminal does not show what is typed.
class HiddenTyping {
 public:
  HiddenTyping() : is_terminal_(::tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (!is_terminal_) return;
    termios hidden = before_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
  }
  ~HiddenTyping() {
    if (is_terminal_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  HiddenTyping(const HiddenTyping&) = delete;
  HiddenTyping& operator=(const HiddenTyping&) = delete;

 private:
  termios before_{};
  bool is_terminal_;
};

std::string without_line_end(std::string line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.pop_back();
  return line;
}

std::optional<std::string> read_line(const char* prompt) {
  const bool is_terminal = ::isatty(STDIN_FILENO) == 1;
  if (is_terminal) std::cerr << prompt << std::flush;
  std::string line;
  const HiddenTyping hidden;
  const bool is_read = bool(std::getline(std::cin, line));
  if (is_terminal) std::cerr << '\n';
  return is_read ? std::optional(without_line_end(std::move(line))) : std::nullopt;
}

// Twice on a terminal, where nobody sees what is typed.
common::Result<std::string> read_password() {
  const auto password = read_line("Password: ");
  if (!password)
    return common::error("no password: type one, or give it in the first line of standard input");
  if (::isatty(STDIN_FILENO) == 1 && read_line("Again: ") != password)
    return common::error("the two passwords are not the same; nothing was made");
  return *password;
}

int refuse(int code, const std::string& reason) {
  std::cerr << reason << '\n';
  return code;
}

std::string entry(const CredentialCommand& command, const char* key, const std::string& hash) {
  return nlohmann::ordered_json{{"name", command.name}, {"role", command.role}, {key, hash}}.dump();
}

int make_password(const CredentialCommand& command) {
  const auto password = read_password();
  if (!password) return refuse(EX_IOERR, password.error().reason);
  const auto hash = hash_password(*password);
  if (!hash)
    return refuse(password->size() < password_bytes_min || password->size() > password_bytes_max
                      ? EX_USAGE
                      : EX_SOFTWARE,
                  hash.error().reason);
  std::cout << entry(command, "password_hash", *hash) << '\n';
  std::cerr << "Put this entry into the list server.auth.users of the configuration, then reload.\n";
  return 0;
}

int make_token_entry(const CredentialCommand& command) {
  const std::string token = make_token();
  std::cout << token << '\n' << entry(command, "token_hash", hash_token(token)) << '\n';
  std::cerr << "The first line is the token: keep it, it is stored nowhere. Put the entry into the list\n"
               "server.auth.tokens of the configuration, then reload.\n";
  return 0;
}

}  // namespace

int run_credentials(const CredentialCommand& command) {
  if (!is_account_name(command.name))
    return refuse(EX_USAGE, "a name is 1 to " + std::to_string(account_name_bytes_max) +
                                " of A-Z, a-z, 0-9, and . _ @ -");
  return command.kind == CredentialCommand::Kind::Token ? make_token_entry(command) : make_password(command);
}

common::Result<std::string> read_token_file(const std::string& path) {
  const auto text = common::read_file(path, token_file_bytes_max);
  if (!text) return text.error();
  std::string token = without_line_end(text->substr(0, text->find('\n')));
  if (token.empty()) return common::error(path + " has no token in its first line");
  return token;
}

}  // namespace supervisor
