// What a request gets: a reply now, a place among those who wait for media, or an event stream. Checks in
// this order: shape of the request, host, route and method, other sites, credentials, then the service that
// knows.
// Event-loop thread; no I/O, no clock. A service that throws makes a 500, never an exception here.
#pragma once

#include <chrono>
#include <string>
#include <variant>

#include "supervisor/http/head_memo.h"
#include "supervisor/http/reply.h"
#include "supervisor/http/request.h"
#include "supervisor/http/services.h"

namespace supervisor {

// The request is answered after a change of `stream`, or with 503 after `timeout`.
struct MediaWait {
  LiveStream* stream = nullptr;
  std::string stream_name;
  PlaylistQuery query;  // of a playlist
  std::string name;     // of a part; empty: a playlist
  bool counts = true;   // as a viewer
  std::chrono::milliseconds timeout{0};
};

struct EventSubscription {
  EventHub* hub = nullptr;
};

// The service answers later: `start` is called once, its argument takes the reply, on the event loop.
struct LaterReply {
  std::function<void(std::function<void(Reply)>)> start;
};

// Who asks is being found out: `start` is called once, its argument when the same request can be answered.
struct AskAgain {
  std::function<void(std::function<void()> ready)> start;
};

using Answer = std::variant<Reply, MediaWait, EventSubscription, LaterReply, AskAgain>;

class Answerer {
 public:
  // `instance`: differs from process to process; part of entity tags of what changes.
  Answerer(const Services& services, std::string instance, std::chrono::milliseconds part_wait)
      : services_(services), instance_(std::move(instance)), part_wait_(part_wait) {}

  // `stream`: set to the name of the (known) stream whose media was asked for, else emptied.
  Answer answer(const HttpRequest& request, std::string& stream) const;
  // After a change: a reply, or the same wait again.
  Answer look_again(const HttpRequest& request, const MediaWait& wait) const;

  // Of an event stream that has begun: whether who asked for it may still have it.
  bool may_continue(const HttpRequest& request) const;

  static Reply timed_out();
  static Reply stream_gone();
  // Of a LaterReply.
  static Reply not_answered();
  static Reply winding_down();
  // Of an AskAgain whose second answer is one too.
  static Reply not_known_in_time();

 private:
  Answer judge(const HttpRequest& request, std::string& stream) const;
  Answer answer_route(const HttpRequest& request, const Target& target, const Route& route,
                      std::string& stream) const;
  bool is_own_probe(const HttpRequest& request) const;
  Reply for_whom_it_is(Reply reply) const;
  Answer look_up(const HttpRequest& request, const MediaWait& wait) const;
  Reply playlist_of(const HttpRequest& request, const MediaWait& wait) const;
  Reply media_of(const HttpRequest& request, const MediaWait& wait, MediaBytes bytes) const;
  Answer answer_media(const HttpRequest& request, const Target& target, const Route& route,
                      std::string& stream) const;
  Answer answer_command(std::string_view stream, CommandVerb verb) const;
  Answer answer_logs(const Target& target) const;
  Answer answer_history(const Target& target) const;
  Answer answer_incidents(const Target& target, const Route& route) const;
  Answer answer_incident_picture(const Route& route) const;
  Answer answer_snapshot(const Route& route) const;
  Answer answer_alert_test() const;
  Answer answer_drill(const HttpRequest& request, const Route& route) const;
  Answer answer_config(const HttpRequest& request, const Target& target, const Route& route) const;
  Answer answer_switch(const HttpRequest& request, const Route& route) const;
  Answer answer_login(const HttpRequest& request, const Route& route) const;
  Answer answer_cleanup(const Route& route) const;
  Answer answer_asset(const HttpRequest& request, const Route& route) const;
  Answer subscribe(const HttpRequest& request, EventHub* hub) const;

  const Services& services_;
  std::string instance_;
  std::chrono::milliseconds part_wait_;
  mutable HeadMemo heads_;
};

// "_HLS_msn=5&_HLS_part=1" and so on; the error is for the 400.
common::Result<PlaylistQuery> parse_playlist_query(const Target& target);
common::Result<LogRequest> parse_log_request(const Target& target);

}  // namespace supervisor
