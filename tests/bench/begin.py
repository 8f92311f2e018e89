"""From the start of the service to the first part in the hands of a client (goal 15): from the exec of the supervisor, or of ffmpeg, until
the bytes of the first part that a playlist lists, or of ffmpeg's first segment, are read. The part is decoded: it shows the monitor."""
import http.client
import json
import re
import statistics
import subprocess
import time

import peers
import verdict
from streamer import BLUE, decode, programs

GOAL = 0.7  # s
PATIENCE = 20  # s


def ask(port, path):
    """The body, or None."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        return body if answer.status == 200 else None
    except OSError:
        return None
    finally:
        connection.close()


def until(question):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        answer = question()
        if answer:
            return answer
        time.sleep(0.002)
    raise AssertionError(f"start: nothing within {PATIENCE} s")


def ours(folder, desktop):
    streamer = peers.Ours(folder, desktop).streamer
    for name in ("run", "state"):
        (folder / name).mkdir(mode=0o700)
    streamer.config_path.write_text(json.dumps(streamer.config()))
    with open(streamer.log_path, "wb") as log:
        began = time.monotonic()
        streamer.process = subprocess.Popen([str(programs / "streamer-supervisor"), "run", "--config", str(streamer.config_path)], stdout=log, stderr=log, env=streamer.environment)
    try:
        listed = until(lambda: re.search(rb'#EXT-X-PART:.*URI="([^"]+)"', ask(streamer.port, "/hls/desktop/playlist.m3u8") or b""))
        part = until(lambda: ask(streamer.port, "/hls/desktop/" + listed.group(1).decode()))
        took = time.monotonic() - began
        init = re.search(r'#EXT-X-MAP:URI="([^"]+)"', streamer.playlist_text()).group(1)
        pictures = decode(streamer.media(init) + part)
        if not pictures[0].shows(BLUE, 0.5, 0.5):
            raise AssertionError("start: the first part does not show the monitor")
        return took
    finally:
        streamer.stop()


def ffmpeg(folder, desktop):
    folder.mkdir()
    playlist = folder / "playlist.m3u8"
    command = ["ffmpeg", "-nostdin", "-v", "error", *peers.grab(desktop), *peers.ENCODER, *peers.SEGMENTS, str(playlist)]
    began = time.monotonic()
    process = subprocess.Popen(command, env=desktop.environment(), stderr=subprocess.DEVNULL)
    try:
        def first():
            names = [line for line in playlist.read_text().splitlines() if line and line[0] != "#"] if playlist.exists() else []
            return names and (folder / names[0]).read_bytes()
        until(first)
        return time.monotonic() - began
    finally:
        process.kill()
        process.wait()


def start(folder, desktop, options):
    desktop.paint(1, BLUE)
    took = {"ours": [], "ffmpeg": []}
    for turn in range(options.rounds):
        took["ours"].append(ours(folder / f"start-ours-{turn}", desktop))
        took["ffmpeg"].append(ffmpeg(folder / f"start-ffmpeg-{turn}", desktop))
        print(f"  start {turn + 1}/{options.rounds}: ours {took['ours'][-1]:.3f} s, ffmpeg and its first segment of 2 s {took['ffmpeg'][-1]:.3f} s", flush=True)
    a, b = (statistics.median(values) for values in took.values())
    return verdict.say("start", f"ours {a:.3f} s to the first part at a client, ffmpeg {b:.3f} s to its first segment, ratio {a / b:.3f}", f"<= {GOAL} s", a <= GOAL)


scenes = {"start": start}
