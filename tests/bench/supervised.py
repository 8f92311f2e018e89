"""The peer for healing: ffmpeg under supervisord with its usual settings, writing HLS into a folder, as people run it."""
import os
import pathlib
import signal
import subprocess
import time

from streamer import is_alive, wait_for

CONFIG = """[supervisord]
nodaemon=true
logfile=/dev/null
logfile_maxbytes=0
pidfile={folder}/supervisord.pid
[program:ffmpeg]
command={command}
autorestart=true
startretries=1000
stdout_logfile=/dev/null
stderr_logfile=/dev/null
"""


class Supervised:
    name = "ffmpeg under supervisord"

    def __init__(self, folder, desktop, width, height, segment_seconds=1):
        folder.mkdir(parents=True)
        self.folder, self.desktop, self.process = folder, desktop, None
        self.playlist_path = folder / "playlist.m3u8"
        script = folder / "ffmpeg.sh"
        script.write_text("#!/bin/sh\necho $$ >'{0}/pid'\nexec ffmpeg -nostdin -v error -f x11grab -draw_mouse 0 -framerate 30 -video_size {1}x{2} -i {3}.0+{1},0 "
                          "-c:v libx264 -preset veryfast -tune zerolatency -pix_fmt yuv420p -b:v 1500k -maxrate 1500k -bufsize 1500k -g {4} -keyint_min {4} -sc_threshold 0 "
                          "-f hls -hls_time {5} -hls_list_size 30 -hls_segment_type fmp4 "
                          "-hls_flags delete_segments+append_list+independent_segments+program_date_time '{0}/playlist.m3u8'\n"
                          .format(folder, width, height, desktop.display, 30 * segment_seconds, segment_seconds))
        script.chmod(0o755)
        (folder / "supervisord.conf").write_text(CONFIG.format(folder=folder, command=script))

    def start(self):
        self.process = subprocess.Popen(["supervisord", "-c", str(self.folder / "supervisord.conf")], env=self.desktop.environment(),
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder)
        wait_for(lambda: self.playlist_path.exists() and len(self.segments()) >= 2, 30, "ffmpeg's playlist")

    def pid(self):
        return int((self.folder / "pid").read_text())

    def segments(self):
        """[(name, starts at in Unix time, seconds, after a discontinuity)] of the playlist."""
        found, at, seconds, broken = [], None, 0.0, False
        try:
            lines = self.playlist_path.read_text().splitlines()
        except OSError:
            return []
        for line in lines:
            if line.startswith("#EXTINF:"):
                seconds = float(line[8:].split(",")[0])
            elif line.startswith("#EXT-X-PROGRAM-DATE-TIME:"):
                text = line.split(":", 1)[1]
                at = time.mktime(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")) + float("0" + text[19:23])
            elif line == "#EXT-X-DISCONTINUITY":
                broken = True
            elif line and line[0] != "#":
                found.append((line, at, seconds, broken))
                broken = False
        return found

    def after_trouble(self, trouble, limit):
        """(seconds from the trouble to a playlist with a segment made after it; seconds of the world that no segment shows;
        discontinuities); seconds None: not within `limit`."""
        known = {name for name, *_ in self.segments()}
        started = time.time()
        trouble()
        try:
            wait_for(lambda: [s for s in self.segments() if s[0] not in known and (s[3] or s[1] is not None and s[1] > started)], limit, "a segment", every=0.01)
        except AssertionError:
            return None, None, 0
        took = time.time() - started
        time.sleep(1.2)
        listed = [s for s in self.segments() if s[1] is not None]
        hole = sum(max(0.0, later[1] - earlier[1] - earlier[2]) for earlier, later in zip(listed, listed[1:])
                   if later[0] not in known)
        return took, hole, sum(1 for s in listed if s[3] and s[0] not in known)

    def stop(self):
        last = None
        try:
            last = self.pid()
        except (OSError, ValueError):
            pass
        if last and is_alive(last):
            os.kill(last, signal.SIGCONT)
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if last and is_alive(last):
            os.kill(last, signal.SIGKILL)
