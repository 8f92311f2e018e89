// Files and devices: the right picture at the right time, of any size and rate, for ever.
#include <gmock/gmock.h>

#include "sender.h"
#include "tests/worker/capture/pixels.h"
#include "watcher.h"

namespace worker::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class Sources : public testing::Test {
 protected:
  Folder folder;
};

TEST_F(Sources, a_file_is_shown_at_its_own_pace_and_loops_without_a_seam) {
  // With an index and without.
  ASSERT_TRUE(make_clip(folder / "clip.mp4", {.seconds = 1}));
  ASSERT_TRUE(make_clip(folder / "clip.ts", {.seconds = 1}));
  Watcher indexed(file_input(folder / "clip.mp4")), plain(file_input(folder / "clip.ts"));
  watch_all(
      {&indexed, &plain}, [] { return false; }, 2400ms);
  for (const Watcher* watcher : {&indexed, &plain}) {
    ASSERT_EQ(watcher->error, "");
    const PaceFound pace = pace_of(watcher->seen, 25, 5);
    std::printf("%.2f pictures a second, at most %.0f ms off, %d holes, longest look %d us\n", pace.fps,
                pace.worst_ms, pace.holes, static_cast<int>(watcher->longest / 1us));
    EXPECT_NEAR(pace.fps, 25, 0.5);
    EXPECT_LT(pace.worst_ms, 60) << "also over two seams";
    EXPECT_EQ(pace.holes, 0);
    EXPECT_GE(watcher->seen.size(), 51u);
  }
}

TEST_F(Sources, a_file_that_does_not_loop_is_shown_to_its_end_which_is_said) {
  ASSERT_TRUE(make_clip(folder / "clip.mkv", {.seconds = 1}));
  auto input = file_input(folder / "clip.mkv");
  input.loop = false;
  Watcher watcher(input);
  watcher.watch([] { return false; }, 4s);
  EXPECT_EQ(watcher.number(), 24) << "the last picture";
  EXPECT_THAT(watcher.error, HasSubstr("input: "));
  EXPECT_THAT(watcher.error, HasSubstr("is at its end"));
}

TEST_F(Sources, any_size_rate_and_codec_comes_on_the_canvas_with_its_shape) {
  // Half as wide as the canvas's shape: bars at both sides.
  ASSERT_TRUE(make_clip(folder / "tall.avi",
                        {.width = 180, .height = 202, .fps = 10, .seconds = 1, .codec = "mpeg4"}));
  Watcher watcher(file_input(folder / "tall.avi"));
  ASSERT_TRUE(watcher.wait_for_picture()) << watcher.error;
  watcher.watch_for(1s);
  EXPECT_NEAR(static_cast<double>(watcher.seen.size()), 11, 2) << "ten a second";
  EXPECT_TRUE(near(pixel(*watcher.picture, 20, 100), black));
  EXPECT_TRUE(near(pixel(*watcher.picture, 620, 100), black));
  EXPECT_FALSE(near(pixel(*watcher.picture, 320, 100), black));
}

TEST_F(Sources, pixels_that_are_not_square_and_pictures_that_lie_are_set_right) {
  ASSERT_TRUE(run({"ffmpeg", "-y", "-v", "error", "-f", "lavfi", "-i", "color=c=white:s=180x180:d=0.2", "-vf",
                   "setsar=16/9", "-c:v", "libx264", folder / "wide.mp4"}));
  Watcher wide(file_input(folder / "wide.mp4"));
  ASSERT_TRUE(wide.wait_for_picture()) << wide.error;
  EXPECT_FALSE(near(pixel(*wide.picture, 4, 180), black)) << "16:9 in all: no bars";
  ASSERT_TRUE(run({"ffmpeg", "-y", "-v", "error", "-f", "lavfi", "-i", "color=c=white:s=360x180:d=0.2", "-vf",
                   "drawbox=x=0:y=0:w=iw/4:h=ih:color=red:t=fill", "-c:v", "libx264", folder / "lying.mp4"}));
  ASSERT_TRUE(run({"ffmpeg", "-y", "-v", "error", "-i", folder / "lying.mp4", "-c", "copy", "-metadata:s:v",
                   "rotate=90", folder / "turned.mp4"}));
  Watcher turned(file_input(folder / "turned.mp4"));
  ASSERT_TRUE(turned.wait_for_picture()) << turned.error;
  EXPECT_TRUE(near(pixel(*turned.picture, 100, 180), black)) << "now it is taller than wide";
  EXPECT_TRUE(near(pixel(*turned.picture, 320, 300), yuv_of(255, 255, 255)) !=
              near(pixel(*turned.picture, 320, 60), yuv_of(255, 255, 255)))
      << "red at one end";
}

TEST_F(Sources, a_size_that_changes_in_the_middle_is_followed) {
  ASSERT_TRUE(make_clip(folder / "a.ts", {.seconds = 1}));
  ASSERT_TRUE(make_clip(folder / "b.ts", {.width = 480, .height = 480, .seconds = 1, .first = 25}));
  ASSERT_TRUE(
      run({"sh", "-c",
           "cat '" + (folder / "a.ts") + "' '" + (folder / "b.ts") + "' > '" + (folder / "ab.ts") + "'"}));
  auto input = file_input(folder / "ab.ts");
  input.loop = false;
  Watcher watcher(input);
  watcher.watch([&] { return watcher.number() == 20; });
  EXPECT_FALSE(near(pixel(*watcher.picture, 20, 100), black));
  watcher.watch([&] { return watcher.number() >= 40; });
  EXPECT_GE(watcher.number(), 40);
  EXPECT_TRUE(near(pixel(*watcher.picture, 20, 100), black)) << "it is square now";
}

TEST_F(Sources, high_definition_colours_are_right) {
  ASSERT_TRUE(run({"ffmpeg", "-y", "-v", "error", "-f", "lavfi", "-i", "color=c=red:s=1280x720:d=0.2", "-vf",
                   "scale=out_color_matrix=bt709,format=yuv420p", "-colorspace", "bt709", "-c:v", "libx264",
                   folder / "red.mp4"}));
  Watcher watcher(file_input(folder / "red.mp4"));
  ASSERT_TRUE(watcher.wait_for_picture()) << watcher.error;
  EXPECT_TRUE(near(pixel(*watcher.picture, 320, 180), yuv_of(255, 0, 0)));
}

TEST_F(Sources, a_file_that_nobody_watches_stands_still_and_goes_on_where_it_was) {
  ASSERT_TRUE(make_clip(folder / "clip.mp4", {.seconds = 2}));
  Watcher watcher(file_input(folder / "clip.mp4"));
  watcher.watch([&] { return watcher.number() >= 10; });
  watcher.source().show(false);
  const int before = watcher.number();
  watcher.watch_for(400ms);
  EXPECT_EQ(watcher.number(), before);
  watcher.source().show(true);
  watcher.watch_for(200ms);
  EXPECT_GT(watcher.number(), before);
  EXPECT_LT(watcher.number(), before + 10);
}

TEST_F(Sources, a_device_of_libavdevice_gives_pictures_as_they_come) {
  Watcher watcher(device_input("lavfi", "testsrc=size=160x120:rate=25,realtime"));
  ASSERT_TRUE(watcher.wait_for_picture()) << watcher.error;
  watcher.watch_for(600ms);
  EXPECT_EQ(watcher.error, "");
  EXPECT_NEAR(static_cast<double>(watcher.seen.size()), 16, 4);
}

TEST_F(Sources, what_cannot_be_opened_says_what_and_why) {
  std::filesystem::create_directory(folder.path() / "dir");
  ASSERT_TRUE(run({"ffmpeg", "-y", "-v", "error", "-f", "lavfi", "-i", "sine=d=0.2", folder / "sound.wav"}));
  ASSERT_TRUE(run({"sh", "-c", "echo nothing > '" + (folder / "text.mp4") + "'"}));
  auto unknown_option = file_input(folder / "sound.wav");
  unknown_option.options = {{"colour_of_the_box", "red"}};
  auto whitelist = url_input("http://127.0.0.1/");
  whitelist.options = {{"protocol_whitelist", "file"}};
  const std::vector<std::pair<common::InputSettings, std::string>> cases = {
      {file_input(folder / "missing.mp4"), "No such file"},
      {file_input(folder / "text.mp4"), "Invalid data"},
      {file_input(folder / "sound.wav"), "no video"},
      {unknown_option, "nothing takes \"colour_of_the_box\""},
      {file_input(""), "\"path\" is missing"},
      {url_input(""), "\"url\" is missing"},
      {url_input("file:///etc/passwd"), "type file"},
      {url_input("concat:/etc/passwd"), "type file"},
      {whitelist, "\"protocol_whitelist\" cannot be set"},
      {url_input("http://user:hunter2@127.0.0.1:" + std::to_string(free_port(SOCK_STREAM)) + "/"), "refused"},
      {device_input("", "/dev/video77"), "\"format\" is missing"},
      {device_input("telepathy", "x"), "knows no format \"telepathy\""},
      {device_input("v4l2", "/dev/video77"), "No such file"},
  };
  for (const auto& [input, why] : cases) {
    Watcher watcher(input);
    watcher.watch([] { return false; }, 3s);
    EXPECT_THAT(watcher.error, testing::StartsWith("input: "));
    EXPECT_THAT(watcher.error, HasSubstr(why));
    EXPECT_THAT(watcher.error, testing::Not(HasSubstr("hunter2")));
  }
}

}  // namespace
}  // namespace worker::test
