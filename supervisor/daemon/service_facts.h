// Gathers what the rooms count, for metrics (report/service_facts.h): at each scrape, on the event loop, in
// microseconds.
#pragma once

#include "supervisor/alerts/alert_book.h"
#include "supervisor/http/server.h"
#include "supervisor/report/log_buffer.h"
#include "supervisor/report/service_facts.h"

namespace supervisor {

HttpFacts http_facts(const HttpServer& http, std::size_t event_listeners);
LogFacts log_facts(const LogBuffer& lines, std::uint64_t lost);
// One for each severity, those that nothing is open of included.
std::vector<AlertCount> alert_counts(const std::vector<Alert>& open);

}  // namespace supervisor
