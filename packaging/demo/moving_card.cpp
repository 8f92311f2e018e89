// streamer-demo-card: a test picture on a rectangle of an X screen, for the demo desktop and for tests.
// Colour bars, a block that moves, the time and a number; or one still colour with a number. No fonts, no
// toolkit: rectangles only. Ends when the X server goes away (exit 1) or on a signal.
#include <poll.h>
#include <xcb/xcb.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>

namespace {

struct Options {
  std::string display;
  std::string geometry = "640x360+0+0";
  std::string color;  // still picture of this colour, "rrggbb"
  int number = 0;     // drawn large; 0: none
  int fps = 30;
  bool scroll = false;  // the whole picture moves
  bool time_code = false;
};

struct Box {
  int x = 0, y = 0, width = 0, height = 0;
};

// Segments of a digit, as in a clock: top, upper left, upper right, middle, lower left, lower right, bottom.
constexpr std::array<std::uint8_t, 10> digit_segments{0x77, 0x24, 0x5d, 0x6d, 0x2e,
                                                      0x6b, 0x7b, 0x25, 0x7f, 0x6f};

class Card {
 public:
  Card(xcb_connection_t* connection, const xcb_screen_t& screen, Box place)
      : connection_(connection),
        place_(place),
        window_(xcb_generate_id(connection)),
        canvas_(xcb_generate_id(connection)),
        pen_(xcb_generate_id(connection)) {
    const std::uint32_t values[] = {screen.black_pixel, 1, XCB_EVENT_MASK_EXPOSURE};
    xcb_create_window(connection_, XCB_COPY_FROM_PARENT, window_, screen.root, x16(place.x), x16(place.y),
                      u16(place.width), u16(place.height), 0, XCB_WINDOW_CLASS_INPUT_OUTPUT,
                      screen.root_visual, XCB_CW_BACK_PIXEL | XCB_CW_OVERRIDE_REDIRECT | XCB_CW_EVENT_MASK,
                      values);
    xcb_create_pixmap(connection_, screen.root_depth, canvas_, window_, u16(place.width), u16(place.height));
    const std::uint32_t no_exposures = 0;
    xcb_create_gc(connection_, pen_, canvas_, XCB_GC_GRAPHICS_EXPOSURES, &no_exposures);
    xcb_map_window(connection_, window_);
  }

  void fill(std::uint32_t color, Box box) {
    xcb_change_gc(connection_, pen_, XCB_GC_FOREGROUND, &color);
    const xcb_rectangle_t rectangle{x16(box.x), x16(box.y), u16(box.width), u16(box.height)};
    xcb_poly_fill_rectangle(connection_, canvas_, pen_, 1, &rectangle);
  }

  void draw_bars(int shift) {
    static constexpr std::array<std::uint32_t, 8> colors{0xc0c0c0, 0xc0c000, 0x00c0c0, 0x00c000,
                                                         0xc000c0, 0xc00000, 0x0000c0, 0x202020};
    const int width = (place_.width + 7) / 8;
    for (int bar = -1; bar < 9; ++bar)
      fill(colors[static_cast<std::size_t>(bar + 8) % 8], {bar * width + shift, 0, width, place_.height});
  }

  // A digit of `height` pixels; it is as wide as half of that.
  void draw_digit(int digit, int x, int y, int height, std::uint32_t color) {
    const int width = height / 2, line = std::max(2, height / 9), half = height / 2;
    const std::array<Box, 7> segments{Box{x, y, width, line},
                                      Box{x, y, line, half},
                                      Box{x + width - line, y, line, half},
                                      Box{x, y + half - line / 2, width, line},
                                      Box{x, y + half, line, height - half},
                                      Box{x + width - line, y + half, line, height - half},
                                      Box{x, y + height - line, width, line}};
    for (std::size_t index = 0; index < segments.size(); ++index)
      if (digit_segments[static_cast<std::size_t>(digit)] >> index & 1) fill(color, segments[index]);
  }

  // Digits and colons, from `x` on; returns where they end.
  int draw_text(const std::string& text, int x, int y, int height, std::uint32_t color) {
    const int dot = std::max(2, height / 9);
    for (const char letter : text) {
      if (letter >= '0' && letter <= '9') {
        draw_digit(letter - '0', x, y, height, color);
        x += height / 2 + height / 6;
      } else {
        fill(color, {x, y + height - dot, dot, dot});
        if (letter == ':') fill(color, {x, y + height / 3, dot, dot});
        x += dot + height / 6;
      }
    }
    return x;
  }

  void show() {
    xcb_copy_area(connection_, canvas_, window_, pen_, 0, 0, 0, 0, u16(place_.width), u16(place_.height));
    xcb_flush(connection_);
  }

  const Box& place() const { return place_; }

 private:
  static std::int16_t x16(int value) { return static_cast<std::int16_t>(value); }
  static std::uint16_t u16(int value) { return static_cast<std::uint16_t>(value); }

  xcb_connection_t* connection_;
  Box place_;
  xcb_window_t window_;
  xcb_pixmap_t canvas_;
  xcb_gcontext_t pen_;
};

std::string clock_text() {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  const auto tenths =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() / 100 % 10;
  std::tm local{};
  localtime_r(&seconds, &local);
  char text[16];
  std::snprintf(text, sizeof text, "%02d:%02d:%02d.%d", local.tm_hour % 24, local.tm_min % 60,
                local.tm_sec % 61, static_cast<int>(tenths));
  return text;
}

// The time as bright and dark fields along the lower edge, for programs that look at the stream: 32 bits of
// milliseconds since 1970, the highest first, then the sum of their four bytes as 8 bits. Forty squares of
// equal size from the left edge; a bit is 1 where its square is bright in the middle.
constexpr int time_code_bits = 40;

void draw_time_code(Card& card) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto milliseconds =
      static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
  std::uint32_t sum = 0;
  for (int byte = 0; byte < 4; ++byte) sum += milliseconds >> 8 * byte & 0xff;
  const std::uint64_t code = std::uint64_t{milliseconds} << 8 | (sum & 0xff);
  const Box& place = card.place();
  const int side = place.width / time_code_bits;
  for (int bit = 0; bit < time_code_bits; ++bit) {
    const bool bright = (code >> (time_code_bits - 1 - bit) & 1) != 0;
    card.fill(bright ? 0xffffff : 0x000000, {bit * side, place.height - side, side, side});
  }
}

void draw_still(Card& card, const Options& options) {
  const Box& place = card.place();
  card.fill(static_cast<std::uint32_t>(std::stoul(options.color, nullptr, 16)),
            {0, 0, place.width, place.height});
  if (options.number > 0)
    card.draw_text(std::to_string(options.number), place.width / 3, place.height / 3, place.height / 3,
                   0xffffff);
}

void draw_moving(Card& card, const Options& options, std::int64_t step) {
  const Box& place = card.place();
  const int bar = (place.width + 7) / 8, block = place.height / 6;
  card.draw_bars(options.scroll ? static_cast<int>(step * 4 % bar) : 0);
  const int run = std::max(1, place.width - block);
  const int position = static_cast<int>(step * place.width / 120 % (2 * run));
  card.fill(0xffffff, {position < run ? position : 2 * run - position, place.height * 2 / 3, block, block});
  const int height = place.height / 5, text_width = height * 11 / 2, left = (place.width - text_width) / 2;
  card.fill(0x101010, {left - height / 4, place.height / 4, text_width + height / 2, height * 3 / 2});
  card.draw_text(clock_text(), left, place.height / 4 + height / 4, height, 0xf0f0f0);
  if (options.number > 0)
    card.draw_text(std::to_string(options.number), place.width / 40, place.height / 40, place.height / 8,
                   0xffffff);
}

enum class Wake { Time, Exposed, Gone };

// Waits for the next picture, or until the window must be drawn again, or the X server is gone.
Wake wait_until(xcb_connection_t* connection, std::chrono::steady_clock::time_point next) {
  while (true) {
    bool exposed = false;
    while (xcb_generic_event_t* event = xcb_poll_for_event(connection)) {
      exposed = exposed || (event->response_type & 0x7f) == XCB_EXPOSE;
      std::free(event);
    }
    if (xcb_connection_has_error(connection)) return Wake::Gone;
    if (exposed) return Wake::Exposed;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - std::chrono::steady_clock::now());
    if (left.count() <= 0) return Wake::Time;
    pollfd descriptor{xcb_get_file_descriptor(connection), POLLIN, 0};
    ::poll(&descriptor, 1, static_cast<int>(left.count()));
  }
}

int run(const Options& options) {
  Box place;
  if (std::sscanf(options.geometry.c_str(), "%dx%d+%d+%d", &place.width, &place.height, &place.x, &place.y) !=
      4) {
    std::fprintf(stderr, "--geometry %s: WIDTHxHEIGHT+X+Y is wanted\n", options.geometry.c_str());
    return 64;
  }
  xcb_connection_t* connection =
      xcb_connect(options.display.empty() ? nullptr : options.display.c_str(), nullptr);
  if (xcb_connection_has_error(connection)) {
    std::fprintf(stderr, "the display %s does not answer\n", options.display.c_str());
    return 1;
  }
  Card card(connection, *xcb_setup_roots_iterator(xcb_get_setup(connection)).data, place);
  const bool still = !options.color.empty();
  const auto start = std::chrono::steady_clock::now();
  const std::chrono::nanoseconds interval = std::chrono::nanoseconds(std::chrono::seconds(1)) / options.fps;
  std::int64_t step = 0;
  Wake wake = Wake::Time;
  while (wake != Wake::Gone) {
    if (still)
      draw_still(card, options);
    else
      draw_moving(card, options, step);
    if (options.time_code) draw_time_code(card);
    card.show();
    step = (std::chrono::steady_clock::now() - start) / interval + 1;
    // A still picture causes no damage unless it was hidden.
    wake = wait_until(connection, still ? start + std::chrono::hours(10'000) : start + step * interval);
  }
  std::fprintf(stderr, "the X server is gone\n");
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"A test picture on a part of an X screen"};
  app.add_option("--display", options.display, "X display; default: $DISPLAY");
  app.add_option("--geometry", options.geometry, "WIDTHxHEIGHT+X+Y")->capture_default_str();
  app.add_option("--color", options.color,
                 "a still picture of this colour (rrggbb) instead of the moving one");
  app.add_option("--number", options.number, "a number to draw")->check(CLI::Range(0, 9999));
  app.add_option("--fps", options.fps, "pictures a second")->check(CLI::Range(1, 120))->capture_default_str();
  app.add_flag("--time-code", options.time_code, "paint the time so that programs can read it");
  app.add_flag("--scroll", options.scroll, "move the whole picture");
  CLI11_PARSE(app, argc, argv);
  return run(options);
}
