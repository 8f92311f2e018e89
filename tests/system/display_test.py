"""The X server dies, is not there, or does not let us in: a slate and a clear state, never the last picture as if live."""
import os
import signal
import time

from streamer import GREEN, SystemTest, decode, wait_for
from viewer import Viewer


class Display(SystemTest):
    def test_a_killed_x_server_gives_the_slate_and_its_return_the_picture(self):
        desktop = self.desktop()
        desktop.paint(1, GREEN, 2)
        streamer = self.streamer(desktop.display)
        before = streamer.wait_until_live()
        supervisor = streamer.process.pid
        streamer.wait_for_segments(2)
        viewer = Viewer(streamer)
        viewer.start()
        killed_at = time.time()
        display = desktop.display
        desktop.kill()
        unhealthy = wait_for(lambda: (lambda reply: reply.status == 503 and reply)(streamer.health()), 5, "503 from /api/health", every=0.02)
        seen = time.time() - killed_at
        slate = wait_for(lambda: (lambda s: s["on_air"] == "slate" and s)(streamer.status()), 5, "the slate on air", every=0.02)
        slated = time.time() - killed_at
        self.assertFalse(unhealthy.json()["stream_active"])
        self.assertIn("display", (slate["reason"] + str(slate["inputs"])).lower())
        newest = streamer.playlist().segments[-1].msn
        streamer.playlist_text(f"?_HLS_msn={newest + 1}")  # one segment of slate
        self.assertFalse(decode(streamer.record(segments=1))[-1].shows(GREEN), "the last picture goes on as if live")
        self.assertEqual(streamer.process.pid, supervisor)
        self.assertIsNone(streamer.process.poll())

        desktop.start(display)
        desktop.paint(1, GREEN, 2)
        accepts_at = time.time()
        streamer.wait_until_live(10)
        back = time.time() - accepts_at
        newest = streamer.playlist().segments[-1].msn
        streamer.playlist_text(f"?_HLS_msn={newest + 2}")
        after = streamer.status()
        viewer.stop()
        print(f"\nX killed: seen after {seen:.2f} s, slate after {slated:.2f} s, picture {back:.2f} s after X accepted and was painted; "
              f"worker {'the same' if after['worker_pid'] == before['worker_pid'] else 'another'}", flush=True)
        self.assertTrue(decode(streamer.record(segments=1))[-1].shows(GREEN))
        self.assertEqual(streamer.health().status, 200)
        self.assertEqual(viewer.refusals, [])
        self.assertEqual(viewer.violations, [])
        self.assertLessEqual(slated, 2)
        self.assertLessEqual(back, 3)

    def test_a_hanging_x_server_is_an_outage_too(self):
        desktop = self.desktop()
        streamer = self.streamer(desktop.display)
        streamer.wait_until_live()
        os.kill(desktop.pid, signal.SIGSTOP)
        self.addCleanup(lambda: os.kill(desktop.pid, signal.SIGCONT))
        wait_for(lambda: streamer.health().status == 503, 6, "503 from /api/health")
        wait_for(lambda: streamer.status()["on_air"] == "slate", 6, "the slate on air")
        os.kill(desktop.pid, signal.SIGCONT)
        streamer.wait_until_live(10)

    def test_a_service_without_any_display_runs_and_says_so(self):
        streamer = self.streamer(":4321")
        status = wait_for(lambda: (lambda s: s["on_air"] == "slate" and s)(streamer.status()), 15, "the slate on air")
        self.assertEqual(streamer.health().status, 503)
        self.assertIn(":4321", status["reason"] + str(status["inputs"]) + str(status["recent_errors"]))
        streamer.wait_for_segments(2)
        self.assertGreater(len(decode(streamer.record(segments=1))), 0)

    def test_a_wrong_cookie_is_named_and_no_picture_is_shown(self):
        cookie = self.folder / "cookie"
        desktop = self.desktop(paint=False, cookie=cookie)
        desktop.paint(1, GREEN, 2)
        wrong = self.folder / "wrong"
        wrong.write_bytes(b"\x01\x00\x00\x04abcd\x00\x010\x00\x12MIT-MAGIC-COOKIE-1\x00\x10" + b"0" * 16)
        streamer = self.streamer(desktop.display, inputs=[{"type": "x11", "display": desktop.display, "monitor": "second", "xauthority": str(wrong)}])
        status = wait_for(lambda: (lambda s: s["on_air"] == "slate" and s)(streamer.status()), 15, "the slate on air")
        said = (status["reason"] + str(status["inputs"])).lower()
        self.assertTrue("auth" in said or "cookie" in said, said)
        wrong.write_bytes(cookie.read_bytes())  # the operator mends it: no restart is needed
        streamer.wait_until_live(15)

    def test_a_monitor_that_is_not_there_is_never_replaced_by_another(self):
        desktop = self.desktop()
        streamer = self.streamer(desktop.display, inputs=[{"type": "x11", "display": desktop.display, "monitor": "HDMI-9"}])
        status = wait_for(lambda: (lambda s: s["on_air"] == "slate" and s)(streamer.status()), 15, "the slate on air")
        self.assertIn("HDMI-9", status["reason"] + str(status["inputs"]))
        self.assertEqual(streamer.health().status, 503)

    def test_a_monitor_that_is_unplugged_and_plugged_again(self):
        desktop = self.desktop()
        desktop.paint(1, GREEN, 2)
        streamer = self.streamer(desktop.display, inputs=[{"type": "x11", "display": desktop.display, "monitor": "DUMMY1"}])
        streamer.wait_until_live()
        desktop.xrandr("--output", "DUMMY1", "--off")
        wait_for(lambda: streamer.status()["on_air"] == "slate", 10, "the slate on air")
        desktop.xrandr("--output", "DUMMY1", "--mode", f"{desktop.width}x{desktop.height}", "--pos", f"{desktop.width}x0")
        streamer.wait_until_live(10)
