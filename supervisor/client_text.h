// What the command line prints of the API's answers: short tables for people. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace supervisor {

// Of the answer to a drill (report/drill_watch.h).
std::string drill_table(const std::string& stream, const nlohmann::json& report);

// Of a list of incidents as GET /api/streams/{stream}/incidents lists them; newest first over all streams.
std::string incident_table(nlohmann::json incidents);

}  // namespace supervisor
