// How often an address may try a password: the first attempts are free, each further one waits twice as long
// as the one before it. Success forgives. Addresses are kept for a while and in a bounded number; the longest
// silent one is forgotten first. Pure: time is an argument.
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "common/time_grid.h"

namespace supervisor {

struct LoginLimitSettings {
  int free_attempts = 5;
  std::chrono::milliseconds delay{1000};       // before the attempt after the free ones
  std::chrono::milliseconds delay_max{60000};  // it doubles up to here
  friend bool operator==(const LoginLimitSettings&, const LoginLimitSettings&) = default;
};

class LoginLimit {
 public:
  static constexpr std::size_t addresses_max = 4096;
  static constexpr std::chrono::minutes forget_after{15};  // silence; never less than ten times delay_max

  explicit LoginLimit(LoginLimitSettings settings = {}) : settings_(settings) {}
  void configure(LoginLimitSettings settings) { settings_ = settings; }

  // 0: an attempt may be made now, and counts from here on. Else how long it must wait; nothing is counted.
  std::chrono::milliseconds try_now(const std::string& address, common::MonoTime now);
  // The last attempt of this address was right.
  void forgive(const std::string& address);
  // The last attempt was not made after all.
  void take_back(const std::string& address);
  std::size_t addresses() const { return entries_.size(); }

 private:
  struct Entry {
    int attempts = 0;
    common::MonoTime last{};
  };
  std::chrono::milliseconds wait_after(int attempts) const;
  void make_room();

  LoginLimitSettings settings_;
  std::map<std::string, Entry> entries_;
};

// What counts as one address: an IPv4 address, or the /64 of an IPv6 address, which is what one visitor has.
std::string login_address(const std::string& peer);

}  // namespace supervisor
