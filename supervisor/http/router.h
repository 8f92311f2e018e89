// Which route a request means: one table of method, path pattern and purpose, walked by tests and by the API
// description. Pure; says what a route needs, but decides nothing about rights (guard.h, auth.h), and knows
// no stream (answer.h). HEAD is allowed wherever GET is; OPTIONS everywhere; TRACE and CONNECT nowhere (405).
// Unknown methods: 501.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "supervisor/http/target.h"

namespace supervisor {

enum class RouteId {
  Asset,
  Playlist,
  Media,
  Health,
  HealthDetailed,
  Status,
  Events,
  Logs,
  LogStream,
  Monitors,
  Encoders,
  Start,
  Stop,
  Restart,
  StartStream,
  StopStream,
  RestartStream,
  PauseStream,
  ResumeStream,
  SwitchInput,
  EditInputs,
  Cleanup,
  Incidents,
  Incident,
  PictureOfIncident,
  Snapshot,
  Drill,
  ReadConfig,
  WriteConfig,
  ReloadConfig,
  Login,
  Logout,
  Session,
  Alerts,
  TestAlerts,
  Metrics,
  Liveness,
  Readiness,
  History,
  OpenApi,
};

enum class RouteKind { Page, Media, Api };  // decides the headers of the answer

// The credentials that a route needs once there are any (auth.h). OperatorOfConfig: operator; and without
// credentials, a request from this machine.
enum class Needs { Nothing, Media, Viewer, Operator, OperatorOfConfig };

struct RouteRow {
  RouteId id;
  std::string_view method;   // GET, POST, PUT, ...
  std::string_view pattern;  // "/hls/{stream}/{name}"; "{path...}" takes the rest
  RouteKind kind;
  std::string_view summary;                    // for people and for the API description
  std::string_view type = "application/json";  // of a good answer
};

std::span<const RouteRow> route_table();

// By a rule, so that a new row is never open by mistake: media needs Media, another GET Viewer, everything
// else Operator. Open are only the files of the dashboard, the liveness, and what logging in takes.
Needs needs_of(const RouteRow& row);

struct Route {
  RouteId id = RouteId::Asset;
  RouteKind kind = RouteKind::Page;
  Needs needs = Needs::Operator;
  std::string_view type = {};  // of a good answer
  bool changes_state = false;  // POST and the like: guarded against other sites
  std::string stream;          // {stream}: always a valid stream name
  std::string name;            // {name} or {path...}
};

struct RouteVerdict {
  enum class Kind { Found, NotFound, MethodNotAllowed, Options, NotImplemented };
  Kind kind = Kind::NotFound;
  Route route;        // Found; of the others only `kind`
  std::string allow;  // MethodNotAllowed and Options: the value of Allow
};

RouteVerdict find_route(std::string_view method, const Target& target);

// The stream whose media is asked for, when method and target (both as sent) say so as they stand: GET or
// HEAD and /hls/NAME/...; else empty.
std::string_view stream_of_media(std::string_view method, std::string_view target);

// [a-z0-9_-]{1,32}
bool is_stream_name(std::string_view name);

}  // namespace supervisor
