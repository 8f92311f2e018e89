// The way back of a configuration that was shown with its secrets hidden: in the text that comes back, each
// "(secret)" in the place of a secret, or inside an address, becomes the one that is in force; everything
// else of the text, comments too, stays as it is. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "supervisor/config/parse.h"

namespace supervisor {

using MergeOutcome = boost::system::result<std::string, std::vector<ConfigProblem>>;

// `in_force`: where the secrets come from. Users, tokens and others that have a name are found by it; inputs
// by their address, as it was shown; list items without either by their position, and only in a list as long
// as the one in force: otherwise nobody could tell which is meant. A hidden secret that is not in force is an
// error with its place, as is a text that is not JSON.
MergeOutcome merge_secrets(std::string_view text, const std::string& file_name, const Config& in_force);

}  // namespace supervisor
