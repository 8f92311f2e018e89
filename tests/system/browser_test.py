"""Chromium with hls.js plays the stream at low latency through the death of a worker, and shows the dashboard."""
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import threading
import time
import unittest

from browser_scripts import scripts_folder
from streamer import SystemTest, project

SECONDS = 20
KILLS = int(os.environ.get("STREAMER_BROWSER_KILLS", "20"))
START_SECONDS = 8  # until the page plays and its buffer is full


class Browser(SystemTest):
    def setUp(self):
        super().setUp()
        if not shutil.which("node") or not pathlib.Path(os.environ.get("CHROMIUM", "/usr/bin/chromium")).exists():
            self.skipTest("node and chromium are needed")

    def start(self, width, height, backup=(), **changes):
        desktop = self.desktop(width=width, height=height)
        inputs = [{"type": "x11", "display": desktop.display, "monitor": "second"}, *backup]
        self.running = self.streamer(inputs=inputs, video={"width": width, "height": height}, **changes)
        self.running.wait_until_live()
        self.running.wait_for_segments(3)

    def node(self, script, *arguments, seconds):
        run = subprocess.run(["node", script, *arguments], capture_output=True, text=True, timeout=seconds + 70, cwd=scripts_folder(script))
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        return json.loads(run.stdout.splitlines()[-1])

    def test_chromium_plays_through_a_killed_worker(self):
        self.start(640, 360)
        killed = []

        def kill():
            killed.append(self.running.status()["worker_pid"])
            os.kill(killed[0], signal.SIGKILL)

        killer = threading.Timer(SECONDS / 2 + 3, kill)
        killer.start()
        self.addCleanup(killer.cancel)
        stats = self.node("play.mjs", self.running.url("/"), str(SECONDS), seconds=SECONDS)
        print("\n" + json.dumps({key: value for key, value in stats.items() if key != "streams"}), flush=True)
        self.assertTrue(killed, "the worker was killed meanwhile")
        self.assertEqual(stats["engine"], "hls.js")
        self.assertEqual(stats["fatal_errors"], 0, stats["last_error"])
        self.assertEqual(stats["complaints"], [])
        self.assertTrue(stats["moving"])
        self.assertGreater(stats["total_frames"], SECONDS * 15)
        self.assertGreater(stats["current_time"], 0)
        self.assertLess(stats["latency"], 3, "low latency: segments alone would be 3 s and more behind")

    def kill_at_random_moments(self, killed):
        time.sleep(START_SECONDS)
        for _ in range(KILLS):
            worker = self.running.wait_until_live()["worker_pid"]
            os.kill(worker, signal.SIGKILL)
            killed.append(worker)
            time.sleep(random.uniform(1.5, 3.5))

    @unittest.skipUnless("STREAMER_BROWSER_KILLS" in os.environ, "STREAMER_BROWSER_KILLS=20 is the long run")
    def test_chromium_plays_through_kills_at_random_moments(self):
        self.start(640, 360, standby="hot")
        killed = []
        killer = threading.Thread(target=self.kill_at_random_moments, args=(killed,), daemon=True)
        seconds = START_SECONDS + KILLS * 3 + 2
        killer.start()
        stats = self.node("play.mjs", self.running.url("/"), str(seconds), seconds=seconds)
        killer.join(30)
        print("\n" + json.dumps({"kills": len(killed)} | {key: value for key, value in stats.items() if key != "streams"}), flush=True)
        self.assertEqual(len(set(killed)), KILLS)
        self.assertEqual((stats["errors"], stats["fatal_errors"], stats["recoveries"]), (0, 0, 0), stats["last_error"])
        self.assertEqual((stats["stalls"], stats["waiting"]), (0, 0), "rebuffering")
        self.assertEqual(stats["complaints"], [])
        self.assertTrue(stats["moving"])
        self.assertGreater(stats["total_frames"], (seconds - START_SECONDS) * 25)

    def picture(self, name, *arguments, seconds, page="/"):
        file = self.folder / name
        said = self.node("screenshot.mjs", self.running.url(page), str(file), *arguments, str(seconds), seconds=seconds)
        self.assertEqual(said["complaints"], [])
        self.assertLessEqual(said["overflow_pixels"], 0, "the page is wider than the window")
        self.assertEqual(file.read_bytes()[:8], b"\x89PNG\r\n\x1a\n")
        self.assertGreater(file.stat().st_size, 20_000, "an empty page is smaller")
        return file

    def test_a_picture_of_the_dashboard(self):
        self.start(640, 360)
        self.picture("dashboard.png", "1280", "900", seconds=6)
        self.picture("dashboard-phone.png", "390", "844", "screen", "fine", seconds=6)

    @unittest.skipUnless("STREAMER_DOCS_PICTURES" in os.environ, "STREAMER_DOCS_PICTURES=docs makes the pictures of the documentation")
    def test_the_pictures_of_the_documentation(self):
        self.start(1280, 720, [{"type": "pattern"}], standby="hot")
        time.sleep(60)
        os.kill(self.running.wait_until_live()["worker_pid"], signal.SIGKILL)  # an incident on the time line
        time.sleep(40)
        for name, look in (("dashboard.png", ("1280", "1500", "dark", "screen")), ("dashboard-phone.png", ("390", "844", "dark", "screen", "fine"))):
            shutil.copy(self.picture(name, *look, seconds=20, page="/#/stream/desktop"), project / os.environ["STREAMER_DOCS_PICTURES"])
