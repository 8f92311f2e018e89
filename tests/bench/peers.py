"""Who encodes a monitor: ours, ffmpeg's command line and GStreamer. All capture the second of two monitors (1920x1080, 30 pictures a
second) with x264 veryfast, zerolatency, 5 Mbit/s, a key frame every 2 s, and make segments of 2 s."""
import os
import signal
import shutil
import subprocess

from streamer import Streamer, wait_for

WIDTH, HEIGHT = 1920, 1080
VIDEO = {"width": WIDTH, "height": HEIGHT, "fps": 30, "bitrate": 5000, "keyframe_interval": 2, "preset": "veryfast", "encoder": "libx264"}
HLS = {"segment_duration": 2, "part_duration": 0.2, "window_segments": 10}
ENCODER = ["-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-pix_fmt", "yuv420p", "-b:v", "5000k", "-maxrate", "5000k", "-bufsize", "5000k",
           "-g", "60", "-keyint_min", "60", "-sc_threshold", "0"]
SEGMENTS = ["-f", "hls", "-hls_time", "2", "-hls_list_size", "10", "-hls_segment_type", "fmp4", "-hls_flags", "delete_segments+append_list+independent_segments"]


def grab(desktop):
    """What ffmpeg captures."""
    return ["-f", "x11grab", "-framerate", "30", "-video_size", f"{WIDTH}x{HEIGHT}", "-i", f"{desktop.display}.0+{WIDTH},0"]


class Ours:
    name = "ours"

    def __init__(self, folder, desktop=None, **changes):
        folder.mkdir(parents=True)
        self.streamer = Streamer(folder, desktop.display if desktop else None, video=VIDEO, hls=HLS, **changes)

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
        self.folder, self.environment, self.process = folder, desktop.environment(), None
        self.command = ["ffmpeg", "-nostdin", "-v", "error", *grab(desktop), *ENCODER, *SEGMENTS, str(folder / "playlist.m3u8")]
        self.sign = folder / "playlist.m3u8"

    def start(self):
        loop = "while :; do " + " ".join(f"'{word}'" for word in self.command) + f" & echo $! >'{self.folder}/pid'; wait; sleep 1; done"
        self.process = subprocess.Popen(["sh", "-c", loop], env=self.environment, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(self.sign.exists, 30, f"a segment of {self.name}")

    def pid(self):
        return int((self.folder / "pid").read_text() or 0)  # empty while it is written

    def pids(self):
        return [self.pid()]

    def pictures(self):
        return None

    def stop(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class GStreamer(Ffmpeg):
    name = "GStreamer"

    def __init__(self, folder, desktop):
        super().__init__(folder, desktop)
        self.command = ["gst-launch-1.0", "-q", "ximagesrc", f"display-name={desktop.display}", f"startx={WIDTH}", "starty=0", f"endx={2 * WIDTH - 1}", f"endy={HEIGHT - 1}",
                        "use-damage=false", "!", "video/x-raw,framerate=30/1", "!", "videoconvert", "!", "video/x-raw,format=I420", "!",
                        "x264enc", "speed-preset=veryfast", "tune=zerolatency", "bitrate=5000", "key-int-max=60", "!", "video/x-h264,stream-format=avc", "!",
                        "splitmuxsink", "muxer-factory=matroskamux", "max-size-time=2000000000", "max-files=10", f"location={folder}/%05d.mkv"]
        self.sign = folder / "00001.mkv"

    @staticmethod
    def is_there():
        return shutil.which("gst-launch-1.0") is not None
