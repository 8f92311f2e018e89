// Senders on the network: each transport shows the right picture at an even pace, a sender that dies or
// stands still is told of, and nobody waits for it.
#include <gmock/gmock.h>
#include <signal.h>

#include <algorithm>

#include "sender.h"
#include "watcher.h"

namespace worker::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr int clip_pictures = 250;

class Network : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    clips = std::make_unique<Folder>();
    ASSERT_TRUE(make_clip(*clips / "clip.ts", {.seconds = clip_pictures / 25, .key_seconds = 0.5}));
  }
  static void TearDownTestSuite() { clips.reset(); }

  std::string clip() const { return *clips / "clip.ts"; }
  static std::string local(const std::string& scheme, int port, const std::string& rest = "") {
    return scheme + "://127.0.0.1:" + std::to_string(port) + rest;
  }

  static inline std::unique_ptr<Folder> clips;
};

// All at once: what takes time here is time itself.
TEST_F(Network, every_transport_is_shown_evenly_and_its_end_is_told) {
  const int tcp = free_port(SOCK_STREAM), udp = free_port(SOCK_DGRAM), srt = free_port(SOCK_DGRAM);
  const int rtsp = free_port(SOCK_STREAM), http = free_port(SOCK_STREAM);
  const Folder site;
  const Sender segmenter(send_clip(clip(), {"-f", "hls", "-hls_time", "0.5", "-hls_list_size", "6",
                                            "-hls_flags", "delete_segments", site / "live.m3u8"}));
  Sender server({"python3", "-m", "http.server", "--bind", "127.0.0.1", "--directory", site.path(),
                 std::to_string(http)});
  Sender tcp_sender(send_clip(clip(), {"-f", "mpegts", local("tcp", tcp, "?listen=1")}));
  const Sender udp_sender(send_clip(clip(), {"-f", "mpegts", local("udp", udp, "?pkt_size=1316")}));
  const Sender srt_sender(send_clip(clip(), {"-f", "mpegts", local("srt", srt, "?mode=listener")}));
  auto listening = url_input(local("rtsp", rtsp, "/live"));
  listening.options = {{"rtsp_flags", "listen"}};
  Watcher over_rtsp(listening);
  for (int i = 0; i < 100 && !std::filesystem::exists(site / "live3.ts"); ++i)
    std::this_thread::sleep_for(50ms);
  const Sender rtsp_sender(
      send_clip(clip(), {"-f", "rtsp", "-rtsp_transport", "tcp", local("rtsp", rtsp, "/live")}));
  Watcher over_tcp(url_input(local("tcp", tcp))), over_udp(url_input(local("udp", udp))),
      over_srt(url_input(local("srt", srt))), over_http(url_input(local("http", http, "/live.m3u8")));
  const std::vector<std::pair<const char*, Watcher*>> all = {
      {"tcp", &over_tcp}, {"udp", &over_udp}, {"srt", &over_srt}, {"rtsp", &over_rtsp}, {"hls", &over_http}};
  std::vector<Watcher*> watchers;
  for (const auto& [name, watcher] : all) watchers.push_back(watcher);
  const auto all_give = [&] {
    return std::all_of(watchers.begin(), watchers.end(),
                       [](const auto* one) { return one->picture != nullptr; });
  };
  watch_all(watchers, all_give, 8s);
  ASSERT_TRUE(all_give());
  watch_all(
      watchers, [] { return false; }, 800ms);
  std::vector<std::size_t> settled;
  for (const auto* watcher : watchers) settled.push_back(watcher->seen.size());
  watch_all(
      watchers, [] { return false; }, 1500ms);
  for (std::size_t i = 0; i < all.size(); ++i) {
    Watcher& watcher = *watchers[i];
    const PaceFound pace = pace_of(watcher.seen, clip_pictures, settled[i]);
    std::printf("%s: %.2f pictures a second, at most %.0f ms off, %d holes, longest look %d us\n",
                all[i].first, pace.fps, pace.worst_ms, pace.holes, static_cast<int>(watcher.longest / 1us));
    EXPECT_EQ(watcher.error, "") << all[i].first;
    EXPECT_NEAR(pace.fps, 25, 1.5) << all[i].first;
    EXPECT_LT(pace.worst_ms, 120) << all[i].first;
    EXPECT_EQ(pace.holes, 0) << all[i].first;
    EXPECT_GT(watcher.source().signs().received->bytes, 1000u) << all[i].first;
    EXPECT_EQ(watcher.source().signs().received->lost, 0u) << all[i].first;
  }
  // One is killed, one stands still, one's server is gone.
  tcp_sender.kill();
  udp_sender.signal(SIGSTOP);
  server.kill();
  const auto gone = steady_clock::now();
  const auto stood = over_udp.seen.size();
  watch_all(
      watchers, [&] { return !over_tcp.error.empty(); }, 3s);
  std::printf("end of the sender told after %d ms\n", static_cast<int>((steady_clock::now() - gone) / 1ms));
  EXPECT_THAT(over_tcp.error, HasSubstr("was ended by its sender"));
  EXPECT_LT(steady_clock::now() - gone, 500ms);
  watch_all(
      watchers, [&] { return !over_http.error.empty(); }, 8s);
  std::printf("dead server told after %d ms\n", static_cast<int>((steady_clock::now() - gone) / 1ms));
  EXPECT_THAT(over_http.error, testing::StartsWith("input: http://127.0.0.1"));
  EXPECT_EQ(over_udp.error, "") << "late is no error";
  EXPECT_GT(steady_clock::now() - *over_udp.source().signs().received->last_packet, 700ms);
  udp_sender.signal(SIGCONT);
  watch_all(
      watchers, [&] { return over_udp.seen.size() > stood + 20; }, 3s);
  EXPECT_GT(over_udp.seen.size(), stood + 20) << "and it goes on";
  for (const auto& [name, watcher] : all) EXPECT_LT(watcher->longest, 200ms) << name << ": nobody waits";
}

TEST_F(Network, a_hidden_input_costs_little_and_is_on_the_newest_picture_at_once) {
  const int port = free_port(SOCK_DGRAM);
  const Sender sender(send_clip(clip(), {"-f", "mpegts", local("udp", port, "?pkt_size=1316")}));
  Watcher watcher(url_input(local("udp", port)));
  ASSERT_TRUE(watcher.wait_for_picture()) << watcher.error;
  watcher.watch_for(500ms);
  const int number = watcher.number();
  const auto at = watcher.seen.back().at;
  watcher.source().show(false);
  for (int i = 0; i < 2; ++i) {
    std::this_thread::sleep_for(400ms);
    ASSERT_TRUE(watcher.source().capture(0));
  }
  watcher.source().show(true);
  const auto shown = watcher.watch(
      [&] {
        const auto gone = std::chrono::duration<double>(steady_clock::now() - at).count();
        const int wanted = (number + static_cast<int>(gone * 25)) % clip_pictures;
        return std::abs(watcher.number() - wanted) <= 4;
      },
      2s);
  std::printf("caught up after %d ms\n", static_cast<int>(shown / 1ms));
  EXPECT_LT(shown, 300ms);
}

TEST_F(Network, what_came_during_a_pause_is_never_shown) {
  const int port = free_port(SOCK_DGRAM);
  const Sender sender(send_clip(clip(), {"-f", "mpegts", local("udp", port, "?pkt_size=1316")}));
  Watcher watcher(url_input(local("udp", port)));
  ASSERT_TRUE(watcher.wait_for_picture()) << watcher.error;
  watcher.watch_for(500ms);
  const auto at = watcher.seen.back().at;
  const int number = watcher.number();
  for (int i = 0; i < 2; ++i) {
    std::this_thread::sleep_for(400ms);
    ASSERT_TRUE(watcher.source().check());
  }
  watcher.source().forget();
  const double gone = std::chrono::duration<double>(steady_clock::now() - at).count();
  watcher.picture.reset();
  watcher.seen.clear();
  watcher.watch([&] { return !watcher.seen.empty(); }, 2s);
  ASSERT_FALSE(watcher.seen.empty());
  const int later = (watcher.number() - number + clip_pictures) % clip_pictures;
  EXPECT_GE(later, static_cast<int>(gone * 25) - 1);
  EXPECT_LT(later, static_cast<int>(gone * 25) + 20);
}

TEST_F(Network, a_playlist_of_others_cannot_read_the_files_of_this_machine) {
  const Folder site;
  ASSERT_TRUE(make_clip(site / "secret.ts", {.seconds = 1}));
  ASSERT_TRUE(run({"sh", "-c",
                   "printf '#EXTM3U\\n#EXT-X-TARGETDURATION:1\\n#EXTINF:1,\\nfile://" + (site / "secret.ts") +
                       "\\n#EXT-X-ENDLIST\\n' > '" + (site / "evil.m3u8") + "'"}));
  ASSERT_TRUE(run({"sh", "-c",
                   "printf 'ffconcat version 1.0\\nfile file:" + (site / "secret.ts") + "\\n' > '" +
                       (site / "evil.txt") + "'"}));
  const int port = free_port(SOCK_STREAM);
  Sender server({"python3", "-m", "http.server", "--bind", "127.0.0.1", "--directory", site.path(),
                 std::to_string(port)});
  std::this_thread::sleep_for(700ms);
  for (const char* name : {"/evil.m3u8", "/evil.txt"}) {
    Watcher watcher(url_input(local("http", port, name)));
    watcher.watch([&] { return watcher.picture != nullptr; }, 5s);
    EXPECT_EQ(watcher.picture, nullptr) << name;
    EXPECT_THAT(watcher.error, testing::StartsWith("input: http://127.0.0.1")) << name;
  }
  Watcher allowed(url_input(local("http", port, "/secret.ts")));
  EXPECT_TRUE(allowed.wait_for_picture()) << "the same file, by the server: " << allowed.error;
  Watcher missing(url_input(local("http", port, "/missing.ts?key=hunter2")));
  missing.watch([] { return false; }, 3s);
  EXPECT_THAT(missing.error, HasSubstr("404"));
  EXPECT_THAT(missing.error, testing::Not(HasSubstr("hunter2")));
}

// 20 s without a seam: what drifts, or waits longer and longer, is seen by then.
TEST_F(Network, the_rate_of_a_sender_is_kept_without_drift) {
  constexpr int seconds = 24;
  ASSERT_TRUE(make_clip(*clips / "long.ts", {.seconds = seconds}));
  const int port = free_port(SOCK_STREAM);
  const Sender sender(send_once(*clips / "long.ts", {"-f", "mpegts", local("tcp", port, "?listen=1")}));
  std::unique_ptr<Watcher> opened;
  for (int tries = 0; tries < 40 && (!opened || !opened->picture); ++tries) {
    std::this_thread::sleep_for(50ms);  // it does not listen yet
    opened = std::make_unique<Watcher>(url_input(local("tcp", port)));
    opened->wait_for_picture();
  }
  Watcher& watcher = *opened;
  ASSERT_TRUE(watcher.picture);
  watcher.watch_for(1500ms);
  const std::size_t settled = watcher.seen.size();
  watcher.watch_for(20s);
  ASSERT_GT(watcher.seen.size(), settled + 2);
  // A machine that stands still for a moment moves the clock once (play_clock.h): that is no drift.
  constexpr double stall_ms = 60;
  double drift_ms = 0;
  int stalls = 0;
  for (std::size_t i = settled + 1; i < watcher.seen.size(); ++i) {
    const auto& before = watcher.seen[i - 1];
    const auto& now = watcher.seen[i];
    const double late_ms = std::chrono::duration<double, std::milli>(now.at - before.at).count() -
                           (now.number - before.number) * 40.0;
    const bool stalled = std::abs(late_ms) >= stall_ms;
    stalls += stalled ? 1 : 0;
    drift_ms += stalled ? 0 : late_ms;
  }
  const int came = watcher.seen.back().number - watcher.seen[settled].number;
  const double fps = came / (came / 25.0 + drift_ms / 1000);
  std::printf("20 s: %.3f pictures a second, drift %.0f ms, %d stalls, %zu of %d seen\n", fps, drift_ms,
              stalls, watcher.seen.size() - settled, came + 1);
  EXPECT_NEAR(fps, 25, 0.125) << "0.5 %";
  EXPECT_GE(came, 485);
  EXPECT_GE(static_cast<double>(watcher.seen.size() - settled), 0.95 * came);
}

}  // namespace
}  // namespace worker::test
