// What the command line prints of the API's answers: short tables for people. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace supervisor {

// Of the answer to a drill (report/drill_watch.h).
std::string drill_table(const std::string& stream, const nlohmann::json& report);

// Of a list of incidents as GET /api/streams/{stream}/incidents lists them; newest first over all streams.
std::string incident_table(nlohmann::json incidents);

// Of GET /api/status: a row for each stream, or for `stream` alone; and what of the service needs attention.
std::string status_table(const nlohmann::json& status, const std::string& stream);
std::string stream_names(const nlohmann::json& status, const std::string& between);
bool has_stream(const nlohmann::json& status, const std::string& name);

// "2026-03-01T12:00:00.000Z  warn   desktop/12  the text", of one entry of GET /api/logs; safe to print.
std::string log_line(const nlohmann::json& entry);

// 4 s, 12 min, 3 h 05 min, 2 d 4 h
std::string duration_text(double seconds);

}  // namespace supervisor
