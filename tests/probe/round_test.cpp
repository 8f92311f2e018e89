// Rounds against a real publisher: what a server would answer is taken from it, and spoiled.
#include <gtest/gtest.h>

#include <functional>

#include "supervisor/media/segment_body.h"
#include "supervisor/probe/probe_round.h"
#include "tests/media/media_maker.h"

namespace supervisor {
namespace {

using namespace std::chrono_literals;
using media_test::Bench;

const std::string folder = "/hls/desktop/";

class Rounds : public ::testing::Test {
 protected:
  Rounds() { bench.start(75); }

  ProbeReply answer(const ProbeRequest& request, common::MonoTime now) {
    ProbeReply reply;
    reply.at = now;
    reply.status = 200;
    std::string name = request.target.substr(folder.size());
    if (const std::size_t query = name.find('?'); query != std::string::npos) {
      if (on_reload) on_reload();
      reply.body = *bench.stream.playlist(true);
    } else if (name == "playlist.m3u8") {
      reply.body = *bench.stream.playlist(false);
    } else {
      const MediaLookup found = bench.stream.find(name);
      if (found.kind != MediaLookup::Kind::Found) {
        reply.status = 404;
        return reply;
      }
      const auto bytes = found.bytes.body->read(found.bytes.offset, found.bytes.size);
      reply.body.assign(bytes.begin(), bytes.end());
    }
    reply.total_bytes = reply.body.size();
    if (request.head) reply.body.clear();
    if (request.first_bytes > 0) {
      reply.status = 206;
      reply.body.resize(std::min<std::size_t>(reply.body.size(), request.first_bytes));
    }
    if (spoil) spoil(request, reply);
    return reply;
  }

  ProbeReport play(bool with_reload = false, std::chrono::milliseconds late = 100ms) {
    ProbeRound round("desktop", with_reload, 0, memory);
    targets.clear();
    while (const auto request = round.next()) {
      targets.push_back(request->target.substr(folder.size()));
      if (targets.size() > 100) break;
      round.take(answer(*request, bench.at(bench.end()) + late));
    }
    return round.report();
  }
  std::string fault_of(const ProbeReport& report) {
    return report.finding ? std::string(probe_fault_name(report.finding->fault)) : "none";
  }

  Bench bench;
  ProbeMemory memory;
  std::vector<std::string> targets;
  std::function<void()> on_reload;
  std::function<void(const ProbeRequest&, ProbeReply&)> spoil;
};

TEST_F(Rounds, a_good_stream_is_well) {
  const ProbeReport report = play();
  EXPECT_EQ(fault_of(report), "none") << report.finding->text;
  EXPECT_EQ(report.playlist_age, 100ms);
  EXPECT_EQ(report.newest_part_age, 100ms);
  EXPECT_EQ(report.media_sequence, 0);
  EXPECT_TRUE(report.key_frame);
  // Playlist, init, newest part, size of the segment and of its ten parts, its beginning.
  EXPECT_EQ(targets.size(), 15u);
  play();
  EXPECT_EQ(targets.size(), 14u) << "an init segment that is known is not fetched again";
}

TEST_F(Rounds, asks_for_the_next_part_and_gets_it) {
  on_reload = [this] { bench.deliver(1, 81); };
  const ProbeReport report = play(true);
  EXPECT_EQ(fault_of(report), "none") << report.finding->text;
  EXPECT_EQ(targets.at(1), "playlist.m3u8?_HLS_msn=1&_HLS_part=3&_HLS_skip=YES");
}

TEST_F(Rounds, a_reload_that_brings_nothing_new_is_found) {
  EXPECT_EQ(fault_of(play(true)), "bad_playlist");
}

TEST_F(Rounds, a_stream_that_stands_still_is_stale) {
  EXPECT_EQ(fault_of(play(false, 1600ms)), "none");
  EXPECT_EQ(fault_of(play(false, 1601ms)), "stale");
}

TEST_F(Rounds, a_stream_before_its_first_segment_is_judged_by_its_part) {
  Bench young;
  young.start(12);
  std::swap(young.stream, bench.stream);
  const ProbeReport report = play();
  EXPECT_EQ(fault_of(report), "none") << report.finding->text;
  EXPECT_FALSE(report.key_frame);
  EXPECT_EQ(targets.size(), 3u);
}

TEST_F(Rounds, a_sequence_that_fell_is_found) {
  memory.media_sequence = 5;
  EXPECT_EQ(fault_of(play()), "backwards");
}

struct Spoiled {
  const char* what;  // part of the target
  std::function<void(ProbeReply&)> how;
  const char* fault;
};

TEST_F(Rounds, whatever_is_spoiled_is_found_and_ends_the_round) {
  const auto flip_start = [](ProbeReply& reply) { reply.body[5] ^= 1; };
  const Spoiled cases[] = {
      {"playlist", [](ProbeReply& r) { r.status = 503; }, "bad_status"},
      {"playlist", [](ProbeReply& r) { r.body = "garbage"; }, "bad_playlist"},
      {"playlist", [](ProbeReply& r) { r.body += "#EXT-X-ENDLIST\n"; }, "stale"},
      {"init-", flip_start, "bad_media"},
      {"init-", [](ProbeReply& r) { r.status = 404; }, "bad_status"},
      {"part-", flip_start, "bad_media"},
      {"part-", [](ProbeReply& r) { r.status = 404; }, "bad_status"},
      {"part-", [](ProbeReply& r) { ++r.total_bytes; }, "bad_size"},
      {"seg-", [](ProbeReply& r) { r.total_bytes = r.status == 206 ? 1 : r.total_bytes; }, "bad_size"},
      {"seg-", flip_start, "bad_media"},
      {"seg-", [](ProbeReply& r) { r.body.clear(); }, "bad_media"},
  };
  for (const Spoiled& spoiled : cases) {
    memory = {};
    spoil = [&](const ProbeRequest& request, ProbeReply& reply) {
      if (request.target.find(spoiled.what) != std::string::npos && (reply.body.size() > 5 || request.head))
        if (!reply.body.empty() || std::string(spoiled.fault) == "bad_size") spoiled.how(reply);
    };
    EXPECT_EQ(fault_of(play()), spoiled.fault) << spoiled.what;
  }
}

TEST_F(Rounds, no_answer_is_told_with_the_address) {
  ProbeRound round("desktop", false, 0, memory);
  round.fail("no answer within 2500 ms");
  EXPECT_FALSE(round.next());
  ASSERT_TRUE(round.report().finding);
  EXPECT_EQ(round.report().finding->text, "/hls/desktop/playlist.m3u8: no answer within 2500 ms");
}

TEST_F(Rounds, a_classic_playlist_is_judged_by_its_newest_segment) {
  PublisherSettings settings = Bench::default_settings();
  settings.low_latency = false;
  Bench classic(settings);
  classic.start(60);
  std::swap(classic.stream, bench.stream);
  const ProbeReport report = play();
  EXPECT_EQ(fault_of(report), "none") << report.finding->text;
  EXPECT_TRUE(report.key_frame);
  EXPECT_EQ(report.newest_part_age, 100ms);
  EXPECT_EQ(fault_of(play(false, 7001ms)), "stale");
}

}  // namespace
}  // namespace supervisor
