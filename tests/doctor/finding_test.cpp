#include "supervisor/doctor/finding.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

using supervisor::exit_code_of;
using supervisor::failure;
using supervisor::fine;
using supervisor::format_finding;
using supervisor::warning;

TEST(Findings, are_one_line_each_with_the_fix_behind) {
  EXPECT_EQ(format_finding(fine("clock", "synchronised")), "ok    clock                   synchronised");
  EXPECT_EQ(format_finding(failure("port 127.0.0.1:80", "held by nginx", "stop it", 69)),
            "fail  port 127.0.0.1:80       held by nginx  - stop it");
  EXPECT_EQ(format_finding(warning("a", "two\nlines \x1b[31m", "")),
            "warn  a                       two\\x0alines \\x1b[31m");
}

TEST(Findings, end_with_the_code_of_the_first_failure) {
  EXPECT_EQ(exit_code_of({}), 0);
  EXPECT_EQ(exit_code_of({fine("a", ""), warning("b", "", "")}), 0) << "warnings do not fail";
  EXPECT_EQ(exit_code_of({warning("b", "", ""), failure("c", "", "", 78), failure("d", "", "", 69)}), 78);
}

TEST(Findings, are_an_object_for_programs) {
  const auto json = nlohmann::json::parse(
      supervisor::findings_json({fine("a", "x"), failure("b", "y", "z", 73), warning("c", "", "")}));
  EXPECT_EQ(json["verdict"], "fail");
  EXPECT_EQ(json["exit_code"], 73);
  EXPECT_EQ(json["checks"].size(), 3u);
  EXPECT_EQ(json["checks"][1],
            (nlohmann::json{{"verdict", "fail"}, {"what", "b"}, {"detail", "y"}, {"fix", "z"}}));
  EXPECT_EQ(nlohmann::json::parse(supervisor::findings_json({}))["verdict"], "ok");
}
