// One XCB connection to an X server. XCB, because it never ends the process: a lost server is an error code
// here. Opening blocks as long as the server does (a stopped one: for ever), so it happens on a capture
// thread only.
//
// Errors say which of three things is wrong and what to do: "display_lost: " nobody listens there or the
// server refuses for another reason; "display_auth: " the cookie is missing, wrong or unreadable.
#pragma once

#include <xcb/xcb.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "common/result.h"

namespace worker {

// Replies, events and errors of XCB are malloc'ed.
struct FreeMemory {
  void operator()(void* memory) const { std::free(memory); }
};
template <typename T>
using XcbOwned = std::unique_ptr<T, FreeMemory>;

// Of an event, whether the server made it or another client sent it (X11 protocol, chapter 11: the highest
// bit).
inline int type_of(const xcb_generic_event_t& event) {
  return event.response_type & 0x7f;
}
// For grabs: a partial mask takes a slow path in the server.
inline constexpr std::uint32_t all_planes = ~0u;

// "" is $DISPLAY; what remains empty is no display.
std::string display_name(const std::string& display);

class XConnection {
 public:
  static common::Result<XConnection> open(const std::string& display, const std::string& xauthority);

  xcb_connection_t* get() const { return connection_.get(); }
  const xcb_screen_t& screen() const { return *screen_; }
  const std::string& name() const { return name_; }
  bool is_lost() const { return xcb_connection_has_error(connection_.get()) != 0; }
  // A round trip: proves that the server lives. Blocks on it.
  bool answers() const;
  // "display_lost: ..." in the words for a connection that was good before.
  common::Error lost_error() const;
  bool has_extension(const char* extension) const;

 private:
  struct Disconnect {
    void operator()(xcb_connection_t* connection) const { xcb_disconnect(connection); }
  };
  XConnection() = default;
  std::string name_;
  std::unique_ptr<xcb_connection_t, Disconnect> connection_;
  const xcb_screen_t* screen_ = nullptr;
};

}  // namespace worker
