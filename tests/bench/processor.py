"""Processor time of capture and encoder beside ffmpeg and GStreamer, in turn: idle, typing, motion, scrolling (goals 1 to 3). User and
system time of our worker and supervisor together, of the peer, and of the X server beside each."""
import contextlib
import statistics
import subprocess
import time

import peers
import verdict
from streamer import cpu_seconds, programs

SETTLE = 3  # s: the first key frames are over
GOALS = {"idle": 1 / 12, "typing": 1 / 5, "motion": 0.82, "scrolling": 0.65}
PAINTED = {"idle": "clock", "typing": "typing", "scrolling": "terminal"}


@contextlib.contextmanager
def painted(desktop, scene):
    """The second monitor shows the scene."""
    if scene == "motion":  # every pixel moves, 60 times a second
        desktop.paint(1, extra=("--scroll", "--fps", "60"))
        try:
            yield
        finally:
            desktop.wipe(1)
        return
    desktop.wipe(1)
    painter = subprocess.Popen([str(programs / "streamer-painter"), desktop.display, str(peers.WIDTH), "0", str(peers.WIDTH), str(peers.HEIGHT), PAINTED[scene]])
    try:
        time.sleep(0.5)
        if painter.poll() is not None:
            raise AssertionError("the painter ended at once")
        yield
    finally:
        painter.kill()
        painter.wait()


def measure(runner, desktop, seconds):
    """(cores used, cores of the X server, what else there is to say)"""
    try:
        runner.start()
        time.sleep(SETTLE)
        pids, pictures = runner.pids(), runner.pictures()
        before, x_before, started = sum(map(cpu_seconds, pids)), cpu_seconds(desktop.pid), time.monotonic()
        time.sleep(seconds)
        lasted = time.monotonic() - started
        used, x_used = (sum(map(cpu_seconds, pids)) - before) / lasted, (cpu_seconds(desktop.pid) - x_before) / lasted
        if not pictures:
            return used, x_used, ""
        captured, dropped = (after - earlier for after, earlier in zip(runner.pictures(), pictures))
        return used, x_used, f", {captured / lasted:.1f} pictures captured a second, {dropped} dropped"
    finally:
        runner.stop()


def scene(name, folder, desktop, options):
    kinds = [peers.Ours, peers.Ffmpeg] + ([peers.GStreamer] if peers.GStreamer.is_there() else [])
    used = {kind.name: [] for kind in kinds}
    with painted(desktop, name):
        for turn in range(options.rounds):
            for kind in kinds:
                cores, x_cores, more = measure(kind(folder / f"{name}-{kind.name}-{turn}", desktop), desktop, options.seconds)
                used[kind.name].append(cores)
                print(f"  {name} {turn + 1}/{options.rounds} {kind.name}: {cores:.3f} core, X server {x_cores:.3f}{more}", flush=True)
    also = "; GStreamer is not installed" if len(kinds) == 2 else f"; GStreamer {statistics.median(used['GStreamer']):.3f} core"
    return verdict.ratio(name, used["ours"], used["ffmpeg"], "core", GOALS[name], also=also)


def named(name):
    return lambda folder, desktop, options: scene(name, folder, desktop, options)


scenes = {name: named(name) for name in GOALS}
