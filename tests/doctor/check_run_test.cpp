#include "supervisor/doctor/check_run.h"

#include <gtest/gtest.h>

#include <future>
#include <stdexcept>

using namespace std::chrono_literals;
using supervisor::Finding;
using supervisor::fine;
using supervisor::run_checks;
using supervisor::Verdict;

TEST(Checks, run_side_by_side_and_are_told_in_order) {
  std::promise<void> second_ran;
  auto wait_for_second = second_ran.get_future().share();
  std::vector<std::string> told;
  const auto all = run_checks(
      {{"first",
        [wait_for_second] {
          const bool beside = wait_for_second.wait_for(5s) == std::future_status::ready;
          return std::vector<Finding>{fine("first", beside ? "beside" : "alone"), fine("more", "")};
        }},
       {"second",
        [&second_ran] {
          second_ran.set_value();
          return std::vector<Finding>{fine("second", "")};
        }}},
      10s, [&told](const Finding& one) { told.push_back(one.what + one.detail); });
  EXPECT_EQ(told, (std::vector<std::string>{"firstbeside", "more", "second"}));
  EXPECT_FALSE(all.left_behind);
  EXPECT_EQ(all.findings.size(), 3u);
}

TEST(Checks, that_hang_are_a_finding_and_hold_up_nobody) {
  auto release = std::make_shared<std::promise<void>>();
  auto wait = release->get_future().share();
  const auto begun = std::chrono::steady_clock::now();
  const auto all = run_checks({{"a dead disk",
                                [wait] {
                                  wait.wait();
                                  return std::vector<Finding>{};
                                }},
                               {"fine", [] { return std::vector<Finding>{fine("fine", "")}; }}},
                              100ms, [](const Finding&) {});
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
  EXPECT_TRUE(all.left_behind);
  ASSERT_EQ(all.findings.size(), 2u);
  EXPECT_EQ(all.findings[0].verdict, Verdict::Fail);
  EXPECT_EQ(all.findings[0].what, "a dead disk");
  EXPECT_EQ(all.findings[1].verdict, Verdict::Ok);
  release->set_value();
}

TEST(Checks, that_throw_are_a_finding) {
  const auto all =
      run_checks({{"broken", []() -> std::vector<Finding> { throw std::runtime_error("boom"); }}}, 5s,
                 [](const Finding&) {});
  ASSERT_EQ(all.findings.size(), 1u);
  EXPECT_EQ(all.findings[0].verdict, Verdict::Fail);
  EXPECT_NE(all.findings[0].detail.find("boom"), std::string::npos);
}
