#include "worker/source/slate.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "pixels.h"
#include "worker/snapshot/jpeg.h"
#include "worker/source/font.h"
#include "worker/source/slate_image.h"

namespace worker {
namespace {

using test::near;
using test::pixel;
using namespace std::chrono_literals;

const Yuv plain = yuv_of(24, 30, 42);

int bright_pixels(const Picture& picture) {
  int count = 0;
  for (int y = 0; y < picture.height(); ++y)
    for (int x = 0; x < picture.width(); ++x)
      count += picture.plane(0)[picture.stride(0) * y + x] > 150 ? 1 : 0;
  return count;
}

std::shared_ptr<const Picture> of_colour(int width, int height, Yuv colour) {
  auto picture = Picture::make(width, height);
  fill(*picture, {0, 0, width, height}, colour);
  return picture;
}

const SlateText words{"No picture from :0", {"no X server listens there", "The stream goes on"}};

TEST(Slate, has_text_of_readable_size_from_360p_to_4k) {
  const int small = bright_pixels(*make_slate(640, 360, words));
  const int large = bright_pixels(*make_slate(3840, 2160, words));
  EXPECT_GT(small, 1500);
  EXPECT_GT(large, small * 30) << "the text grows with the canvas";
  EXPECT_TRUE(near(pixel(*make_slate(640, 360, words), 0, 0), plain));
}

TEST(Slate, letters_are_at_least_ten_pixels_high_at_360p) {
  // One capital: rows between the first and the last with ink.
  const auto slate = make_slate(640, 360, {"", {"I"}});
  int first = 360;
  int last = 0;
  for (int y = 0; y < 360; ++y)
    for (int x = 0; x < 640; ++x)
      if (slate->plane(0)[slate->stride(0) * y + x] > 100) {
        first = std::min(first, y);
        last = y;
      }
  EXPECT_GE(last - first + 1, 12);
}

TEST(Slate, long_and_many_lines_stay_inside) {
  const SlateText endless{std::string(5000, 'W'), std::vector<std::string>(100, std::string(5000, 'W'))};
  for (const auto& [width, height] : {std::pair{320, 180}, {180, 320}, {2, 2}, {64, 64}})
    EXPECT_GE(bright_pixels(*make_slate(width, height, endless)), width > 2 ? 400 : 0);
  EXPECT_EQ(bright_pixels(*make_slate(320, 180, {})), 0);
}

TEST(Slate, every_byte_is_taken_as_text) {
  std::string every;
  for (int byte = 255; byte > 0; --byte) every += static_cast<char>(byte);
  EXPECT_GT(bright_pixels(*make_slate(640, 360, {every, {every}})), 1000);
}

TEST(Slate, the_last_picture_is_dimmed_behind_the_words) {
  const auto last = of_colour(640, 360, yuv_of(0, 255, 0));
  const auto slate = make_slate(640, 360, words, {nullptr, last});
  const Yuv corner = pixel(*slate, 0, 0);
  EXPECT_LT(corner.y, 65);
  EXPECT_GT(corner.y, 30);
  EXPECT_LT(corner.u, 120) << "still green";
  EXPECT_NEAR(bright_pixels(*slate), bright_pixels(*make_slate(640, 360, words)), 100);
}

TEST(Slate, an_image_is_shown_as_it_is_and_dark_only_under_the_words) {
  const auto image = of_colour(640, 360, yuv_of(200, 200, 200));
  EXPECT_TRUE(near(pixel(*make_slate(640, 360, {}, {image, nullptr}), 320, 180), yuv_of(200, 200, 200)));
  const auto slate = make_slate(640, 360, words, {image, nullptr});
  EXPECT_TRUE(near(pixel(*slate, 4, 4), yuv_of(200, 200, 200)));
  EXPECT_LT(pixel(*slate, 4, 180).y, 70);
}

TEST(Slate, a_background_of_another_size_is_left_out) {
  const auto other = of_colour(320, 180, yuv_of(0, 255, 0));
  EXPECT_TRUE(near(pixel(*make_slate(640, 360, words, {other, other}), 0, 0), plain));
}

TEST(SinceText, says_when_and_how_long) {
  std::tm noon{};
  noon.tm_year = 126;
  noon.tm_mon = 10;
  noon.tm_mday = 20;
  noon.tm_hour = 14;
  noon.tm_min = 3;
  noon.tm_isdst = -1;
  const auto began = std::chrono::system_clock::from_time_t(std::mktime(&noon));
  EXPECT_EQ(since_text(began, 0s), "since 14:03");
  EXPECT_EQ(since_text(began, 59s), "since 14:03");
  EXPECT_EQ(since_text(began, 60s), "since 14:03, 1 min");
  EXPECT_EQ(since_text(began, 59min + 59s), "since 14:03, 59 min");
  EXPECT_EQ(since_text(began, 65min), "since 14:03, 1 h 5 min");
  EXPECT_EQ(since_text(began, 26h + 1min), "since 20 Nov 14:03, 1 d 2 h");
}

class Maker : public testing::Test {
 protected:
  SlateMaker maker{{640, 360}, "", true};
  common::MonoTime start = common::MonoTime{} + 1h;
  SlateMaker::Scene scene{words, start, nullptr};
};

TEST_F(Maker, gives_the_same_picture_until_the_next_minute) {
  const auto first = maker.picture(scene, start);
  for (auto time = start; time < start + 1min; time += 100ms) ASSERT_EQ(maker.picture(scene, time), first);
  const auto second = maker.picture(scene, start + 1min);
  EXPECT_NE(second, first);
  EXPECT_EQ(maker.picture(scene, start + 119s), second);
}

TEST_F(Maker, without_a_beginning_it_never_changes) {
  scene.began.reset();
  const auto first = maker.picture(scene, start);
  EXPECT_EQ(maker.picture(scene, start + 24h), first);
}

TEST_F(Maker, other_words_of_the_cause_wait_a_second_and_another_headline_does_not) {
  const auto first = maker.picture(scene, start);
  scene.text.lines.front() = "another cause";
  EXPECT_EQ(maker.picture(scene, start + 999ms), first);
  const auto second = maker.picture(scene, start + 1s);
  EXPECT_NE(second, first);
  scene.text.headline = "Paused";
  EXPECT_NE(maker.picture(scene, start + 1001ms), second);
}

TEST_F(Maker, a_last_picture_that_may_not_be_shown_any_more_goes_at_once) {
  scene.last_good = of_colour(640, 360, yuv_of(0, 255, 0));
  const auto dimmed = maker.picture(scene, start);
  EXPECT_FALSE(near(pixel(*dimmed, 0, 0), plain));
  scene.last_good.reset();
  EXPECT_TRUE(near(pixel(*maker.picture(scene, start + 1ms), 0, 0), plain));
}

TEST_F(Maker, plain_shows_no_last_picture) {
  SlateMaker other({640, 360}, "", false);
  scene.last_good = of_colour(640, 360, yuv_of(0, 255, 0));
  EXPECT_TRUE(near(pixel(*other.picture(scene, start), 0, 0), plain));
}

class Image : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directory(folder); }
  void TearDown() override { std::filesystem::remove_all(folder); }
  std::string write(const std::string& name, const std::string& bytes) {
    std::ofstream(folder / name, std::ios::binary) << bytes;
    return folder / name;
  }
  std::string a_jpeg(int width, int height) {
    const auto bytes = make_jpeg(*of_colour(width, height, yuv_of(0, 255, 0))).value();
    return {bytes.begin(), bytes.end()};
  }
  static std::string refused(const std::string& path) {
    const auto image = load_image(path, {640, 360});
    return image ? "" : image.error().reason;
  }
  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("slate_images." + std::to_string(getpid()));
};

TEST_F(Image, a_jpeg_is_letterboxed) {
  const auto image = load_image(write("tall.jpg", a_jpeg(180, 360)), {640, 360}).value();
  EXPECT_TRUE(near(pixel(*image, 320, 180), yuv_of(0, 255, 0), 6)) << pixel(*image, 320, 180);
  EXPECT_TRUE(near(pixel(*image, 10, 180), black));
}

TEST_F(Image, what_is_no_good_is_named_with_its_reason) {
  EXPECT_EQ(refused(folder / "none.png"),
            "slate image " + (folder / "none.png").string() + ": No such file or directory");
  EXPECT_NE(refused(folder).find("not a regular file"), std::string::npos);
  EXPECT_NE(refused(write("text.png", "hello")).find("neither PNG nor JPEG"), std::string::npos);
  EXPECT_NE(refused(write("empty.png", "")).find("neither PNG nor JPEG"), std::string::npos);
  EXPECT_NE(refused(write("cut.png", "\x89PNG\r\n\x1a\n")).find("damaged"), std::string::npos);
  const std::string whole = a_jpeg(640, 360);
  EXPECT_NE(refused(write("cut.jpg", whole.substr(0, 200))).find("damaged"), std::string::npos);
  const std::string fifo = folder / "fifo.png";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_NE(refused(fifo).find("not a regular file"), std::string::npos);
}

TEST_F(Image, a_file_of_more_bytes_than_allowed_is_refused) {
  const std::string path = write("large.jpg", a_jpeg(640, 360));
  std::filesystem::resize_file(path, image_bytes_max);
  EXPECT_EQ(refused(path), "") << "what follows the picture is not looked at";
  std::filesystem::resize_file(path, image_bytes_max + 1);
  EXPECT_NE(refused(path).find("bytes"), std::string::npos);
}

TEST_F(Image, of_more_pixels_than_allowed_is_refused_before_it_is_decoded) {
  // The size in the header of a real one, replaced.
  std::string bytes = a_jpeg(640, 360);
  const std::size_t frame = bytes.find("\xff\xc0");
  ASSERT_NE(frame, std::string::npos);
  for (const std::size_t at : {5u, 7u}) bytes.replace(frame + at, 2, "\xff\xf0");
  EXPECT_NE(refused(write("huge.jpg", bytes)).find("33177600 pixels"), std::string::npos);
}

TEST_F(Image, the_slate_goes_without_a_bad_one_and_says_so_once) {
  SlateMaker maker({640, 360}, folder / "none.png", true);
  std::vector<common::Message> messages;
  for (int i = 0; i < 200 && messages.empty(); ++i) {
    std::this_thread::sleep_for(10ms);
    messages = maker.take_messages();
  }
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_NE(std::get<common::LogLine>(messages[0]).text.find("none.png: No such file"), std::string::npos);
  EXPECT_TRUE(maker.take_messages().empty());
  EXPECT_TRUE(near(pixel(*maker.picture({words, {}, nullptr}, common::MonoTime{} + 1h), 0, 0), plain));
}

TEST_F(Image, a_good_one_comes_behind_the_words_when_it_is_loaded) {
  SlateMaker maker({640, 360}, write("wide.jpg", a_jpeg(640, 360)), true);
  const SlateMaker::Scene scene{words, {}, nullptr};
  const auto shows = [&] {
    return near(pixel(*maker.picture(scene, common::MonoTime{} + 1h), 0, 0), yuv_of(0, 255, 0), 6);
  };
  for (int i = 0; i < 200 && !shows(); ++i) std::this_thread::sleep_for(10ms);
  EXPECT_TRUE(shows());
}

int number(char32_t letter) {
  return static_cast<int>(letter);
}

TEST(Font, ascii_letters_differ) {
  for (char32_t one = '!'; one <= '~'; ++one)
    for (char32_t other = ' '; other < one; ++other)
      EXPECT_NE(glyph(one), glyph(other)) << number(one) << " " << number(other);
}

TEST(Font, has_all_of_latin_1_and_most_of_latin_extended_a) {
  const Glyph box = glyph(0xfffd);
  EXPECT_EQ(glyph(U'\n'), box);
  EXPECT_EQ(glyph(0x416), box) << "Cyrillic is not in it";
  EXPECT_EQ(glyph(0xa0), glyph(' '));
  for (char32_t letter = 0xa1; letter <= 0xff; ++letter)
    EXPECT_EQ(glyph(letter) == box, letter == 0xad)
        << number(letter) << "; the soft hyphen is not to be seen";
  int missing = 0;
  for (char32_t letter = 0x100; letter <= 0x17f; ++letter) missing += glyph(letter) == box ? 1 : 0;
  EXPECT_LE(missing, 13);
}

TEST(Font, marks_stand_free_of_their_letters) {
  EXPECT_NE(glyph(U'\u00c4'), glyph('A'));
  EXPECT_NE(glyph(U'\u00e4'), glyph(U'\u00e1'));
  for (const char32_t letter : {U'\u00c4', U'\u00d6', U'\u00dc'})
    EXPECT_EQ(glyph(letter)[2], 0) << number(letter);
  for (const char32_t letter : {U'\u00e4', U'\u00f6', U'\u00fc'})
    EXPECT_EQ(glyph(letter)[4], 0) << number(letter);
  EXPECT_EQ(glyph(U'\u00ed')[3], 0b00100) << "the mark in place of the dot";
}

TEST(Letters, utf8_is_read_and_what_is_none_is_marked) {
  EXPECT_EQ(letters_of("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"), U"a\u00e4\u20ac\U0001f600");
  EXPECT_EQ(letters_of("\xc3"), U"\ufffd");
  EXPECT_EQ(letters_of("\x80z"), U"\ufffdz");
  EXPECT_EQ(letters_of("\xe2\x82z"), U"\ufffdz");
}

}  // namespace
}  // namespace worker
