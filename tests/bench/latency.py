"""How old a picture is when it is seen, from the captured screen to the player page of the dashboard in Chromium, all on this machine:
a time code painted on the screen is read from the pictures that the browser shows. The peer is ffmpeg's HLS with segments of 1 s
in the same page and player."""
import json
import pathlib
import statistics
import subprocess
import time

from browser_scripts import scripts_folder
from streamer import Desktop, Streamer, percentile, wait_for
from viewer import Viewer

WIDTH, HEIGHT, FPS = 1280, 720, 30
BITRATE = 3000
WARM_UP = 12  # s: the page has loaded, and its player has come to the distance it wants
GOALS = {0.2: 1.0, 0.1: 0.6}  # s, p50, by the duration of a part
PAINTED = {"idle": ("--fps", "2"), "motion": ("--scroll", "--fps", "60")}


def watch(address, seconds, folder=None):
    command = ["node", "latency.mjs", address, str(seconds), str(WARM_UP), str(WIDTH), str(HEIGHT), *([str(folder)] if folder else [])]
    run = subprocess.run(command, cwd=scripts_folder("latency.mjs"), capture_output=True, text=True, timeout=seconds + WARM_UP + 90)
    if run.returncode:
        raise AssertionError(run.stdout + run.stderr)
    return json.loads(run.stdout.splitlines()[-1])


def line(label, seen):
    stats, before, ages = seen["stats"], seen["before"], seen["ages"]
    stalls = stats["stalls"] - before["stalls"] + stats["waiting"] - before["waiting"]
    print(f"  {label}: p50 {percentile(ages, 50):.3f} s, p95 {percentile(ages, 95):.3f} s, at most {max(ages):.3f} s of {len(ages)} times painted; "
          f"{seen['pictures']} pictures shown, {seen['without_code']} without a time; stalls {stalls} ({before['stalls'] + before['waiting']} while it started), errors {stats['errors'] - before['errors']}", flush=True)
    return percentile(ages, 50), stalls


def way(seen, viewer):
    """Where the time goes: medians and worst cases of each step."""
    parts = [arrival.delay() for arrival in viewer.live_arrivals()]
    steps = [("listed after its end", parts, 1000), ("asked for", seen["asked"], 1), ("loaded", seen["loaded"], 1), ("appended", seen["appended"], 1)]
    text = ", ".join(f"{name} {statistics.median(values) * scale:.0f}/{percentile(values, 95) * scale:.0f}" for name, values, scale in steps if values)
    rates = ", ".join(f"{rate} x {count}" for rate, count in sorted(seen["rates"].items()))
    behind = seen["behind"] or [0]
    print(f"    a part, ms p50/p95: {text}; in the buffer when the next came, ms p50/least: {statistics.median(seen['ahead']) * 1000:.0f}/{min(seen['ahead']) * 1000:.0f}; "
          f"hls.js says {statistics.median(behind):.2f} s behind, aims at {seen['stats']['target_latency']:.2f} s; pictures by rate: {rates}", flush=True)


def ours(folder, desktop, part, seconds):
    streamer = Streamer(folder, desktop.display, video={"width": WIDTH, "height": HEIGHT, "fps": FPS, "bitrate": BITRATE},
                        hls={"segment_duration": 1, "part_duration": part, "window_segments": 10})
    folder.mkdir()
    viewer = None
    try:
        streamer.start()
        streamer.wait_until_live()
        streamer.wait_for_segments(3)
        viewer = Viewer(streamer, fetch_parts=False)
        viewer.start()
        time.sleep(3)
        viewer.stop()
        return watch(streamer.url("/"), seconds), viewer
    finally:
        streamer.stop()


class Peer:
    """ffmpeg's HLS, and a service whose page plays it."""

    def __init__(self, folder, desktop):
        folder.mkdir()
        self.folder = folder
        self.streamer = Streamer(folder, video={"width": 64, "height": 36, "fps": 5})
        self.command = ["ffmpeg", "-nostdin", "-v", "error", "-f", "x11grab", "-framerate", str(FPS), "-video_size", f"{WIDTH}x{HEIGHT}",
                        "-i", f"{desktop.display}.0+{WIDTH},0", "-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-pix_fmt", "yuv420p",
                        "-b:v", f"{BITRATE}k", "-maxrate", f"{BITRATE}k", "-bufsize", f"{BITRATE}k", "-g", str(FPS), "-keyint_min", str(FPS), "-sc_threshold", "0",
                        "-f", "hls", "-hls_time", "1", "-hls_list_size", "10", "-hls_segment_type", "fmp4",
                        "-hls_flags", "delete_segments+independent_segments+program_date_time", str(folder / "playlist.m3u8")]
        self.environment = desktop.environment()
        self.process = None

    def watch(self, seconds):
        try:
            self.process = subprocess.Popen(self.command, env=self.environment, stderr=subprocess.DEVNULL)
            self.streamer.start()
            self.streamer.wait_until_live()
            playlist = self.folder / "playlist.m3u8"
            wait_for(lambda: playlist.exists() and playlist.read_text().count("#EXTINF") >= 4, 30, "ffmpeg's playlist")
            return watch(self.streamer.url("/"), seconds, self.folder)
        finally:
            self.streamer.stop()
            self.process.terminate()
            self.process.wait(10)


def latency(folder, seconds):
    """`seconds` for each of ours: two durations of a part, idle and motion; the peer takes at most 30 s."""
    good = True
    desktop = Desktop(folder / "latency-x", WIDTH, HEIGHT).start()
    try:
        for scene, painting in PAINTED.items():
            desktop.paint(1, extra=("--time-code", *painting))
            seen = Peer(folder / f"latency-ffmpeg-{scene}", desktop).watch(min(seconds, 30))
            theirs, _ = line(f"{scene}, ffmpeg, segments of 1 s", seen)
            for part, goal in GOALS.items():
                seen, viewer = ours(folder / f"latency-{scene}-{part}", desktop, part, seconds)
                p50, stalls = line(f"{scene}, parts of {part} s", seen)
                way(seen, viewer)
                reached = p50 <= goal and stalls == 0 and not seen["complaints"]
                good &= reached
                print(f"latency, {scene}, parts of {part} s: ours {p50:.3f} s, ffmpeg {theirs:.3f} s, ratio {p50 / theirs:.2f}, "
                      f"goal <= {goal} s without a stall: {'reached' if reached else 'MISSED'}", flush=True)
    finally:
        desktop.stop()
    return good


scenes = {"latency": latency}
