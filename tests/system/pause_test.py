"""Pause: nothing that was captured while paused is ever published, whoever dies meanwhile. The captured screen shows the time; it is
read from every picture of the recorded stream."""
import os
import signal
import subprocess
import time
import unittest

from streamer import SystemTest, programs, wait_for
from time_code import Recorder, decode_times

FPS = 30
SLACK = float(os.environ.get("STREAMER_TIME_SLACK", "1.5"))


class Pause(SystemTest):
    def begin(self, **changes):
        self.screen = self.desktop(paint=False)
        self.screen.paint(1, extra=("--time-code", "--fps", "60"))
        self.service = self.streamer(self.screen.display, **{"hls": {"window_segments": 60}, **changes})
        self.service.wait_until_live()
        self.service.wait_for_segments(2)

    def pause(self):
        """When it was ordered, when the answer came and when the slate was on air."""
        ordered = time.time()
        reply = self.service.post("/api/streams/desktop/pause")
        answered = time.time()
        self.assertEqual(reply.status, 202, reply.text())
        wait_for(lambda: self.service.status()["on_air"] == "slate", 5, "the slate is on air", every=0.01)
        return ordered, answered, time.time()

    def resume(self):
        ordered = time.time()
        self.assertEqual(self.service.post("/api/streams/desktop/resume").status, 202)
        wait_for(lambda: self.service.status()["on_air"] == "picture", 5, "the picture is on air", every=0.01)
        return ordered, time.time()

    def judge(self, media, hidden_from, hidden_to):
        """No picture shows a moment between the two; there is one from before and one from after, and the slate."""
        # A plain background reads as zeros: the slate.
        times = [painted or None for _, painted in decode_times(media, self.screen.width, self.screen.height, FPS)]
        first, last = (int(at * 1000) & 0xFFFFFFFF for at in (hidden_from, hidden_to))
        shown = [painted for painted in times if painted is not None]
        secret = [painted - first for painted in shown if first < painted < last]
        self.assertEqual(secret, [], "pictures that were captured while paused (ms after the answer)")
        self.assertTrue([painted for painted in shown if painted <= first], "a picture from before")
        self.assertTrue([painted for painted in shown if painted >= last], "a picture from after")
        slate = sum(1 for painted in times if painted is None)
        print(f"\n{len(times)} pictures, {slate} of the slate, {len(shown)} with a time", flush=True)
        return slate

    def record_pause(self, trouble, seconds=1.5):
        recorder = Recorder(self.service)
        recorder.start()
        time.sleep(1.2)
        ordered, answered, on_air = self.pause()
        trouble()
        time.sleep(seconds)
        resumed, back = self.resume()
        time.sleep(2.2)
        media = recorder.stop()
        self.assertEqual(recorder.missed, [])
        print(f"\nslate on air {on_air - ordered:.3f} s after the order, picture {back - resumed:.3f} s after it", flush=True)
        self.assertLess(on_air - ordered, 1.0 * SLACK)
        self.assertLess(back - resumed, 1.0 * SLACK)
        slate = self.judge(media, answered, resumed)
        self.assertGreater(slate, seconds * FPS * 0.8)
        self.assertNotIn("#EXT-X-DISCONTINUITY\n", self.service.playlist_text())

    def test_the_slate_is_on_air_at_once_and_nothing_else_until_resumed(self):
        self.begin()
        wait_for(lambda: self.service.get("/api/streams/desktop/snapshot.jpg").status == 200, 15, "a snapshot")

        def look():
            status = wait_for(lambda: (lambda s: s["active_input"] is None and s)(self.service.status()), 3, "no input is on air")
            self.assertEqual((status["state"], status["current_state"], status["desired"], status["paused"]), ("paused", "PAUSED", "up", True))
            self.assertIsNone(status["active_input"])
            health = self.service.health()
            self.assertEqual(health.status, 200, "what the operator paused is not broken")
            self.assertEqual(health.json()["current_state"], "PAUSED")
            self.assertEqual(self.service.get("/api/streams/desktop/snapshot.jpg").status, 404, "the last picture is withheld")

        self.record_pause(look)
        self.assertEqual(self.service.status()["state"], "healthy")
        self.assertEqual(self.service.status()["restart_count"], 0)

    def test_a_standby_that_is_promoted_while_paused_shows_the_slate(self):
        self.begin(standby="hot")
        wait_for(lambda: self.service.status()["standby"] == "ready", 20, "a standby")

        def kill():
            for _ in range(2):  # one that was told of the pause, and one that was started in it
                before = wait_for(lambda: (lambda s: s["standby"] == "ready" and s)(self.service.status()), 15, "a standby")
                os.kill(before["worker_pid"], signal.SIGKILL)
                wait_for(lambda: self.service.status()["generation"] > before["generation"], 5, "the next worker")
            wait_for(lambda: self.service.status()["state"] == "paused", 10, "paused again")

        self.record_pause(kill, 1.0)

    def test_a_worker_that_hears_nothing_of_it_cannot_publish_either(self):
        self.begin()
        worker = self.service.status()["worker_pid"]
        recorder = Recorder(self.service)
        recorder.start()
        time.sleep(1)
        os.kill(worker, signal.SIGSTOP)
        _, answered, on_air = self.pause()
        os.kill(worker, signal.SIGCONT)
        time.sleep(2)
        resumed, _ = self.resume()
        time.sleep(2)
        self.judge(recorder.stop(), answered, resumed)

    def test_it_outlives_the_supervisor_and_an_order_on_the_command_line_ends_it(self):
        self.begin()
        self.pause()
        old = self.service.process
        old.kill()
        old.wait()
        self.service.start()
        status = wait_for(lambda: (lambda s: s["state"] == "paused" and s)(self.service.status()), 10, "paused")
        self.assertEqual(status["on_air"], "slate")
        self.assertEqual(self.service.get("/api/streams/desktop/snapshot.jpg").status, 404)

        def order(verb):
            return subprocess.run([str(programs / "streamer-supervisor"), verb, "desktop", "--url", self.service.url("")],
                                  capture_output=True, text=True, timeout=20)

        resumed = order("resume")
        self.assertEqual(resumed.returncode, 0, resumed.stderr)
        self.service.wait_until_live()
        self.assertEqual(order("pause").returncode, 0)
        self.assertTrue(self.service.status()["paused"])
        nameless = subprocess.run([str(programs / "streamer-supervisor"), "pause", "--url", self.service.url("")], capture_output=True, timeout=20)
        self.assertEqual(nameless.returncode, 64, "which stream is to be hidden must be said")


if __name__ == "__main__":
    unittest.main()
