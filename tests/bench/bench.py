"""Our worker and ffmpeg, A B A B, medians. Both capture the same monitor (1920x1080, 30 pictures a second) and make HLS with x264
veryfast, zerolatency, 5 Mbit/s, a key frame every 2 s, segments of 2 s."""
import argparse
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import healing
import serving
import switching
from streamer import Desktop, Streamer, cpu_seconds, percentile, wait_for
from viewer import Viewer

WIDTH, HEIGHT = 1920, 1080
VIDEO = {"width": WIDTH, "height": HEIGHT, "fps": 30, "bitrate": 5000, "keyframe_interval": 2, "preset": "veryfast", "encoder": "libx264"}
HLS = {"segment_duration": 2, "part_duration": 0.2, "window_segments": 10}


class Ours:
    name = "desktop-streamer"

    def __init__(self, folder, desktop):
        folder.mkdir(parents=True)
        self.streamer = Streamer(folder, desktop.display, video=VIDEO, hls=HLS)

    def start(self):
        self.streamer.start()
        self.streamer.wait_until_live()

    def stop(self):
        self.streamer.stop()

    def pids(self):
        return [self.streamer.status()["worker_pid"], self.streamer.process.pid]

    def pictures(self):
        """(captured, dropped) so far: a cheap encoder that leaves pictures out is no gain."""
        status = self.streamer.status()
        return status["frames_captured"], status["frames_dropped"]


class Ffmpeg:
    """ffmpeg, restarted by a shell loop when it dies, as people run it."""
    name = "ffmpeg"

    def __init__(self, folder, desktop):
        folder.mkdir(parents=True)
        self.folder, self.desktop, self.process = folder, desktop, None

    def start(self):
        command = ["ffmpeg", "-nostdin", "-v", "error", "-f", "x11grab", "-framerate", "30", "-video_size", f"{WIDTH}x{HEIGHT}",
                   "-i", f"{self.desktop.display}.0+{WIDTH},0", "-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency",
                   "-pix_fmt", "yuv420p", "-b:v", "5000k", "-maxrate", "5000k", "-bufsize", "5000k", "-g", "60", "-keyint_min", "60", "-sc_threshold", "0",
                   "-f", "hls", "-hls_time", "2", "-hls_list_size", "10", "-hls_segment_type", "fmp4",
                   "-hls_flags", "delete_segments+append_list+independent_segments", str(self.folder / "playlist.m3u8")]
        loop = "while :; do " + " ".join(f"'{word}'" for word in command) + f" & echo $! >'{self.folder}/pid'; wait; sleep 1; done"
        self.process = subprocess.Popen(["sh", "-c", loop], env=self.desktop.environment(), start_new_session=True, stderr=subprocess.DEVNULL)
        wait_for(lambda: (self.folder / "playlist.m3u8").exists(), 30, "ffmpeg's playlist")

    def pid(self):
        return int((self.folder / "pid").read_text())

    def pids(self):
        return [self.pid()]

    def pictures(self):
        return None

    def stop(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def median_line(label, ours, theirs, unit, goal, scale=1.0):
    a, b = statistics.median(ours) * scale, statistics.median(theirs) * scale
    ratio = a / b if b else float("inf")
    verdict = "reached" if ratio <= goal else "MISSED"
    print(f"{label}: ours {a:.3f} {unit}, ffmpeg {b:.3f} {unit}, ratio {ratio:.2f}, goal <= {goal}: {verdict}", flush=True)
    return ratio <= goal


def cpu(folder, desktop, rounds, seconds, label, goal):
    """Cores used over `seconds`, the supervisor's share included in ours."""
    used = {Ours.name: [], Ffmpeg.name: []}
    server = {Ours.name: [], Ffmpeg.name: []}
    for turn in range(rounds):
        for kind in (Ours, Ffmpeg):
            runner = kind(folder / f"{label}-{kind.name}-{turn}", desktop)
            try:
                runner.start()
                time.sleep(3)
                pids = runner.pids()
                pictures = runner.pictures()
                before, x_before, started = sum(map(cpu_seconds, pids)), cpu_seconds(desktop.pid), time.monotonic()
                time.sleep(seconds)
                lasted = time.monotonic() - started
                used[kind.name].append((sum(map(cpu_seconds, pids)) - before) / lasted)
                server[kind.name].append((cpu_seconds(desktop.pid) - x_before) / lasted)
                made = ""
                if pictures:
                    captured, dropped = (after - earlier for after, earlier in zip(runner.pictures(), pictures))
                    made = f", {captured / lasted:.1f} pictures captured a second, {dropped} dropped"
            finally:
                runner.stop()
            print(f"  {label} {turn + 1}/{rounds} {kind.name}: {used[kind.name][-1]:.3f} core, X server {server[kind.name][-1]:.3f}{made}", flush=True)
    return median_line(label, used[Ours.name], used[Ffmpeg.name], "core", goal)


def ours_recovery(folder, desktop, kills):
    runner = Ours(folder, desktop)
    recoveries = []
    try:
        runner.start()
        runner.streamer.wait_for_segments(2)
        viewer = Viewer(runner.streamer, fetch_parts=False)
        viewer.start()
        time.sleep(2.5)
        usual = percentile([arrival.delay() for arrival in viewer.live_arrivals()], 50)
        undisturbed = len(viewer.arrivals)
        for _ in range(kills):
            before = runner.streamer.wait_until_live()
            killed_at = time.time()
            os.kill(before["worker_pid"], signal.SIGKILL)
            runner.streamer.wait_until_live(10, before["generation"], every=0.01)
            seen_at = time.time()
            time.sleep(1.5)
            new = [a.seen_at for a in viewer.arrivals if a.independent and killed_at < a.seen_at <= seen_at + 0.3]
            recoveries.append((new[0] - killed_at) if new else seen_at - killed_at)
        viewer.stop()
        late = [max(0.0, a.delay() - usual) for a in viewer.arrivals[undisturbed:]]
        ends = sorted({(a.ends_at - a.duration, a.ends_at) for a in viewer.arrivals})
        hole = sum(max(0.0, later[0] - earlier[1]) for earlier, later in zip(ends, ends[1:]) if later[0] - earlier[1] > 0.002)
        return recoveries, hole / kills, max(late), len(viewer.violations) + len(viewer.refusals)
    finally:
        runner.stop()


def ffmpeg_recovery(folder, desktop, kills):
    """From the kill to a playlist with a segment of the new life; the hole is what nobody recorded meanwhile."""
    runner = Ffmpeg(folder, desktop)
    recoveries, holes = [], []
    try:
        runner.start()
        time.sleep(4)
        for _ in range(kills):
            time.sleep(2.5)
            segments = {line for line in (runner.folder / "playlist.m3u8").read_text().splitlines() if line and line[0] != "#"}
            old = runner.pid()
            killed_at = time.time()
            os.kill(old, signal.SIGKILL)
            wait_for(lambda: runner.pid() != old, 10, "the loop starts ffmpeg again", every=0.01)
            wait_for(lambda: [line for line in (runner.folder / "playlist.m3u8").read_text().splitlines() if line and line[0] != "#" and line not in segments],
                             20, "a new segment", every=0.01)
            published_at = time.time()
            recoveries.append(published_at - killed_at)
            holes.append(max(0.0, published_at - killed_at - 2.0))  # the new segment itself holds the last 2 s
        return recoveries, statistics.median(holes)
    finally:
        runner.stop()


def recovery(folder, desktop, kills=10):
    ours, hole, late, bad = ours_recovery(folder / "recovery-ours", desktop, kills)
    theirs, their_hole = ffmpeg_recovery(folder / "recovery-ffmpeg", desktop, min(kills, 5))
    print(f"  recovery after kill -9, {kills} kills: ours p50 {percentile(ours, 50):.3f} s p95 {percentile(ours, 95):.3f} s, hole {hole:.3f} s a kill, "
          f"latest part {late:.3f} s late, {bad} refusals or violations")
    print(f"  recovery after kill -9: ffmpeg in a shell loop p50 {percentile(theirs, 50):.3f} s, hole about {their_hole:.1f} s a kill, with a discontinuity")
    good = percentile(ours, 95) <= 0.4 and hole == 0 and late <= 0.1 and bad == 0
    print(f"recovery: ratio {percentile(ours, 50) / percentile(theirs, 50):.2f}; goal: key frame <= 0.4 s p95, hole 0, part clock <= 0.1 s late: "
          f"{'reached' if good else 'MISSED'}", flush=True)
    return good


def main():
    options = argparse.ArgumentParser()
    options.add_argument("which", nargs="*", default=[])
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--seconds", type=float, default=20)
    options.add_argument("--kills", type=int, default=10)
    chosen = options.parse_args()
    everything = ["cpu_quiet", "cpu_moving", "recovery", *healing.scenes, *serving.scenes, *switching.scenes]
    which = chosen.which if chosen.which not in ([], ["all"]) else everything
    unknown = set(which) - set(everything)
    if unknown:
        options.error(f"unknown: {', '.join(sorted(unknown))}")
    good = True
    print(f"machine: {os.cpu_count()} cores, load {os.getloadavg()[0]:.2f}; ffmpeg {subprocess.run(['ffmpeg', '-version'], capture_output=True, text=True).stdout.split()[2]}")
    with tempfile.TemporaryDirectory(prefix="streamer-bench-") as name:
        folder = pathlib.Path(name)
        desktop = Desktop(folder / "x", WIDTH, HEIGHT)
        desktop.start()
        try:
            if "cpu_quiet" in which:  # a clock that ticks once a second
                desktop.paint(1, (0x30, 0x60, 0x90))
                clock = subprocess.Popen(["xclock", "-update", "1", "-geometry", f"300x300+{WIDTH + 100}+100"], env=desktop.environment(), stderr=subprocess.DEVNULL)
                good &= cpu(folder, desktop, chosen.rounds, chosen.seconds, "cpu_quiet", 0.8)
                clock.kill()
                clock.wait()
            if "cpu_moving" in which:
                desktop.paint(1, extra=("--scroll", "--fps", "60"))
                good &= cpu(folder, desktop, chosen.rounds, chosen.seconds, "cpu_moving", 1.0)
            if "recovery" in which:
                desktop.paint(1)
                good &= recovery(folder, desktop, chosen.kills)
        finally:
            desktop.stop()
        small = [name for name in which if name in healing.scenes]
        if small:
            desktop = Desktop(folder / "small", healing.WIDTH, healing.HEIGHT).start()
            try:
                desktop.paint(1)
                for name in small:
                    good &= healing.scenes[name](folder, desktop, chosen.kills)
            finally:
                desktop.stop()
        for name in (name for name in which if name in switching.scenes):
            good &= switching.scenes[name](folder, chosen.kills)
    good &= serving.run([name for name in which if name in serving.scenes], chosen.rounds, max(5, int(chosen.seconds / 2)))
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
