// The configuration described for machines and for people, from the tables that parse it. Pure.
#pragma once

#include <string>

namespace supervisor {

std::string config_schema();     // JSON Schema, draft 2020-12
std::string config_reference();  // Markdown
std::string config_manual();     // desktop-streamer-config(5), mdoc(7)

}  // namespace supervisor
