"""The players people use play the address they are told."""
import os
import shutil
import signal
import subprocess
import threading
import time

from streamer import SystemTest


# About this machine and not about the stream: no sound, no desktop, no lirc.
VLC_COMPLAINS_ANYWAY = ("dbus", "audio output", "alsa", "pulse", "vdpau", "libva", "interface", "xcb", "glx", "lua")


class Players(SystemTest):
    def setUp(self):
        super().setUp()
        self.running = self.streamer(self.desktop().display, standby="hot")
        self.running.wait_until_live()
        self.running.wait_for_segments(4)
        self.address = self.running.url("/hls/desktop/playlist.m3u8")

    def need(self, program):
        if not shutil.which(program):
            self.skipTest(program + " is not installed")

    def test_ffprobe_finds_the_picture(self):
        self.need("ffprobe")
        run = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "stream=codec_name,width,height,r_frame_rate", "-of", "default=nw=1", self.address],
                             capture_output=True, text=True, timeout=30)
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        for line in ("codec_name=h264", "width=640", "height=360", "r_frame_rate=30/1"):
            self.assertIn(line, run.stdout)

    def test_ffmpeg_plays_ten_seconds_without_a_complaint(self):
        self.need("ffmpeg")
        run = subprocess.run(["ffmpeg", "-nostdin", "-v", "warning", "-stats", "-i", self.address, "-t", "10", "-f", "null", "-"],
                             capture_output=True, text=True, timeout=60)
        self.assertEqual(run.returncode, 0, run.stderr)
        # ffmpeg reads the init segment again at every reload of a live playlist, and says so; it does that with its own streams too.
        complaints = [line for line in run.stderr.replace("\r", "\n").splitlines() if line.strip() and not line.startswith(("frame=", "Output", "Input", "  ")) and "duplicated MOOV" not in line]
        self.assertEqual(complaints, [])
        frames = int(run.stderr.rsplit("frame=", 1)[1].split()[0])
        self.assertGreaterEqual(frames, 295)

    def test_vlc_plays_through_five_kills(self):
        killed = []

        def kill():
            time.sleep(6)
            for _ in range(5):
                killed.append(self.running.wait_until_live()["worker_pid"])
                os.kill(killed[-1], signal.SIGKILL)
                time.sleep(2.5)

        killer = threading.Thread(target=kill, daemon=True)
        killer.start()
        self.play_in_vlc(22)
        killer.join(30)
        self.assertEqual(len(set(killed)), 5)

    def play_in_vlc(self, seconds):
        self.need("cvlc")
        picture_folder = self.folder / "vlc"
        picture_folder.mkdir()
        picture_folder.chmod(0o777)
        command = ["cvlc", "-vv", "--no-audio", "--vout", "dummy", "--run-time", str(seconds), "--play-and-exit", self.address, "vlc://quit"]
        environment = dict(os.environ, HOME=str(picture_folder), XDG_RUNTIME_DIR=str(picture_folder))
        environment.pop("DISPLAY", None)
        if os.geteuid() == 0:  # VLC refuses root
            command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command]
        run = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=seconds + 50, env=environment, cwd="/")
        said = run.stdout + run.stderr
        self.assertIn("avcodec", said, "a decoder was opened")
        self.assertNotIn("fragment sequence discontinuity", said)
        self.assertEqual([line for line in said.splitlines() if "is too late" in line or "buffer too late" in line or "Can't get enough" in line.lower()], [])
        self.assertIn("received first picture", said.lower())
        complaints = [line for line in said.splitlines() if " error:" in line and not any(word in line for word in VLC_COMPLAINS_ANYWAY)]
        self.assertEqual(complaints, [])
