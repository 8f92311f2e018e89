#include "supervisor/config/tables.h"

#include <algorithm>
#include <array>

#include "common/redact.h"
#include "supervisor/config/config.h"
#include "supervisor/credentials/credentials.h"

namespace supervisor {
namespace {

using common::InputSettings;
using common::VideoSettings;
using W = std::string_view;

constexpr std::array input_types = {W("x11"), W("pattern"), W("slate"), W("url"), W("file"), W("device")};
constexpr std::array privacy_words = {W("show"), W("slate"), W("wake")};
constexpr std::array background_words = {W("dimmed"), W("plain")};
constexpr std::array capture_words = {W("xcb"), W("x11grab")};
constexpr std::array encoder_words = {W("auto"), W("libx264"), W("h264_vaapi")};
constexpr std::array preset_words = {W("ultrafast"), W("superfast"), W("veryfast"), W("faster"),  W("fast"),
                                     W("medium"),    W("slow"),      W("slower"),   W("veryslow")};
constexpr std::array standby_words = {W("off"), W("hot")};
constexpr std::array severity_words = {W("info"), W("warning"), W("critical")};
constexpr std::array role_words = {W("viewer"), W("operator")};
constexpr std::array webhook_words = {W("slack"), W("discord"), W("json")};
constexpr std::array level_words = {W("trace"), W("debug"), W("info"), W("warn"), W("error"), W("off")};
constexpr std::array format_words = {W("text"), W("json")};
// The failure classes of supervision.md.
constexpr std::array class_words = {
    W("clean_exit"),      W("crash"),        W("oom"),        W("hang"),           W("stall"),
    W("startup_timeout"), W("exec_fatal"),   W("version"),    W("exec_transient"), W("config"),
    W("display_lost"),    W("display_auth"), W("geometry"),   W("encoder"),        W("disk"),
    W("input"),           W("protocol"),     W("unkillable"), W("resource_limit"), W("error_storm")};
constexpr int serving_threads_max = 16;
constexpr std::array at_limit_words = {W(""), W("hold"), W("block"), W("software_encoder"), W("reduce")};

const Field server_limit_fields[] = {
    {"header_bytes_max", Whole{access<&ServerLimits::header_bytes_max>, 1024, 65'536}, "bytes",
     "Longest request line and headers of one request."},
    {"body_bytes_max", Whole{access<&ServerLimits::body_bytes_max>, 1024, 16'777'216}, "bytes",
     "Longest body of one request."},
    {"connections_max", Whole{access<&ServerLimits::connections_max>, 1, 100'000}, "connections",
     "Connections at the same time; further ones wait until one closes."},
    {"header_timeout", Duration{access<&ServerLimits::header_timeout>, 0.1, 300}, "s",
     "Longest time a client may take to send the headers of a request."},
    {"idle_timeout", Duration{access<&ServerLimits::idle_timeout>, 1, 3600}, "s",
     "How long a connection without a request is kept open."},
};
const Table server_limits = table_of<ServerLimits>(server_limit_fields);

const Field auth_user_fields[] = {
    {.key = "name",
     .kind = Text{access<&AuthUser::name>, {}, account_name_bytes_max},
     .unit = "",
     .about = "Name to log in with: A-Z, a-z, 0-9, and . _ @ -; unique.",
     .required = true},
    {"role", Text{access<&AuthUser::role>, role_words}, "",
     "viewer: everything that only reads. operator: everything."},
    {.key = "password_hash",
     .kind = Text{access<&AuthUser::password_hash>, {}, 512},
     .unit = "",
     .about = "What `streamer-supervisor passwd` prints.",
     .required = true,
     .secret = true},
};
const Table auth_user = table_of<AuthUser>(auth_user_fields);

const Field auth_token_fields[] = {
    {.key = "name",
     .kind = Text{access<&AuthToken::name>, {}, account_name_bytes_max},
     .unit = "",
     .about = "What the token is for: A-Z, a-z, 0-9, and . _ @ -; unique.",
     .required = true},
    {"role", Text{access<&AuthToken::role>, role_words}, "", "As of a user."},
    {.key = "token_hash",
     .kind = Text{access<&AuthToken::token_hash>, {}, 128},
     .unit = "",
     .about = "What `streamer-supervisor token` prints beside the token.",
     .required = true,
     .secret = true},
};
const Table auth_token = table_of<AuthToken>(auth_token_fields);

const Field auth_fields[] = {
    {"users", list<&Auth::users>(auth_user, 64), "",
     "Who logs in with a password: on the dashboard, and players by HTTP Basic."},
    {"tokens", list<&Auth::tokens>(auth_token, 64), "", "Programs: Authorization: Bearer TOKEN."},
    {"public_media", Flag{access<&Auth::public_media>}, "",
     "The streams themselves are open to everybody; dashboard figures and commands are not."},
    {"session_hours", Number{access<&Auth::session_hours>, 0.01, 8760}, "h", "How long a login lasts."},
    {"login_attempts", Whole{access<&Auth::login_attempts>, 1, 20}, "attempts",
     "Passwords that an address may try before each further one has to wait."},
    {"login_delay", Duration{access<&Auth::login_delay>, 0.1, 3600}, "s",
     "First of these waits; each is twice as long as the one before."},
    {"login_delay_max", Duration{access<&Auth::login_delay_max>, 0.1, 3600}, "s",
     "Longest of them; not below login_delay."},
};
const Table auth = table_of<Auth>(auth_fields);

const Field tls_fields[] = {
    {"certificate", Text{access<&Tls::certificate>}, "",
     "Absolute path of the certificate (PEM, followed by its chain) that clients are shown, by this service "
     "or "
     "by a proxy in front. It is looked after: an alert tells 14 days before its end, and when it cannot be "
     "used. Empty: none."},
    {"key", Text{access<&Tls::key>}, "",
     "Absolute path of its key (PEM, without passphrase, mode 0600). With it every address of listen speaks "
     "HTTPS, and nothing else. Both files are read again when they change. Empty: HTTP."},
};
const Table tls = table_of<Tls>(tls_fields);

const Field server_fields[] = {
    {"listen", TextList{access<&Server::listen>, 1, 16}, "",
     "Addresses to serve on, ADDRESS:PORT or [ADDRESS]:PORT, numbers only; port 0 is any free port."},
    {"hosts", TextList{access<&Server::hosts>, 0, 32}, "",
     "Names that clients or a proxy in front ask by, without port: stream.example.org. Numeric addresses, "
     "localhost and the name of the machine need not be listed; any other name is refused with 421, because "
     "a foreign web site could have made it."},
    {"insecure_lan", Flag{access<&Server::insecure_lan>}, "",
     "Allow addresses that other machines reach without tls and auth: passwords and the picture can be read "
     "on "
     "the way, and everybody there can watch the screen and stop the stream. With both it is not needed."},
    {"runtime_dir", Text{access<&Server::runtime_dir>}, "",
     "Absolute path of a folder for the lock and the published window, which the next process takes over; "
     "best in a "
     "tmpfs. Empty: RUNTIME_DIRECTORY, else a folder of its own in XDG_RUNTIME_DIR or /run."},
    {"state_dir", Text{access<&Server::state_dir>}, "",
     "Absolute path of a folder for what outlives a restart of the machine: what is wanted, backoff, "
     "incidents. Empty: "
     "STATE_DIRECTORY, else runtime_dir."},
    {"drill", Flag{access<&Server::drill>}, "", "Allow controlled faults over the API and the command line."},
    {"threads", Whole{access<&Server::threads>, 1, serving_threads_max}, "threads",
     "Threads that serve playlists and media. 1 is enough for a thousand viewers at 1500 kbit/s; more are "
     "for "
     "more than one core can send, and begin with the first viewers that need them. HTTPS, media that needs "
     "credentials, the dashboard and the API are served by one of them alone, whatever stands here."},
    {"tls", section<&Server::tls>(tls), "", "Certificate and key for HTTPS."},
    {"auth", section<&Server::auth>(auth), "",
     "Credentials. Without users and tokens everybody who reaches the address may do everything."},
    {"limits", section<&Server::limits>(server_limits), "", "What one client, and all of them, may take."},
};
const Table server = table_of<Server>(server_fields);

const Field region_fields[] = {
    {.key = "x",
     .kind = Whole{access<&common::Region::x>, 0, 65'535},
     .unit = "pixels",
     .about = "Left edge.",
     .required = true},
    {.key = "y",
     .kind = Whole{access<&common::Region::y>, 0, 65'535},
     .unit = "pixels",
     .about = "Upper edge.",
     .required = true},
    {.key = "width",
     .kind = Whole{access<&common::Region::width>, 16, 65'535},
     .unit = "pixels",
     .about = "Width.",
     .required = true},
    {.key = "height",
     .kind = Whole{access<&common::Region::height>, 16, 65'535},
     .unit = "pixels",
     .about = "Height.",
     .required = true},
};
const Table region = table_of<common::Region>(region_fields);

const Field input_fields[] = {
    {.key = "type",
     .kind = Text{access<&InputSettings::type>, input_types},
     .unit = "",
     .about = "x11 is a monitor of an X server, pattern a moving test picture, slate a still text, url a "
              "network stream, file a media file, device a camera or a capture card.",
     .required = true},
    {.key = "display",
     .kind = Text{access<&InputSettings::display>, {}, 255},
     .unit = "",
     .about = "X display such as \":0\"; empty: the environment's DISPLAY.",
     .only_for = "x11"},
    {.key = "monitor",
     .kind = MonitorChoice{},
     .unit = "",
     .about = "\"second\" (the only one if there is one), \"primary\", \"all\", a connector name, a text of "
              "the EDID, an "
              "index from 0, or a rectangle of the screen in pixels.",
     .only_for = "x11"},
    {.key = "cursor",
     .kind = Flag{access<&InputSettings::cursor>},
     .unit = "",
     .about = "Show the mouse pointer.",
     .only_for = "x11"},
    {.key = "capture",
     .kind = Text{access<&InputSettings::capture>, capture_words},
     .unit = "",
     .about = "xcb is shared memory with damage, x11grab is libavdevice's grabber.",
     .only_for = "x11"},
    {.key = "xauthority",
     .kind = Text{access<&InputSettings::xauthority>},
     .unit = "",
     .about = "Cookie file of the X server; empty: the environment's XAUTHORITY.",
     .only_for = "x11"},
    {.key = "locked",
     .kind = Text{access<&InputSettings::locked>, privacy_words},
     .unit = "",
     .about = "While the screen is locked: show what is there, put the slate on air, or wake the screen up.",
     .only_for = "x11"},
    {.key = "asleep",
     .kind = Text{access<&InputSettings::asleep>, privacy_words},
     .unit = "",
     .about = "While the monitors are switched off to save power (DPMS): the same words.",
     .only_for = "x11"},
    {.key = "url",
     .kind = Text{access<&InputSettings::url>, {}, 2048},
     .unit = "",
     .about = "Address of a network stream: rtsp, rtmp, srt, http(s) (HLS too), udp, rtp, rist and others. "
              "Secrets in it are never shown.",
     .address = true,
     .only_for = "url"},
    {.key = "path",
     .kind = Text{access<&InputSettings::path>},
     .unit = "",
     .about = "Media file; best an absolute path.",
     .only_for = "file"},
    {.key = "loop",
     .kind = Flag{access<&InputSettings::loop>},
     .unit = "",
     .about = "Begin again at the end of the file.",
     .only_for = "file"},
    {.key = "format",
     .kind = Text{access<&InputSettings::format>, {}, 64},
     .unit = "",
     .about = "libavdevice format such as \"v4l2\".",
     .only_for = "device"},
    {.key = "device",
     .kind = Text{access<&InputSettings::device>},
     .unit = "",
     .about = "Device such as \"/dev/video0\".",
     .only_for = "device"},
    {.key = "options",
     .kind = TextMap{access<&InputSettings::options>, 16, 64, 512},
     .unit = "",
     .about = "Options of libavformat for this input, such as {\"rtsp_transport\": \"tcp\"} or "
              "{\"video_size\": \"1280x720\"}.",
     .only_for = "url device"},
    {.key = "timeout",
     .kind = Number{access<&InputSettings::timeout>, 0, 300},
     .unit = "s",
     .about = "Longest time without a picture before another input is shown; 0: selector.timeout.",
     .only_for = "url device"},
    {.key = "frozen_after",
     .kind = Number{access<&InputSettings::frozen_after>, 0, 86'400},
     .unit = "s",
     .about = "How long it may show the same picture; then it is suspected, and given up after the time-out. "
              "A still scene looks the same: longer than anything in it stands still. 0: for ever.",
     .only_for = "url file device"},
    {.key = "black_after",
     .kind = Number{access<&InputSettings::black_after>, 0, 86'400},
     .unit = "s",
     .about = "How long its pictures may be black, in the same way. 0: for ever.",
     .only_for = "url file device"},
    {.key = "corrupt_after",
     .kind = Number{access<&InputSettings::corrupt_after>, 0, 86'400},
     .unit = "s",
     .about = "How long its pictures may again and again be decoded with errors, in the same way. 0: for "
              "ever.",
     .only_for = "url file device"},
    {.key = "exclusive",
     .kind = Flag{access<&InputSettings::exclusive>},
     .unit = "",
     .about =
         "Only one may have it open: a standby leaves it alone until the worker that has it is gone, and "
         "it is not tested meanwhile. Not written: true for a device, else false.",
     .only_for = "url device"},
    {.key = "text",
     .kind = Text{access<&InputSettings::text>, {}, 256},
     .unit = "",
     .about = "Words on the slate; empty: the slate's own.",
     .only_for = "slate"},
    {.key = "image",
     .kind = Text{access<&InputSettings::image>},
     .unit = "",
     .about = "Absolute path of a picture on the slate; empty: none.",
     .only_for = "slate"},
    {.key = "background",
     .kind = Text{access<&InputSettings::background>, background_words},
     .unit = "",
     .about = "Behind the words: the last good picture, dimmed, or a plain colour.",
     .only_for = "slate"},
};
const Table input = table_of<InputSettings>(input_fields);

const Field slate_fields[] = {
    {"text", Text{access<&ImplicitSlate::text>, {}, 256}, "", "Words on it; empty: the slate's own."},
    {"image", Text{access<&ImplicitSlate::image>}, "", "Absolute path of a picture on it; empty: none."},
    {"background", Text{access<&ImplicitSlate::background>, background_words}, "",
     "Behind the words: the last good picture, dimmed, or a plain colour."},
};
const Table slate = table_of<ImplicitSlate>(slate_fields);

const Field selector_fields[] = {
    {"suspect_after", Duration{access<&Selector::suspect_after>, 0.5, 300}, "s",
     "Time without a sign of life after which an input is suspected, and the next one made ready."},
    {"timeout", Duration{access<&Selector::timeout>, 2, 300}, "s",
     "Time without a sign of life after which the next input is shown; not below suspect_after. On an error "
     "that is done at once."},
    {"stable_time", Duration{access<&Selector::stable_time>, 0, 86'400}, "s",
     "How long a better input has to work before it is shown again."},
    {"dwell_time", Duration{access<&Selector::dwell_time>, 0, 86'400}, "s",
     "Shortest time from one change of the input on air to going back to a better one."},
    {"warm", Whole{access<&Selector::warm>, 0, 16}, "inputs",
     "Network inputs that are kept open beside the one on air, so that they can be shown at once. x11, "
     "pattern and file inputs always are."},
    {"probe_interval", Duration{access<&Selector::probe_interval>, 0.1, 3600}, "s",
     "First wait before an input that failed is tested again; grows up to probe_interval_max."},
    {"probe_interval_max", Duration{access<&Selector::probe_interval_max>, 0.1, 3600}, "s",
     "Longest of these waits; not below probe_interval."},
    {"probe_timeout", Duration{access<&Selector::probe_timeout>, 0.5, 300}, "s",
     "Longest time that a test may take."},
    {"penalty", Whole{access<&Selector::penalty>, 0, 1'000'000}, "points",
     "What each failure counts against an input."},
    {"penalty_half_life", Duration{access<&Selector::penalty_half_life>, 1, 86'400}, "s",
     "Time in which half of that is forgotten."},
    {"penalty_suppress", Whole{access<&Selector::penalty_suppress>, 1, 1'000'000}, "points",
     "Above it an input is not gone back to, although it works: it comes and goes."},
    {"penalty_reuse", Whole{access<&Selector::penalty_reuse>, 1, 1'000'000}, "points",
     "Below it an input may be gone back to again; below penalty_suppress."},
    {"stuck_max", Whole{access<&Selector::stuck_max>, 1, 100}, "threads",
     "Inputs of a worker that could not be stopped before the worker is replaced."},
};
const Table selector = table_of<Selector>(selector_fields);

const Field video_fields[] = {
    {"width", Whole{access<&VideoSettings::width>, 16, 7680}, "pixels", "Width of the picture; even."},
    {"height", Whole{access<&VideoSettings::height>, 16, 4320}, "pixels", "Height of the picture; even."},
    {"fps", Whole{access<&VideoSettings::fps>, 1, 120}, "pictures/s", "Picture rate."},
    {"bitrate", Whole{access<&VideoSettings::bitrate>, 50, 200'000}, "kbit/s", "Target rate of the encoder."},
    {"keyframe_interval", Number{access<&VideoSettings::keyframe_interval>, 0.1, 60}, "s",
     "Longest time between key frames; a segment always begins with one."},
    {"encoder", Text{access<&VideoSettings::encoder>, encoder_words}, "",
     "auto tries the GPU (VAAPI) and falls back to libx264."},
    {"preset", Text{access<&VideoSettings::preset>, preset_words}, "",
     "libx264: slower means a better picture at the same bitrate and more CPU."},
};
const Table video = table_of<VideoSettings>(video_fields);

const Field hls_fields[] = {
    {"segment_duration", Number{access<&Hls::segment_duration>, 0.5, 60}, "s", "Length of a segment."},
    {"part_duration", Number{access<&Hls::part_duration>, 0.05, 60}, "s",
     "Length of a part; not above segment_duration. Short means low delay and more requests."},
    {"window_segments", Whole{access<&Hls::window_segments>, 3, 1000}, "segments",
     "Segments in the playlist, and how far a viewer can go back."},
    {"low_latency", Flag{access<&Hls::low_latency>}, "", "Offer parts and blocking reload (LL-HLS)."},
    {"output_dir", Text{access<&Hls::output_dir>}, "",
     "Absolute path of a folder that gets the stream as files, for nginx; empty: nothing on disk."},
    {"output_mode", Mode{access<&Hls::output_mode>}, "", "Permission bits of output_dir, octal."},
    {"dvr_seconds", Unavailable{"0"}, "s", "How long segments are kept for going back."},
};
const Table hls = table_of<Hls>(hls_fields);

const Field strategy_fields[] = {
    {"delay", Duration{access<&Strategy::delay>, 0, 3600}, "s",
     "Wait before each new attempt; 0: the rule of the class."},
    {"multiplier", Number{access<&Strategy::multiplier>, 0, 10}, "",
     "Growth of the wait; 0: that of restart.backoff_multiplier."},
    {"cap", Duration{access<&Strategy::cap>, 0, 3600}, "s", "Longest wait; 0: that of restart.backoff_max."},
    {"max_attempts", Whole{access<&Strategy::max_attempts>, 0, 1'000'000}, "attempts",
     "Attempts before at_limit; 0: no limit of its own."},
    {"at_limit", Text{access<&Strategy::at_limit>, at_limit_words}, "",
     "What follows max_attempts: a long pause with one trial each (hold), waiting for a change (block), "
     "encoding without "
     "the GPU (software_encoder), a cheaper preset (reduce). Empty: the rule of the class."},
};
const Table strategy = table_of<Strategy>(strategy_fields);

const Field restart_fields[] = {
    {"max_restarts", Whole{access<&Restart::max_restarts>, 1, 1'000'000}, "restarts",
     "Restarts without media in restart_window before the stream is held for a while; it is never given up."},
    {"restart_window", Duration{access<&Restart::restart_window>, 1, 86'400}, "s", "See max_restarts."},
    {"restart_delay", Duration{access<&Restart::restart_delay>, 0, 3600}, "s",
     "First wait of the backoff; the first failure after a stable run is answered at once."},
    {"backoff_multiplier", Number{access<&Restart::backoff_multiplier>, 1, 10}, "", "Growth of the wait."},
    {"backoff_max", Duration{access<&Restart::backoff_max>, 0, 3600}, "s",
     "Longest wait; not below restart_delay."},
    {"stable_after", Duration{access<&Restart::stable_after>, 0.1, 86'400}, "s",
     "Steady progress that proves a worker and resets the backoff."},
    {"strategies", map<&Restart::strategies>(strategy, class_words), "",
     "What single failure classes do differently."},
};
const Table restart = table_of<Restart>(restart_fields);

const Field error_fields[] = {
    {"max_errors", Whole{access<&Errors::max_errors>, 1, 100'000}, "errors",
     "Errors a worker may report in error_window before it is replaced."},
    {"error_window", Duration{access<&Errors::error_window>, 1, 86'400}, "s", "See max_errors."},
};
const Table errors = table_of<Errors>(error_fields);

const Field worker_limit_fields[] = {
    {"worker_memory_mb", Whole{access<&WorkerLimits::worker_memory_mb>, 0, 1'048'576}, "MiB",
     "Resident memory of a worker above which it is replaced; 0: no limit."},
    {"worker_cpu_percent", Whole{access<&WorkerLimits::worker_cpu_percent>, 0, 100'000}, "%",
     "CPU of a worker (100 is one core) above which it is replaced; 0: no limit."},
    {"for_seconds", Whole{access<&WorkerLimits::for_seconds>, 1, 86'400}, "s",
     "How long a limit must be exceeded."},
};
const Table worker_limits = table_of<WorkerLimits>(worker_limit_fields);

const Field timer_fields[] = {
    {"exec", Duration{access<&Timers::exec>, 0.05, 3600}, "s",
     "From spawn to the confirmed start of the program."},
    {"hello", Duration{access<&Timers::hello>, 0.05, 3600}, "s", "From spawn to the worker's hello."},
    {"first_media", Duration{access<&Timers::first_media>, 0.1, 3600}, "s", "From hello to the first media."},
    {"heartbeat", Duration{access<&Timers::heartbeat>, 0.3, 3600}, "s",
     "Silence that makes a hang; a worker beats every 0.25 s."},
    {"progress", Duration{access<&Timers::progress>, 0, 3600}, "s",
     "Time without new media that makes a stall; 0: three segments, at least 6 s."},
    {"term", Duration{access<&Timers::term>, 0.05, 3600}, "s",
     "From the request to end until the worker is killed."},
    {"kill", Duration{access<&Timers::kill>, 0.05, 3600}, "s",
     "From the kill until the worker counts as unkillable."},
    {"hold", Duration{access<&Timers::hold>, 0.1, 86'400}, "s",
     "First pause when the restart budget is used up."},
    {"hold_max", Duration{access<&Timers::hold_max>, 0.1, 86'400}, "s",
     "Longest pause; the pause doubles with each failed attempt."},
};
const Table timers = table_of<Timers>(timer_fields);

const Field stream_fields[] = {
    {.key = "name",
     .kind = Text{access<&Stream::name>, {}, 32},
     .unit = "",
     .about = "Name in addresses: 1 to 32 of a-z, 0-9, _ and -; unique.",
     .required = true},
    {"inputs", list<&Stream::inputs>(input, 16), "",
     "Ordered by priority, the first is the best. A slate is always there, last, even when not written."},
    {"slate", section<&Stream::slate>(slate), "", "The slate that is there although it is not written."},
    {"selector", section<&Stream::selector>(selector), "", "When another input is shown."},
    {"video", section<&Stream::video>(video), "", "The encoded picture."},
    {"renditions", Unavailable{"[]"}, "", "Further sizes of the same picture."},
    {"audio", Unavailable{"{}"}, "", "Sound."},
    {"hls", section<&Stream::hls>(hls), "", "Segments, parts and playlist."},
    {"push", Unavailable{"[]"}, "", "Republish by RTMP, RTSP or SRT."},
    {"standby", Text{access<&Stream::standby>, standby_words}, "",
     "hot: a second worker, warm, takes over at once when the first one fails; off: a new one is started "
     "then."},
    {"sandbox", Flag{access<&Stream::sandbox>}, "",
     "A worker may change no file, start no program and, without an input that needs it, reach no network. "
     "Set it to "
     "false only for a driver that does not work so."},
    {"on_demand", Unavailable{"false"}, "", "Run only while somebody watches."},
    {"restart", section<&Stream::restart>(restart), "", "How a dead worker is replaced."},
    {"errors", section<&Stream::errors>(errors), "", "Error storms."},
    {"limits", section<&Stream::limits>(worker_limits), "", "What a worker may take."},
    {"timers", section<&Stream::timers>(timers), "", "How long supervision waits."},
};
const Table stream = table_of<Stream>(stream_fields);

const Field auto_recovery_fields[] = {
    {"service_restart", Flag{access<&AutoRecovery::service_restart>}, "",
     "Of the first version; false changes nothing: what fails is always started again."},
    {"stream_restart", Flag{access<&AutoRecovery::stream_restart>}, "", "The same."},
    {"resource_monitoring", Flag{access<&AutoRecovery::resource_monitoring>}, "",
     "Alert high_resource_use; false: none. A worker above limits is replaced in any case."},
};
const Table auto_recovery = table_of<AutoRecovery>(auto_recovery_fields);

const Field monitoring_fields[] = {
    {"check_interval", Duration{access<&Monitoring::check_interval>, 0.5, 3600}, "s",
     "How often CPU, memory and disk are measured; three measurements in a row make a warning."},
    {"self_probe_interval", Duration{access<&Monitoring::self_probe_interval>, 0, 3600}, "s",
     "How often the service plays a little of each stream itself, over its own address, to know that viewers "
     "can; 0: never."},
    {"cpu_warn_percent", Whole{access<&Monitoring::cpu_warn_percent>, 1, 100}, "%",
     "CPU use that is a warning."},
    {"memory_warn_percent", Whole{access<&Monitoring::memory_warn_percent>, 1, 100}, "%",
     "Memory use that is a warning."},
    {"disk_warn_percent", Whole{access<&Monitoring::disk_warn_percent>, 1, 100}, "%",
     "Disk use that is a warning."},
    {"auto_recovery", section<&Monitoring::auto_recovery>(auto_recovery), "",
     "What is mended without being asked."},
};
const Table monitoring = table_of<Monitoring>(monitoring_fields);

const Field email_fields[] = {
    {"enabled", Flag{access<&EmailAlerts::enabled>}, "", "Send alerts by e-mail."},
    {"smtp_server", Text{access<&EmailAlerts::smtp_server>, {}, 255}, "", "Host of the mail server."},
    {"smtp_port", Whole{access<&EmailAlerts::smtp_port>, 1, 65'535}, "",
     "Port of the mail server; at 465 the connection begins encrypted."},
    {"use_tls", Flag{access<&EmailAlerts::use_tls>}, "",
     "Encrypt. At other ports than 465 the server must offer STARTTLS, else it is told nothing."},
    {"from_email", Text{access<&EmailAlerts::from_email>, {}, 320}, "", "Sender."},
    {"to_email", Text{access<&EmailAlerts::to_email>, {}, 4096}, "", "Receivers, separated by commas."},
    {"username", Text{access<&EmailAlerts::username>, {}, 320}, "", "Account at the mail server."},
    {.key = "password",
     .kind = Text{access<&EmailAlerts::password>, {}, 1024},
     .unit = "",
     .about = "Password of the account; password_file is better.",
     .secret = true},
    {"password_file", Text{access<&EmailAlerts::password_file>}, "",
     "Absolute path of a file with the password of the account; read for each mail."},
    {"ca_file", Text{access<&EmailAlerts::ca_file>}, "",
     "Absolute path of the certificates (PEM) to trust; empty: the system's."},
    {"min_severity", Text{access<&EmailAlerts::min_severity>, severity_words}, "",
     "Only alerts that are at least so bad."},
};
const Table email = table_of<EmailAlerts>(email_fields);

const Field webhook_fields[] = {
    {"enabled", Flag{access<&WebhookAlerts::enabled>}, "", "Send alerts to this receiver."},
    {.key = "url",
     .kind = Text{access<&WebhookAlerts::url>},
     .unit = "",
     .about = "Address of the receiver.",
     .secret = true},
    {"url_file", Text{access<&WebhookAlerts::url_file>}, "",
     "Absolute path of a file with the address, instead of url; read for each message."},
    {"format", Text{access<&WebhookAlerts::format>, webhook_words}, "", "Shape of the message."},
    {"secret_file", Text{access<&WebhookAlerts::secret_file>}, "",
     "Absolute path of a file with the key that signs messages of the format json."},
    {"allow_private", Flag{access<&WebhookAlerts::allow_private>}, "",
     "Allow a receiver on this machine or in a private network."},
    {"ca_file", Text{access<&WebhookAlerts::ca_file>}, "",
     "Absolute path of the certificates (PEM) to trust; empty: the system's."},
    {"min_severity", Text{access<&WebhookAlerts::min_severity>, severity_words}, "",
     "Only alerts that are at least so bad."},
};
const Table webhook = table_of<WebhookAlerts>(webhook_fields);

const Field dead_man_fields[] = {
    {.key = "url",
     .kind = Text{access<&DeadManPing::url>},
     .unit = "",
     .about = "Address to fetch while every wanted stream shows its picture; empty: none.",
     .secret = true},
    {"url_file", Text{access<&DeadManPing::url_file>}, "",
     "Absolute path of a file with the address, instead of url."},
    {"interval", Duration{access<&DeadManPing::interval>, 1, 86'400}, "s", "How often."},
    {"allow_private", Flag{access<&DeadManPing::allow_private>}, "",
     "Allow an address on this machine or in a private network."},
    {"ca_file", Text{access<&DeadManPing::ca_file>}, "",
     "Absolute path of the certificates (PEM) to trust; empty: the system's."},
};
const Table dead_man = table_of<DeadManPing>(dead_man_fields);

const Field alert_fields[] = {
    {"max_alerts", Whole{access<&Alerts::max_alerts>, 1, 10'000}, "messages",
     "Messages in alert_cooldown, and at most 4 a minute; a quarter of them is kept for critical ones. What "
     "is above is told by one digest at the end of alert_cooldown."},
    {"alert_cooldown", Duration{access<&Alerts::alert_cooldown>, 1, 86'400}, "s", "See max_alerts."},
    {"open_after", Duration{access<&Alerts::open_after>, 0, 3600}, "s",
     "How long something must be wrong before it is an alert; resources at least a minute, what is down at "
     "most 2 s."},
    {"resolve_after", Duration{access<&Alerts::resolve_after>, 0, 3600}, "s",
     "How long it must be well again before the alert is resolved."},
    {"reminder_interval", Duration{access<&Alerts::reminder_interval>, 0, 604'800}, "s",
     "How often an open alert is told again; 0: never."},
    {"retry_delay", Duration{access<&Alerts::retry_delay>, 0.1, 3600}, "s",
     "First wait before a receiver that failed is tried again; doubles up to 50 s while it cannot be "
     "reached, "
     "up to 10 minutes while it refuses."},
    {"reply_timeout", Whole{access<&Alerts::reply_timeout>, 1, 60}, "s",
     "Longest wait for a receiver at each step of a delivery; six times that for the whole."},
    {"email_alerts", section<&Alerts::email_alerts>(email), "", "E-mail."},
    {"webhook_alerts", list<&Alerts::webhook_alerts>(webhook, 16, true), "", "HTTP receivers."},
    {"dead_man", section<&Alerts::dead_man>(dead_man), "",
     "A sign of life for a service that raises the alarm when it stops."},
};
const Table alerts = table_of<Alerts>(alert_fields);

const Field log_fields[] = {
    {"level", Text{access<&Log::level>, level_words}, "", "What is logged, and everything worse."},
    {"file", Text{access<&Log::file>}, "", "Absolute path of a log file beside standard error; empty: none."},
    {"max_size_mb", Whole{access<&Log::max_size_mb>, 1, 10'240}, "MiB", "Size at which the file is rotated."},
    {"max_files", Whole{access<&Log::max_files>, 1, 1000}, "files", "Files kept."},
    {"format", Text{access<&Log::format>, format_words}, "",
     "Of standard error and of the file. Under systemd the lines go to the journal, with their fields."},
    {"sample_lines", Whole{access<&Log::sample_lines>, 1, 10'000}, "lines",
     "Lines of one kind that a worker may write in sample_window; further ones are counted and summed up."},
    {"sample_window", Duration{access<&Log::sample_window>, 0.1, 3600}, "s", "See sample_lines."},
};
const Table log = table_of<Log>(log_fields);

const Field root_fields[] = {
    {"server", section<&Config::server>(server), "",
     "The HTTP server: streams, API and dashboard on one port."},
    {.key = "streams",
     .kind = list<&Config::streams>(stream, 64),
     .unit = "",
     .about = "What is streamed.",
     .required = true},
    {"monitoring", section<&Config::monitoring>(monitoring), "", "Watching the machine."},
    {"alerts", section<&Config::alerts>(alerts), "", "Telling people."},
    {"log", section<&Config::log>(log), "", "The log."},
};
const Table root = table_of<Config>(root_fields);

constexpr SeedKey stream_keys[] = {
    {"fps", "video"},
    {"width", "video"},
    {"height", "video"},
    {"bitrate", "video"},
    {"keyframe_interval", "video"},
    {"segment_duration", "hls"},
    {"output_dir", "hls"},
    {"max_restarts", "restart"},
    {"restart_delay", "restart"},
    {"max_errors", "errors"},
    {"error_window", "errors"},
};
constexpr SeedKey watchdog_keys[] = {
    {"check_interval", "monitoring"}, {"max_alerts", "alerts"},   {"alert_cooldown", "alerts"},
    {"auto_recovery", "monitoring"},  {"email_alerts", "alerts"}, {"webhook_alerts", "alerts"},
};

}  // namespace

bool is_used_by(const Field& field, std::string_view type) {
  std::string_view types = field.only_for;
  if (types.empty()) return true;
  while (!types.empty()) {
    const std::string_view one = types.substr(0, types.find(' '));
    if (one == type) return true;
    types.remove_prefix(std::min(one.size() + 1, types.size()));
  }
  return false;
}

bool is_secret_key(std::string_view key) {
  std::string low(key);
  for (char& c : low) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  // A header of HTTP may be the one with the credentials.
  return common::names_secret(key) || low.find("cookie") != low.npos || low.find("header") != low.npos;
}

const Table& root_table() {
  return root;
}

const Table& region_table() {
  return region;
}

std::span<const SeedKey> seed_stream_keys() {
  return stream_keys;
}

std::span<const SeedKey> seed_watchdog_keys() {
  return watchdog_keys;
}

}  // namespace supervisor
