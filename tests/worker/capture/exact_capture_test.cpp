// What is captured by damage is, pixel for pixel, what a whole grab of the same moment shows: on scripted
// scenes and while somebody draws at random, on servers of several kinds, with and without a compositor. And
// what differs from the pictures before lies where the picture says that it does.
// STREAMER_DRAWING_SECONDS: how long somebody draws on each server (600 for the record).
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xcb/xcbext.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <thread>

#include "artist.h"
#include "pixels.h"
#include "worker/picture/canvas.h"
#include "worker/picture/cursor.h"
#include "worker/source/pointer_image.h"
#include "worker/source/second_look.h"
#include "worker/source/x11_source.h"
#include "x_server.h"

namespace worker {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using test::Artist;
using test::difference;
using test::XServer;

struct Kind {
  const char* name;
  const char* options;  // of two_monitors.sh
  int width = 640;      // of one monitor
  int height = 360;
  CanvasSize canvas{640, 360};
  enum class Composite { None, Redirected, Manager } composite = Composite::None;
  common::Region region{};  // empty: the second monitor
};

std::ostream& operator<<(std::ostream& out, const Kind& kind) {
  return out << kind.name;
}

// Windows are drawn aside, and the server itself puts the screen together.
void redirect_windows(xcb_connection_t* connection, xcb_window_t root) {
  static xcb_extension_t composite = {"Composite", 0};
  struct Version {
    std::uint8_t major = 0, minor = 0;
    std::uint16_t length = 0;
    std::uint32_t client_major = 0, client_minor = 4;
  } version;
  struct Redirect {
    std::uint8_t major = 0, minor = 2;
    std::uint16_t length = 0;
    std::uint32_t window = 0;
    std::uint8_t automatic = 0;
    std::uint8_t unused[3] = {};
  } redirect;
  redirect.window = root;
  const auto send = [&](auto& request, bool reply) {
    iovec parts[4] = {{}, {}, {&request, sizeof request}, {nullptr, 0}};
    const xcb_protocol_request_t protocol = {2, &composite, request.minor, static_cast<std::uint8_t>(!reply)};
    return xcb_send_request(connection, 0, parts + 2, &protocol);
  };
  const unsigned asked = send(version, true);
  std::free(xcb_wait_for_reply(connection, asked, nullptr));
  send(redirect, false);
}

class Program {
 public:
  // What it complains of is not shown.
  Program(const char* name, const std::string& display) {
    std::vector<char*> words = {const_cast<char*>(name), nullptr};
    std::vector<std::string> environment = {"DISPLAY=" + display};
    std::vector<char*> variables = {environment.front().data(), nullptr};
    posix_spawn_file_actions_t quiet;
    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&pid_, name, &quiet, nullptr, words.data(), variables.data()) != 0) pid_ = 0;
    posix_spawn_file_actions_destroy(&quiet);
  }
  ~Program() {
    if (pid_ == 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  bool runs() const { return pid_ != 0 && ::waitpid(pid_, nullptr, WNOHANG) == 0; }

 private:
  pid_t pid_ = 0;
};

// The pictures before, which may be painted over.
class Past {
 public:
  // Something differs outside of where `now` says that it does, as text; empty: nothing does.
  std::string left_out_by(const Picture& now) {
    std::string wrong;
    for (const Former& former : formers_)
      if (wrong.empty()) wrong = left_out(*former.picture, now, now.changes_since(former.serial));
    if (!formers_.empty() && formers_.back().serial == now.serial()) return wrong;
    formers_.push_back({now.serial(), Picture::make(now.width(), now.height())});
    copy(now, *formers_.back().picture);
    if (formers_.size() > ChangeHistory::steps_max + 1) formers_.pop_front();
    return wrong;
  }

 private:
  struct Former {
    std::uint64_t serial;
    std::shared_ptr<Picture> picture;
  };

  static std::string left_out(const Picture& one, const Picture& other, const DirtyArea& changes) {
    const auto covered = Picture::make(one.width(), one.height());
    copy(one, *covered);
    for (const Rectangle& area : changes.rectangles()) {
      if (((area.x | area.y | area.width | area.height) & 1) != 0) return "odd edges";
      if (intersect(area, {0, 0, one.width(), one.height()}) != area) return "outside of the picture";
      copy(other, area, *covered);
    }
    return difference(*covered, other);
  }

  static void copy(const Picture& from, const Rectangle& area, Picture& to) {
    for (int plane = 0; plane < 3; ++plane) {
      const int shift = plane == 0 ? 0 : 1;
      for (int y = area.y >> shift; y < area.bottom() >> shift; ++y)
        std::memcpy(to.plane(plane) + to.stride(plane) * y + (area.x >> shift),
                    from.plane(plane) + from.stride(plane) * y + (area.x >> shift),
                    static_cast<std::size_t>(area.width >> shift));
    }
  }
  static void copy(const Picture& from, Picture& to) { copy(from, {0, 0, from.width(), from.height()}, to); }

  std::deque<Former> formers_;
};

class ExactCapture : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    const Kind& kind = GetParam();
    if (server.is_xvfb() != (std::string(kind.options).find("Xvfb") != std::string::npos))
      GTEST_SKIP() << "Xorg does not start here, and one screen is not enough";
    if (kind.composite == Kind::Composite::Redirected)
      redirect_windows(own.get(), own.screen().root), xcb_flush(own.get());
    if (kind.composite == Kind::Composite::Manager) {
      manager = std::make_unique<Program>("xcompmgr", server.display());
      std::this_thread::sleep_for(200ms);
      if (!manager->runs()) GTEST_SKIP() << "a compositor is not installed here: xcompmgr";
    }
    settings.display = server.display();
    settings.monitor = "second";
    if (kind.region.width != 0) settings.region = kind.region;
    source = open_x11_source(settings, kind.canvas, memory).value();
    area = {kind.width, 0, kind.width, kind.height};
    if (settings.region) area = {kind.region.x, kind.region.y, kind.region.width, kind.region.height};
  }

  // Through another connection, whole, and made into a picture whole.
  std::shared_ptr<const Picture> expected() {
    auto pixels = second_look(server.display(), "", area).value();
    PointerImage pointer(own.get(), own.screen().root);
    pointer.request();
    EXPECT_TRUE(pointer.receive());
    const Bgra grab{pixels.data(), area.width * 4, area.width, area.height};
    const CursorOverlay overlay(pixels.data(), grab.stride, grab.width, grab.height, pointer.image(),
                                pointer.place()->x - area.x, pointer.place()->y - area.y);
    Canvas whole(GetParam().canvas.width, GetParam().canvas.height);
    return whole.paint(grab, {}).value();
  }

  // Nobody draws.
  std::string wrong_now() {
    artist.finish();
    EXPECT_TRUE(source->check());
    const auto picture = source->capture(0).value();
    const std::string left_out = past.left_out_by(*picture);
    return left_out.empty() ? difference(*picture, *expected()) : "left out: " + left_out;
  }

  // A compositor works on its own time. What it draws late is told of: nothing is healed by a comparison.
  std::string wrong() {
    std::string now = wrong_now();
    const auto limit = steady_clock::now() + 2s;
    while (manager && !now.empty() && steady_clock::now() < limit) {
      std::this_thread::sleep_for(5ms);
      now = wrong_now();
    }
    if (source->signs().capture_mode != common::by_damage) now += "; a change was not told of";
    return now;
  }

  void play(int steps, const std::function<void(int)>& step) {
    for (int i = 0; i < steps; ++i) {
      step(i);
      ASSERT_EQ(wrong(), "") << "after step " << i;
    }
  }

  static std::string options() { return std::string(GetParam().options); }
  XServer server{options(), GetParam().width, GetParam().height};
  XConnection own = XConnection::open(server.display(), "").value();
  std::unique_ptr<Program> manager;
  Artist artist{server.display(), GetParam().width * 2, GetParam().height, 1};
  MonitorMemory memory;
  common::InputSettings settings;
  Rectangle area;
  std::unique_ptr<Source> source;
  Past past;
};

TEST_P(ExactCapture, windows_move_resize_and_stack) {
  const auto one = artist.open({area.x + 10, area.y + 10, 101, 77});
  const auto other = artist.open({area.x + 50, area.y + 30, 200, 100});
  play(30, [&](int i) {
    artist.move(one, area.x - 40 + i * 7, area.y + i * 3);
    if (i % 5 == 0) artist.raise(i % 2 == 0 ? one : other);
    if (i % 4 == 0) artist.resize(other, 200 + i, 100 - i);
  });
}

TEST_P(ExactCapture, text_scrolls) {
  const auto terminal = artist.open({area.x + 21, area.y + 13, 301, 202});
  play(20, [&](int i) {
    artist.scroll(terminal, {0, 0, 301, 202}, 13);
    artist.write(terminal, 2, 198, "line " + std::to_string(i));
  });
}

TEST_P(ExactCapture, the_pointer_moves_and_changes) {
  artist.open({area.x + 100, area.y + 50, 150, 150});
  play(40, [&](int i) {
    artist.move_pointer(area.x - 20 + i * 17, area.y + 5 + i * 9);
    if (i % 7 == 0) artist.turn_pointer_into(static_cast<std::uint16_t>(2 * i));
  });
}

TEST_P(ExactCapture, the_pointer_is_a_small_change) {
  artist.move_pointer(area.x + 100, area.y + 100);
  ASSERT_EQ(wrong(), "");
  const std::uint64_t before = source->capture(0).value()->serial();
  artist.move_pointer(area.x + 110, area.y + 107);
  ASSERT_EQ(wrong(), "");
  const auto picture = source->capture(0).value();
  const DirtyArea changes = picture->changes_since(before);
  EXPECT_FALSE(changes.empty());
  EXPECT_LT(changes.pixels() * 10, picture->width() * picture->height());
}

TEST_P(ExactCapture, everything_changes_again_and_again) {
  play(20, [&](int) { artist.fill(artist.root(), {0, 0, 4000, 4000}); });
}

TEST_P(ExactCapture, small_things_change_in_many_places) {
  play(20, [&](int i) {
    for (int k = 0; k < 30; ++k)
      artist.fill(artist.root(), {area.x + k * 37 % area.width, area.y + (k * 53 + i) % area.height, 3, 1});
  });
}

TEST_P(ExactCapture, somebody_draws_at_random_while_it_is_captured) {
  const char* told = std::getenv("STREAMER_DRAWING_SECONDS");
  const auto limit = steady_clock::now() + (told == nullptr ? 1500ms : std::atoi(told) * 1000ms);
  int pictures = 0;
  for (int round = 0; steady_clock::now() < limit; ++round) {
    for (int i = 0; i < 20; ++i) {
      for (int k = 0; k < i; ++k) artist.do_anything();
      artist.flush();  // and not waited for
      const auto picture = source->capture(0);
      ASSERT_TRUE(picture);
      ASSERT_EQ(past.left_out_by(**picture), "") << "in round " << round;
      ++pictures;
    }
    ASSERT_EQ(wrong(), "") << "in round " << round;
  }
  std::printf("%d pictures\n", pictures);
}

const Kind kinds[] = {
    {"Xorg", ""},
    {"WithoutSharedMemory", "--without MIT-SHM"},
    {"Scaled", "", 640, 360, {426, 240}},
    {"OddSize", "--monitors 1", 641, 363, {640, 362}, {}, {1, 0, 640, 363}},
    {"OddPlace", "", 640, 360, {600, 300}, {}, {641, 1, 601, 301}},
    {"WindowsRedirected", "", 640, 360, {640, 360}, Kind::Composite::Redirected},
    {"Compositor", "", 640, 360, {640, 360}, Kind::Composite::Manager},
    {"Xvfb", "--server Xvfb", 640, 360, {640, 360}, {}, {0, 0, 640, 360}},
};
INSTANTIATE_TEST_SUITE_P(, ExactCapture, testing::ValuesIn(kinds),
                         [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace worker
