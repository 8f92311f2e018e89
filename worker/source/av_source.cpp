#include "worker/source/av_source.h"

#include <array>

#include "worker/av/av_devices.h"
#include "worker/av/av_owners.h"
#include "worker/picture/canvas.h"
#include "worker/picture/changes.h"
#include "worker/source/screen_follower.h"

extern "C" {
#include <libavformat/avformat.h>
}

namespace worker {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto read_time_max = 1s;  // then libavformat is told to give up, where it asks
// x11grab paces itself by its own clock; so fast that it never waits, because we ask by the clock of the
// slots.
constexpr const char* own_pace = "1000";

struct CloseInput {
  void operator()(AVFormatContext* context) const { avformat_close_input(&context); }
};
using InputPtr = std::unique_ptr<AVFormatContext, CloseInput>;

int is_late(void* deadline) {
  return steady_clock::now() > *static_cast<common::MonoTime*>(deadline) ? 1 : 0;
}

class X11GrabSource : public Source {
 public:
  X11GrabSource(XConnection connection, const common::InputSettings& settings, const CanvasSize& canvas,
                MonitorMemory& memory)
      : connection_(std::move(connection)),
        settings_(settings),
        memory_(memory),
        follower_(connection_, settings, memory, {}),
        canvas_(canvas.width, canvas.height) {}

  // Takes note of what the server told since the last call. Error: no picture may or can be made.
  common::Result<void> follow() {
    const auto found = follower_.follow();
    if (!found) return found.error();
    if (!*found || (input_ && area_ == **found)) return {};
    area_ = **found;
    previous_.reset();
    canvas_.reset();
    return open();
  }

  common::Result<std::shared_ptr<const Picture>> capture(common::Slot /*slot*/) override {
    PacketPtr packet(av_packet_alloc());
    for (int grabs = 1;; ++grabs) {
      const auto followed = follow();
      if (!followed) return followed.error();
      deadline_ = steady_clock::now() + read_time_max;
      const int code = av_read_frame(input_.get(), packet.get());
      // What happened before the grab, on x11grab's connection, is told on ours before the answer to this.
      if (!connection_.answers()) return connection_.lost_error();
      const bool news = follower_.take_events();
      if (code >= 0 && !news) break;
      if (code < 0 && !news) return av_error("display_lost: x11grab", code);
      if (grabs == grabs_max) return follower_.restless();
      av_packet_unref(packet.get());
    }
    const Bgra now{packet->data, area_.width * 4, area_.width, area_.height};
    if (packet->size < now.stride * now.height)
      return common::error("display_lost: x11grab sent half a picture");
    const std::array<Rectangle, 1> changed{previous_ ? changed_box(view(*previous_), now)
                                                     : Rectangle{0, 0, now.width, now.height}};
    previous_ = std::move(packet);
    return canvas_.paint(view(*previous_), changed);
  }

  common::Result<void> check() override {
    const auto followed = follow();
    if (!followed) return followed;
    if (!connection_.answers()) return connection_.lost_error();
    return {};
  }

  SourceSigns signs() const override {
    SourceSigns signs;
    signs.display_asleep = follower_.asleep();
    signs.display_locked = follower_.locked();
    return signs;
  }

  std::vector<common::Message> take_messages() override { return std::exchange(memory_.messages, {}); }

 private:
  Bgra view(const AVPacket& packet) const {
    return {packet.data, area_.width * 4, area_.width, area_.height};
  }

  common::Result<void> open() {
    const auto devices = load_devices();
    if (!devices) return common::error("input: " + devices.error().reason);
    input_.reset();
    AvOptions options;
    options.set("video_size", std::to_string(area_.width) + "x" + std::to_string(area_.height));
    options.set("framerate", own_pace);
    options.set("draw_mouse", settings_.cursor ? "1" : "0");
    AVFormatContext* context = avformat_alloc_context();
    deadline_ = steady_clock::now() + read_time_max;
    context->interrupt_callback = {is_late, &deadline_};
    const std::string place =
        connection_.name() + "+" + std::to_string(area_.x) + "," + std::to_string(area_.y);
    const int code =
        avformat_open_input(&context, place.c_str(), av_find_input_format("x11grab"), options.get());
    if (code < 0) return av_error("display_lost: x11grab cannot open " + place, code);
    input_.reset(context);
    const AVCodecParameters& pixels = *context->streams[0]->codecpar;
    if (pixels.codec_id == AV_CODEC_ID_RAWVIDEO && pixels.format == AV_PIX_FMT_BGR0) return {};
    return common::error("display_depth: x11grab gives no BGR0 for " + place +
                         "; run the X server with depth 24");
  }

  XConnection connection_;
  const common::InputSettings& settings_;
  MonitorMemory& memory_;
  ScreenFollower follower_;
  Canvas canvas_;
  Rectangle area_;
  common::MonoTime deadline_;
  InputPtr input_;
  PacketPtr previous_;
};

}  // namespace

common::Result<std::unique_ptr<Source>> open_x11grab_source(const common::InputSettings& settings,
                                                            const CanvasSize& canvas, MonitorMemory& memory) {
  auto connection = XConnection::open(settings.display, settings.xauthority);
  if (!connection) MonitorWatch::forget(memory);
  if (!connection) return connection.error();
  auto source = std::make_unique<X11GrabSource>(std::move(*connection), settings, canvas, memory);
  const auto followed = source->follow();
  if (!followed) return followed.error();
  return std::unique_ptr<Source>(std::move(source));
}

}  // namespace worker
