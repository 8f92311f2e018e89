#include "supervisor/alerts/delivery_job.h"

#include <gmock/gmock.h>

namespace supervisor {
namespace {

using namespace std::chrono_literals;

DeliveryJob mail() {
  MailJob job;
  job.server = "mail.example.org";
  job.port = 465;
  job.use_tls = false;
  job.ca_file = "/ca.pem";
  job.username = "me";
  job.password = "no text: \xff\xfe\0 at all";
  job.from = "a@example.org";
  job.to = {"b@example.org", "c@example.org"};
  job.message = "Subject: x\r\n\r\ny";
  return {job, 3s, 18s};
}

DeliveryJob request() {
  WebJob job;
  job.url = "https://example.org/key";
  job.get = true;
  job.body = "{}";
  job.headers = {{"Content-Type", "application/json"}, {"X-Streamer-Delivery", "1"}};
  job.signing_key = "\xfe key";
  job.signed_at = 1'700'000'000;
  job.ca_file = "/ca.pem";
  job.allow_private = true;
  return {job, 10s, 60s};
}

TEST(DeliveryJobText, what_is_told_arrives) {
  for (const DeliveryJob& job : {mail(), request()}) {
    const auto parsed = parse_job(format_job(job));
    ASSERT_TRUE(parsed) << parsed.error().reason;
    EXPECT_EQ(*parsed, job);
  }
}

TEST(DeliveryJobText, what_is_cut_or_no_job_at_all_is_refused) {
  for (const DeliveryJob& job : {mail(), request()}) {
    const std::string whole = format_job(job);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      EXPECT_FALSE(parse_job(std::string_view(whole).substr(0, size))) << size;
    }
  }
  EXPECT_FALSE(parse_job("{\"mail\":{}}"));
  EXPECT_FALSE(parse_job(format_delivery({})));
}

TEST(DeliveryJobText, an_answer_arrives) {
  Delivery refused{Delivery::Kind::Refused, "later", 90s};
  const auto parsed = parse_delivery(format_delivery(refused));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->kind, Delivery::Kind::Refused);
  EXPECT_EQ(parsed->error, "later");
  EXPECT_EQ(parsed->retry_after, 90s);
  EXPECT_EQ(parse_delivery(format_delivery({}))->kind, Delivery::Kind::Done);
  EXPECT_FALSE(parse_delivery(format_delivery({}))->retry_after);
}

TEST(DeliveryJobText, an_answer_that_says_nothing_known_is_no_success) {
  EXPECT_FALSE(parse_delivery(""));
  EXPECT_FALSE(parse_delivery("\xa0"));  // {}
  const auto unknown = parse_delivery(
      "\xa2\x64kind\x09\x65"
      "error\x60");  // {kind: 9, error: ""}
  ASSERT_TRUE(unknown);
  EXPECT_EQ(unknown->kind, Delivery::Kind::Unreachable);
}

}  // namespace
}  // namespace supervisor
