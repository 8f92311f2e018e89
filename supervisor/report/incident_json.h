// Incidents and availability as JSON: the same text on disk and in the API, and what reads it back. Pure.
// What is read from disk is believed no more than a request: every size is bounded, a wrong type is an error.
#pragma once

#include <deque>
#include <string>

#include "common/result.h"
#include "supervisor/report/availability.h"
#include "supervisor/report/incident.h"

namespace supervisor {

// {id,stream,class,generation,reason,evidence,detected_at,closed_at,recovered,recovery_ms,action,
// timeline[{step,at_ms,generation,text}],steps_left_out,log[],has_picture}
std::string incident_json(const IncidentRecord& incident);
common::Result<IncidentRecord> parse_incident(const std::string& text);

// {stream,incidents:[newest first, without evidence, timeline and log],total}; `records` oldest first.
std::string incident_list_json(const std::string& stream, const std::deque<IncidentRecord>& records,
                               std::size_t limit);

// {"version":1,"saved_at_ms":...,"desired":...,"minutes":[[first,count,desired,picture,stream,failures,
// recoveries,recovery_ms],...],"hours":[...]}: equal neighbours are one entry.
std::string availability_json(const SavedAvailability& saved);
common::Result<SavedAvailability> parse_availability(const std::string& text);

}  // namespace supervisor
