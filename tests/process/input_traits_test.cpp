#include "supervisor/process/input_traits.h"

#include <gtest/gtest.h>

namespace supervisor {
namespace {

using common::InputSettings;
using Kind = InputTraits::Kind;

InputSettings of_type(const std::string& type) {
  InputSettings input;
  input.type = type;
  return input;
}

TEST(InputTraits, every_type_has_its_way_of_being_opened) {
  EXPECT_EQ(traits_of(of_type("x11")).kind, Kind::Own);
  EXPECT_EQ(traits_of(of_type("pattern")).kind, Kind::Own);
  EXPECT_EQ(traits_of(of_type("file")).kind, Kind::File);
  EXPECT_EQ(traits_of(of_type("url")).kind, Kind::Remote);
  EXPECT_EQ(traits_of(of_type("device")).kind, Kind::Remote);
  EXPECT_EQ(traits_of(of_type("slate")).kind, Kind::Slate);
}

TEST(InputTraits, names_say_what_it_is_and_no_secret) {
  InputSettings screen = of_type("x11");
  screen.display = ":0";
  EXPECT_EQ(input_name(screen), ":0 second");
  screen.region = common::Region{10, 20, 640, 480};
  EXPECT_EQ(input_name(screen), ":0 640x480+10+20");
  InputSettings camera = of_type("url");
  camera.url = "rtsp://admin:hunter2@cam/1?token=s3cr3t";
  EXPECT_EQ(input_name(camera).find("hunter2"), std::string::npos);
  EXPECT_EQ(input_name(camera).find("s3cr3t"), std::string::npos);
  EXPECT_NE(input_name(camera).find("cam/1"), std::string::npos);
  InputSettings device = of_type("device");
  device.format = "v4l2";
  device.device = "/dev/video0";
  EXPECT_EQ(input_name(device), "v4l2 /dev/video0");
  camera.url = "rtsp://" + std::string(5000, 'x');
  EXPECT_LT(input_name(camera).size(), 200u);
}

TEST(InputTraits, only_what_is_exclusive_is_told_apart_by_what_it_needs) {
  InputSettings device = of_type("device");
  device.device = "/dev/video0";
  EXPECT_EQ(traits_of(device).exclusive, "");
  device.exclusive = true;
  EXPECT_EQ(traits_of(device).exclusive, "/dev/video0");
  InputSettings screen = of_type("x11");
  screen.exclusive = true;
  EXPECT_EQ(traits_of(screen).exclusive, "");
}

TEST(InputTraits, times_of_its_own_are_in_seconds) {
  InputSettings camera = of_type("url");
  camera.frozen_after = 30;
  EXPECT_EQ(traits_of(camera).content_limits[common::ContentFault::Frozen].count(), 30'000);
  EXPECT_EQ(traits_of(camera).timeout.count(), 0);
  camera.timeout = 1.5;
  EXPECT_EQ(traits_of(camera).timeout.count(), 1500);
}

TEST(InputTraits, what_is_configured_alike_is_found_again_at_its_new_place) {
  const InputSettings pattern = of_type("pattern"), slate = of_type("slate");
  InputSettings file = of_type("file");
  EXPECT_EQ(former_places({pattern, file, slate}, {file, pattern, slate}), (std::vector<int>{1, 0, 2}));
  EXPECT_EQ(former_places({pattern, pattern, slate}, {pattern, pattern, pattern, slate}),
            (std::vector<int>{0, 1, -1, 2}));
  InputSettings changed = file;
  changed.path = "other";
  EXPECT_EQ(former_places({file, slate}, {changed, slate}), (std::vector<int>{-1, 1}));
}

}  // namespace
}  // namespace supervisor
