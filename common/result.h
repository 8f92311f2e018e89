// Errors are values with a reason: every function that can fail for a cause outside the program returns
// Result<T>. Exceptions are left to start-up and to libraries, and never cross an event-loop handler.
#pragma once

#include <boost/system/result.hpp>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>

namespace common {

// Why something failed, in words an operator understands; errno where a system call said so, else 0.
struct Error {
  // Two arguments, always: an Error that could be made of a string alone would make Result<std::string>
  // ambiguous.
  Error(std::string why, int number) : reason(std::move(why)), system_errno(number) {}
  Error() = default;  // what boost::system::result answers when asked for the error of a success
  std::string reason;
  int system_errno = 0;
};

template <typename T>
using Result = boost::system::result<T, Error>;

// Found by boost::system::result when value() is called on an error: a bug in the caller.
[[noreturn]] inline void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw std::runtime_error(error.reason);
}

inline Error error(std::string reason) {
  return Error(std::move(reason), 0);
}

// "what: No such file or directory"; errno is taken at the call.
inline Error errno_error(const std::string& what, int number) {
  return Error(what + ": " + std::strerror(number), number);
}

}  // namespace common
