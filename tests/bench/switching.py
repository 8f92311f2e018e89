"""From the death, the silence or the unplugging of an input to the picture of the next one: by the times of the decoded pictures, so
as a client sees it, and by the service's own word."""
import json
import time

from media_source import MediaSource, make_clip
from picture_log import PictureLog
from playlist_checker import parse_date
from streamer import BLUE, GREEN, Desktop, Streamer, percentile, wait_for
from viewer import Viewer

TIMEOUT = 2.0
SELECTOR = {"suspect_after": 1, "timeout": TIMEOUT, "stable_time": 0.5, "dwell_time": 0.5, "probe_interval": 0.2, "probe_interval_max": 0.5, "penalty": 1}
ERROR_GOAL, TIMEOUT_GOAL, UNPLUG_GOAL = 0.5, 0.3, 1.0  # s, p95; the second is what may be added to the timeout
ROUNDS_OF_A_WINDOW = 10


def wait_for_input(streamer, priority, seconds=20):
    def is_on_air():
        status = streamer.status()
        return status["active_input"] == priority and status["on_air"] == "picture"
    try:
        wait_for(is_on_air, seconds, f"input {priority} on air", every=0.02)
    except AssertionError as late:
        raise AssertionError(f"{late}: {json.dumps(streamer.status()['switches'][:3])}") from None


def rounds(folder, inputs, count, strike, mend):
    """[(as a client sees it, as the service says it)] in s, and what went wrong for the viewer."""
    clip = {"type": "file", "path": make_clip(folder / "clip.mp4", BLUE)}
    streamer = Streamer(folder, inputs=[*inputs, clip], selector=SELECTOR, hls={"window_segments": 200})
    try:
        streamer.start()
        worker = streamer.wait_until_live()["worker_pid"]
        wait_for_input(streamer, 0)
        streamer.wait_for_segments(1)
        viewer = Viewer(streamer, fetch_parts=False)
        viewer.start()
        struck = []
        for turn in range(count):
            wait_for_input(streamer, 0)
            time.sleep(1 + turn * 0.037 % 0.3)  # at all phases of the grid
            at = strike()
            wait_for_input(streamer, 1)
            struck.append((at, parse_date(streamer.status()["switches"][0]["at"])))
            time.sleep(0.3)
            mend()
        wait_for_input(streamer, 0)
        time.sleep(1.5)
        viewer.stop()
        log = PictureLog(streamer, {"blue": BLUE, "green": GREEN})
        seen = [(log.first("blue", at), said - at) for at, said in struck]
        between = [name for name in log.names(struck[0][0] - 1, log.shown[-1].at) if name is None]
        wrong = len(viewer.refusals) + len(viewer.violations) + len(log.holes()) + len(between)
        wrong += streamer.status()["discontinuity_sequence"] + (streamer.status()["worker_pid"] != worker)
        return seen, wrong
    finally:
        streamer.stop()


def show(label, seen, wrong, goal, more):
    pictures, words = [p for p, _ in seen if p is not None], [w for _, w in seen]
    good = wrong == 0 and len(pictures) == len(seen) and percentile(pictures, 95) <= goal
    print(f"switch on {label} x {len(seen)}: a client sees the next input after p50 {percentile(pictures, 50):.3f} s p95 {percentile(pictures, 95):.3f} s, decided after "
          f"p50 {percentile(words, 50):.3f} s; {wrong} seams, wrong pictures, refusals or replaced workers; goal <= {more}: {'reached' if good else 'MISSED'}", flush=True)
    return good


def of_source(folder, name, count, strike, mend):
    (folder / name).mkdir()
    source = MediaSource(GREEN).start()
    try:
        seen, wrong = [], 0
        for begun in range(0, count, ROUNDS_OF_A_WINDOW):
            place = folder / name / str(begun)
            place.mkdir()
            more, bad = rounds(place, [{"type": "url", "url": source.url()}], min(ROUNDS_OF_A_WINDOW, count - begun), lambda: strike(source), lambda: mend(source))
            seen += more
            wrong += bad
        return seen, wrong
    finally:
        source.stop()


def unplugged(folder, count):
    place = folder / "switch-unplug"
    place.mkdir()
    desktop = Desktop(place / "x").start()
    try:
        desktop.paint(1, GREEN, 2)

        def unplug():
            at = time.time()
            desktop.xrandr("--output", "DUMMY1", "--off")
            return at

        def plug():
            desktop.xrandr("--output", "DUMMY1", "--mode", f"{desktop.width}x{desktop.height}", "--pos", f"{desktop.width}x0")
        return rounds(place, [{"type": "x11", "display": desktop.display, "monitor": "DUMMY1"}], min(count, ROUNDS_OF_A_WINDOW), unplug, plug)
    finally:
        desktop.stop()


def switch(folder, count):
    good = show("error", *of_source(folder, "switch-error", count, MediaSource.kill, MediaSource.start), ERROR_GOAL, f"{ERROR_GOAL} s p95")
    good &= show(f"timeout of {TIMEOUT:g} s", *of_source(folder, "switch-timeout", count, MediaSource.stall, MediaSource.resume), TIMEOUT + TIMEOUT_GOAL, f"timeout + {TIMEOUT_GOAL} s p95")
    good &= show("unplugging of the monitor", *unplugged(folder, count), UNPLUG_GOAL, f"{UNPLUG_GOAL} s p95")
    return good


scenes = {"switch": switch}
