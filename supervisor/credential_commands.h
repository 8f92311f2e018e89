// The commands that make credentials: a password hash or a token, as entries for server.auth. They talk to no
// service and write no file. Blocking: for the command line only.
#pragma once

#include <string>

#include "common/result.h"

namespace supervisor {

struct CredentialCommand {
  enum class Kind { Password, Token };
  Kind kind = Kind::Password;
  std::string name;
  std::string role = "viewer";
};

// Prints the entry; 0, 64 when the name or the password is not allowed, 74 when nothing can be read.
int run_credentials(const CredentialCommand& command);

// The first line of a file, as --token-file takes it; the error says what is wrong with the file.
common::Result<std::string> read_token_file(const std::string& path);

}  // namespace supervisor
