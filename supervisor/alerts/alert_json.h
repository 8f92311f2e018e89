// Alerts as JSON: the answers of the API, the events, what goes on after a restart of the service, and the
// queue of a sink. Pure. Whatever a text is, the parsers answer with a value or with why not; what they read
// is bounded.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/result.h"
#include "supervisor/alerts/alert.h"
#include "supervisor/alerts/alert_book.h"
#include "supervisor/alerts/alert_queue.h"
#include "supervisor/alerts/sink_status.h"

namespace supervisor {

// {id,rule,severity,stream,state,title,detail,opened_at,resolved_at,duration_seconds,notified,held_back}
std::string alert_json(const Alert& alert);

// {change, and the fields of the alert}
std::string alert_event_json(const AlertChange& change);

// {active,history,held_back,sinks}
std::string alerts_json(const AlertBook& book, const std::vector<SinkStatus>& sinks);

// {results:[{sink,kind,ok,took_ms,error}]}
std::string alert_test_json(const std::vector<SinkTestResult>& results);

// The body for a generic receiver: {version,event,id,sent_at,severity,host,text,alert (null for a digest or
// test),held_back,lines}
std::string notice_body_json(const AlertNotice& notice, const std::string& host, WallTime sent_at);

std::string format_saved_alerts(const SavedAlerts& saved);
common::Result<SavedAlerts> parse_saved_alerts(std::string_view text);

std::string format_queue(const SavedQueue& queue);
common::Result<SavedQueue> parse_queue(std::string_view text);

}  // namespace supervisor
