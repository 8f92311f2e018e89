// Draws what a desktop shows, the same at each run, in a window of its own above everything else:
//   streamer-painter DISPLAY X Y WIDTH HEIGHT clock|typing|terminal
// clock: digits that change once a second, 300x100. typing: twelve keys a second, each draws its letter and
// the status line anew, a cursor that blinks; what changes stays within 3 % of the screen. terminal: thirty
// lines a second come in below, the whole screen moves up. What moves all over is streamer-demo-card.
#include <xcb/xcb.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <string>
#include <thread>

namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t paper = 0x00F4F0E8, ink = 0x00202830, accent = 0x000060A0;
constexpr std::int16_t line_height = 16, letter_width = 6, margin = 12;

class Screen {
 public:
  Screen(const char* display, std::int16_t left, std::int16_t top, std::uint16_t width, std::uint16_t height)
      : width_(width), height_(height), connection_(xcb_connect(display, nullptr), xcb_disconnect) {
    if (!works()) return;
    const xcb_screen_t* screen = xcb_setup_roots_iterator(xcb_get_setup(x())).data;
    window_ = xcb_generate_id(x());
    const std::uint32_t values[] = {paper, 1};
    xcb_create_window(x(), XCB_COPY_FROM_PARENT, window_, screen->root, left, top, width, height, 0,
                      XCB_WINDOW_CLASS_INPUT_OUTPUT, screen->root_visual,
                      XCB_CW_BACK_PIXEL | XCB_CW_OVERRIDE_REDIRECT, values);
    const xcb_font_t font = xcb_generate_id(x());
    xcb_open_font(x(), font, 5, "fixed");
    context_ = xcb_generate_id(x());
    const std::uint32_t settings[] = {ink, paper, font, 0};
    xcb_create_gc(x(), context_, window_,
                  XCB_GC_FOREGROUND | XCB_GC_BACKGROUND | XCB_GC_FONT | XCB_GC_GRAPHICS_EXPOSURES, settings);
    xcb_map_window(x(), window_);
  }

  bool works() const { return xcb_connection_has_error(x()) == 0; }
  std::int16_t width() const { return static_cast<std::int16_t>(width_); }
  std::int16_t height() const { return static_cast<std::int16_t>(height_); }

  void fill(xcb_rectangle_t area, std::uint32_t colour) {
    xcb_change_gc(x(), context_, XCB_GC_FOREGROUND, &colour);
    xcb_poly_fill_rectangle(x(), window_, context_, 1, &area);
    xcb_change_gc(x(), context_, XCB_GC_FOREGROUND, &ink);
  }
  // At most 255 letters; `y`: of the base line.
  void write(std::int16_t at_x, std::int16_t at_y, const std::string& text) {
    const auto size = static_cast<std::uint8_t>(std::min<std::size_t>(text.size(), 255));
    xcb_image_text_8(x(), size, window_, context_, at_x, at_y, text.c_str());
  }
  void move_up(std::int16_t pixels) {
    xcb_copy_area(x(), window_, window_, context_, 0, pixels, 0, 0, width_,
                  static_cast<std::uint16_t>(height_ - pixels));
    fill({0, static_cast<std::int16_t>(height_ - pixels), width_, static_cast<std::uint16_t>(pixels)}, paper);
  }
  void show() { xcb_flush(x()); }

 private:
  xcb_connection_t* x() const { return connection_.get(); }

  std::uint16_t width_, height_;
  std::unique_ptr<xcb_connection_t, void (*)(xcb_connection_t*)> connection_;
  xcb_window_t window_ = 0;
  xcb_gcontext_t context_ = 0;
};

// A line that looks like the output of a build; another one for each number.
std::string line_of(unsigned number, std::size_t letters) {
  unsigned state = number * 2654435761u + 1;
  std::string line = "[" + std::to_string(number) + "] ";
  while (line.size() < letters) {
    state = state * 1664525u + 1013904223u;
    line += (state >> 24) % 7 == 0 ? ' ' : static_cast<char>('a' + (state >> 16) % 26);
  }
  return line;
}

std::uint16_t size(int pixels) {
  return static_cast<std::uint16_t>(pixels);
}

// One digit of seven bars.
void draw_digit(Screen& screen, std::int16_t x, std::int16_t y, unsigned digit) {
  constexpr unsigned bars[] = {0x77, 0x24, 0x5D, 0x6D, 0x2E, 0x6B, 0x7B, 0x25, 0x7F, 0x6F};
  const xcb_rectangle_t places[] = {{4, 0, 26, 6},  {0, 4, 6, 36},   {28, 4, 6, 36}, {4, 38, 26, 6},
                                    {0, 42, 6, 36}, {28, 42, 6, 36}, {4, 76, 26, 6}};
  for (unsigned bar = 0; bar < 7; ++bar) {
    xcb_rectangle_t place = places[bar];
    place.x = static_cast<std::int16_t>(place.x + x);
    place.y = static_cast<std::int16_t>(place.y + y);
    screen.fill(place, (bars[digit] >> bar & 1) != 0 ? accent : paper);
  }
}

void draw_page(Screen& screen) {
  for (std::int16_t y = 2 * line_height; y < screen.height();
       y = static_cast<std::int16_t>(y + line_height)) {
    screen.write(margin, y, line_of(static_cast<unsigned>(y), 200));
  }
}

void draw_clock(Screen& screen, unsigned second) {
  unsigned left = second % 1'000'000;
  for (int place = 5; place >= 0; --place, left /= 10) {
    draw_digit(screen, static_cast<std::int16_t>(100 + place * 48), 100, left % 10);
  }
}

void draw_key(Screen& screen, unsigned key) {
  const unsigned columns = 120;
  const auto row = static_cast<std::int16_t>(4 + key / columns % 40);
  const auto x = static_cast<std::int16_t>(margin + key % columns * letter_width);
  const auto y = static_cast<std::int16_t>(row * line_height);
  if (key % columns == 0)
    screen.fill({0, static_cast<std::int16_t>(y - 12), size(900), size(line_height)}, paper);
  screen.write(x, y, line_of(key, 40).substr(30, 1));
  screen.fill({static_cast<std::int16_t>(x + letter_width), static_cast<std::int16_t>(y - 10), 2, 12},
              key % 6 < 3 ? ink : paper);
  const auto bottom = static_cast<std::int16_t>(screen.height() - margin);
  screen.write(margin, bottom,
               "line " + std::to_string(key / columns) + "  column " + std::to_string(key % columns) + "   ");
}

void draw_line(Screen& screen, unsigned number) {
  screen.move_up(line_height);
  screen.write(margin, static_cast<std::int16_t>(screen.height() - 4), line_of(number, 60 + number % 140));
}

int refuse(const std::string& why) {
  std::cerr << "streamer-painter: " << why << "; usage: DISPLAY X Y WIDTH HEIGHT clock|typing|terminal\n";
  return 64;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) return refuse("six arguments are needed");
  Screen screen(argv[1], static_cast<std::int16_t>(std::atoi(argv[2])),
                static_cast<std::int16_t>(std::atoi(argv[3])), static_cast<std::uint16_t>(std::atoi(argv[4])),
                static_cast<std::uint16_t>(std::atoi(argv[5])));
  if (!screen.works()) return refuse(std::string("no X server at ") + argv[1]);
  const std::string what = argv[6];
  const bool clock = what == "clock", typing = what == "typing";
  if (!clock && !typing && what != "terminal") return refuse("no scene " + what);
  const auto step = clock ? 1'000'000us : typing ? 83'333us : 33'333us;
  screen.show();
  std::this_thread::sleep_for(200ms);  // the window is there
  if (typing || clock) draw_page(screen);
  if (clock) screen.fill({80, 80, 340, 120}, paper);
  auto next = std::chrono::steady_clock::now();
  for (unsigned count = 0; screen.works(); ++count) {
    if (clock) {
      draw_clock(screen, count);
    } else if (typing) {
      draw_key(screen, count);
    } else {
      draw_line(screen, count);
    }
    screen.show();
    std::this_thread::sleep_until(next += step);
  }
  return 0;
}
