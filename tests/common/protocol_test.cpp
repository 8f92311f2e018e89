#include "common/protocol.h"

#include <gmock/gmock.h>

using namespace common;
using testing::HasSubstr;

namespace {

const Sender sender{12, "cafe"};

template <typename T>
T round_trip(const T& message) {
  const std::string line = format_message(sender, message);
  EXPECT_EQ(line.back(), '\n');
  EXPECT_LE(line.size(), line_bytes_max);
  auto parsed = parse_message(sender, std::string_view(line).substr(0, line.size() - 1));
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().reason);
  return parsed ? std::get<T>(*parsed) : T{};
}

TEST(Protocol, a_heartbeat_comes_back_with_all_its_fields) {
  Heartbeat sent;
  sent.frames_captured = 1;
  sent.frames_encoded = 2;
  sent.frames_dropped = 3;
  sent.parts = 4;
  sent.last_pts = 5;
  sent.last_frame_age_ms = 6;
  sent.damage_events = 7;
  sent.input = 1;
  sent.revision = 8;
  sent.encoder = "libx264";
  sent.fps = 29.5;
  sent.bitrate_kbps = 4321;
  sent.rss_kb = 9;
  sent.black = true;
  sent.display_asleep = true;
  sent.display_locked = true;
  sent.capture_mode = by_comparing;
  const Heartbeat got = round_trip(sent);
  EXPECT_EQ(got.frames_captured, 1u);
  EXPECT_EQ(got.frames_encoded, 2u);
  EXPECT_EQ(got.frames_dropped, 3u);
  EXPECT_EQ(got.parts, 4u);
  EXPECT_EQ(got.last_pts, 5);
  EXPECT_EQ(got.last_frame_age_ms, 6);
  EXPECT_EQ(got.damage_events, 7u);
  EXPECT_EQ(got.input, 1);
  EXPECT_EQ(got.revision, 8u);
  EXPECT_EQ(got.encoder, "libx264");
  EXPECT_EQ(got.fps, 29.5);
  EXPECT_EQ(got.bitrate_kbps, 4321);
  EXPECT_EQ(got.rss_kb, 9u);
  EXPECT_TRUE(got.black);
  EXPECT_TRUE(got.display_asleep);
  EXPECT_TRUE(got.display_locked);
  EXPECT_EQ(got.capture_mode, by_comparing);
  EXPECT_FALSE(round_trip(Heartbeat{}).black);
}

TEST(Protocol, an_extension_is_bounded_at_an_hour) {
  EXPECT_EQ(round_trip(Extend{5000, "opening the encoder"}).by_ms, 5000);
  EXPECT_EQ(round_trip(Extend{3'600'000, ""}).by_ms, 3'600'000);
  for (const std::int64_t wrong : {std::int64_t{3'600'001}, std::int64_t{-1}}) {
    std::string line = format_message(sender, Extend{wrong, ""});
    line.pop_back();
    EXPECT_FALSE(parse_message(sender, line)) << wrong;
  }
}

TEST(Protocol, every_other_message_comes_back) {
  EXPECT_EQ(round_trip(Hello{"1.2"}).version, "1.2");
  round_trip(Ready{});
  const Monitors monitors = round_trip(Monitors{{{"DP-1", "ACME 1", 0, 1, 2, 3, true, false}}, 2});
  EXPECT_EQ(monitors.priority, 2);
  ASSERT_EQ(monitors.monitors.size(), 1u);
  EXPECT_EQ(monitors.monitors[0].name, "DP-1");
  EXPECT_TRUE(monitors.monitors[0].primary);
  EXPECT_EQ(round_trip(LogLine{"warn", "text"}).text, "text");
  EXPECT_EQ(round_trip(EncoderReport{"libx264", "no GPU"}).fallback_reason, "no GPU");
  const Trouble trouble = round_trip(Trouble{stuck_inputs, "3 threads"});
  EXPECT_EQ(trouble.reason + "|" + trouble.text, "stuck_inputs|3 threads");
  EXPECT_EQ(round_trip(Bye{"encoder", "why"}).reason, "encoder");
}

TEST(Protocol, an_input_is_reported_in_each_of_its_states_and_no_other) {
  for (const InputState state :
       {InputState::Closed, InputState::Opening, InputState::Giving, InputState::Failed, InputState::Hung}) {
    const InputReport got = round_trip(InputReport{7, 1, state, "display_lost: gone", true});
    EXPECT_EQ(got.revision, 7u);
    EXPECT_EQ(got.priority, 1);
    EXPECT_EQ(got.state, state);
    EXPECT_EQ(got.error, "display_lost: gone");
    EXPECT_TRUE(got.stuck);
  }
  std::string line = format_message(sender, InputReport{});
  line.replace(line.find("closed"), 6, "fine!!");
  line.pop_back();
  EXPECT_FALSE(parse_message(sender, line));
}

TEST(Protocol, the_figures_of_an_input_come_back_and_a_loss_is_at_most_everything) {
  const InputFigures got = round_trip(InputFigures{7, 1, 29.5, 4200, 100, 40, 5});
  EXPECT_EQ(got.revision, 7u);
  EXPECT_EQ(got.priority, 1);
  EXPECT_EQ(got.fps, 29.5);
  EXPECT_EQ(got.bitrate_kbps, 4200);
  EXPECT_EQ(got.packet_loss, 100);
  EXPECT_EQ(got.last_picture_age_ms, 40);
  EXPECT_EQ(got.last_sign_age_ms, 5);
  EXPECT_EQ(round_trip(InputFigures{}).last_picture_age_ms, -1);
  std::string line = format_message(sender, InputFigures{7, 1, 0, 0, 100.5, 0, 0});
  line.pop_back();
  EXPECT_FALSE(parse_message(sender, line));
}

TEST(Protocol, what_is_wrong_with_pictures_comes_back_and_is_never_negative_or_without_end) {
  InputFigures sent;
  sent.content[ContentFault::Frozen] = std::chrono::milliseconds(1);
  sent.content[ContentFault::Black] = std::chrono::milliseconds(2);
  sent.content[ContentFault::Corrupt] = std::chrono::milliseconds(1'000'000'000'000);
  EXPECT_EQ(round_trip(sent).content, sent.content);
  for (const std::int64_t wrong : {std::int64_t{-1}, std::int64_t{1'000'000'000'001}}) {
    sent.content[ContentFault::Black] = std::chrono::milliseconds(wrong);
    std::string line = format_message(sender, sent);
    line.pop_back();
    EXPECT_FALSE(parse_message(sender, line)) << wrong;
  }
}

TEST(Protocol, a_text_of_any_length_and_content_fits_into_a_line) {
  std::string hostile;
  for (int i = 0; i < 4000; ++i) hostile += static_cast<char>(i);
  round_trip(LogLine{"info", hostile});
  round_trip(LogLine{"info", std::string(100'000, '"')});
  round_trip(InputReport{0, 0, InputState::Failed, std::string(100'000, '\\'), false});
  Monitors many;
  for (int i = 0; i < 100; ++i)
    many.monitors.push_back({std::string(500, '"'), std::string(500, '"'), 0, 0, 1, 1, false, false});
  round_trip(many);
}

TEST(Protocol, a_heartbeat_without_the_nonce_or_of_another_generation_is_only_text) {
  std::string line = format_message(sender, Heartbeat{});
  line.pop_back();
  EXPECT_FALSE(parse_message(Sender{12, "beef"}, line));
  EXPECT_FALSE(parse_message(Sender{13, "cafe"}, line));
  EXPECT_TRUE(parse_message(sender, line));
}

TEST(Protocol, what_is_not_a_message_says_why) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "not a JSON object"},
      {"frame= 12 fps=30", "not a JSON object"},
      {"{\"type\":\"ready\"", "parse error"},
      {"{\"type\":\"ready\",\"g\":12}", "nonce"},
      {"{\"type\":\"ready\",\"g\":\"12\",\"nonce\":\"cafe\"}", "counter"},
      {"{\"type\":\"unheard\",\"g\":12,\"nonce\":\"cafe\"}", "unknown type"},
      {R"({"type":"input","g":12,"nonce":"cafe","revision":1,"priority":0,"state":"fine","error":""})",
       "state"},
      {R"({"type":"input","g":12,"nonce":"cafe","revision":1,"priority":-1,"state":"giving","error":""})",
       "priority"},
      {"{\"a\":[[[[[[[[1]]]]]]]]}", "nested"},
  };
  for (const auto& [line, why] : cases) {
    const auto parsed = parse_message(sender, line);
    ASSERT_FALSE(parsed) << line;
    EXPECT_THAT(parsed.error().reason, HasSubstr(why)) << line;
  }
}

TEST(Protocol, a_number_that_is_no_count_or_out_of_range_makes_the_line_invalid) {
  const auto with = [](const std::string& key, const std::string& value) {
    std::string line = format_message(sender, Heartbeat{});
    const std::size_t at = line.find("\"" + key + "\":") + key.size() + 3;
    line.replace(at, line.find_first_of(",}", at) - at, value);
    line.pop_back();
    return parse_message(sender, line);
  };
  EXPECT_TRUE(with("frames_captured", "18446744073709551615"));
  for (const char* value : {"-1", "1.5", "\"1\"", "null", "1e3", "18446744073709551616"}) {
    EXPECT_FALSE(with("frames_captured", value)) << value;
  }
  EXPECT_TRUE(with("input", "255"));
  for (const char* value : {"256", "-2", "1e300", "1.0"}) EXPECT_FALSE(with("input", value)) << value;
  EXPECT_TRUE(with("fps", "0"));
  for (const char* value : {"-0.1", "1e300", "true"}) EXPECT_FALSE(with("fps", value)) << value;
  EXPECT_TRUE(with("last_pts", "9223372036854775807"));
  for (const char* value : {"9223372036854775808", "-2"}) EXPECT_FALSE(with("last_pts", value)) << value;
}

TEST(Protocol, a_line_of_the_limit_is_read_and_one_byte_more_is_not) {
  std::string line = "{\"type\":\"ready\",\"g\":12,\"nonce\":\"cafe\",\"pad\":\"";
  line += std::string(line_bytes_max - line.size() - 2, 'x') + "\"}";
  ASSERT_EQ(line.size(), line_bytes_max);
  EXPECT_TRUE(parse_message(sender, line));
  line.insert(line.size() - 2, "x");
  EXPECT_FALSE(parse_message(sender, line));
}

TEST(Protocol, commands_come_back_and_resume_means_activate) {
  const auto command = [](const Command& sent) {
    std::string line = format_command(sent);
    line.pop_back();
    return parse_command(line).value();
  };
  EXPECT_EQ(std::get<Activate>(command(Activate{77})).continue_at, 77);
  const auto shown = std::get<SwitchInput>(command(SwitchInput{7, 2, {0, 255}}));
  EXPECT_EQ(shown.revision, 7u);
  EXPECT_EQ(shown.priority, 2);
  EXPECT_EQ(shown.open, (std::vector<int>{0, 255}));
  EXPECT_FALSE(parse_command(R"({"type":"switch","revision":7,"priority":2,"open":[256]})"));
  EXPECT_FALSE(parse_command(R"({"type":"switch","revision":7,"priority":2,"open":["1"]})"));
  EXPECT_TRUE(std::holds_alternative<KeyFrame>(command(KeyFrame{})));
  EXPECT_TRUE(std::get<Pause>(command(Pause{true})).on);
  EXPECT_FALSE(std::get<Pause>(command(Pause{false})).on);
  EXPECT_FALSE(parse_command(R"({"type":"pause"})")) << "on or off must be said";
  EXPECT_TRUE(std::holds_alternative<SnapshotNow>(command(SnapshotNow{})));
  EXPECT_EQ(std::get<Drill>(command(Drill{"freeze"})).fault, "freeze");
  EXPECT_TRUE(std::holds_alternative<Quit>(command(Quit{})));
  EXPECT_EQ(std::get<Activate>(parse_command("{\"type\":\"resume\",\"continue_at\":5}").value()).continue_at,
            5);
  EXPECT_FALSE(parse_command("{\"type\":\"activate\"}"));
  EXPECT_FALSE(parse_command("rm -rf"));
}

TEST(Protocol, an_edited_list_of_inputs_comes_line_by_line) {
  InputSettings camera;
  camera.type = "device";
  camera.format = "v4l2";
  camera.options = {{"framerate", "25"}};
  camera.exclusive = true;
  std::string line = format_command(EditInput{8, 1, 256, camera});
  line.pop_back();
  const auto got = std::get<EditInput>(parse_command(line).value());
  EXPECT_EQ(got.revision, 8u);
  EXPECT_EQ(got.priority, 1);
  EXPECT_EQ(got.count, 256);
  EXPECT_EQ(got.input, camera);
  for (const char* wrong : {R"({"type":"edit","revision":8,"priority":1,"count":1,"input":{}})",
                            R"({"type":"edit","revision":8,"priority":0,"count":257,"input":{}})",
                            R"({"type":"edit","revision":8,"priority":0,"count":0,"input":{}})",
                            R"({"type":"edit","revision":8,"priority":0,"count":1,"input":{"colour":1}})",
                            R"({"type":"edit","revision":8,"priority":0,"count":1})"}) {
    EXPECT_FALSE(parse_command(wrong)) << wrong;
  }
}

}  // namespace
