"""A worker that lives but does nothing is found by its silence, killed and replaced."""
import os
import signal
import time

from streamer import SystemTest, decode, is_alive, packets, wait_for
from viewer import Viewer


class Hang(SystemTest):
    def test_a_stopped_worker_is_killed_and_replaced(self):
        desktop = self.desktop()
        streamer = self.streamer(desktop.display)
        before = streamer.wait_until_live()
        streamer.wait_for_segments(2)
        viewer = Viewer(streamer)
        viewer.start()
        time.sleep(1)
        stopped_at = time.time()
        os.kill(before["worker_pid"], signal.SIGSTOP)
        self.addCleanup(lambda: is_alive(before["worker_pid"]) and os.kill(before["worker_pid"], signal.SIGKILL))
        seen = []
        after = wait_for(lambda: (lambda s: seen.append(s["on_air"]) or (s["generation"] > before["generation"] and s["state"] == "healthy" and s["on_air"] == "picture" and s))(streamer.status()),
                         10, "a new worker delivers", every=0.02)
        took = time.time() - stopped_at
        time.sleep(1.5)
        viewer.stop()
        print(f"\nSIGSTOP to new media: {took:.2f} s; on air meanwhile: {sorted(set(seen))}", flush=True)
        self.assertFalse(is_alive(before["worker_pid"]), "the old worker")
        self.assertEqual(viewer.refusals, [])
        self.assertEqual(viewer.violations, [])
        self.assertTrue({"bridge", "slate"} & set(seen), "the outage is stated meanwhile")
        recording = streamer.record()
        times = packets(recording)
        self.assertEqual({round((b[0] - a[0]) * 30) for a, b in zip(times, times[1:])}, {1}, "no hole")
        self.assertEqual(len(decode(recording)), len(times))
        self.assertLessEqual(took, 1.5 * 1.5, "goal 1.5 s, half as much again on a shared machine")
        self.assertEqual(after["restart_count"], before["restart_count"] + 1)

    def test_a_worker_that_is_slow_for_a_moment_is_kept(self):
        desktop = self.desktop()
        streamer = self.streamer(desktop.display)
        before = streamer.wait_until_live()
        time.sleep(1)
        os.kill(before["worker_pid"], signal.SIGSTOP)
        time.sleep(0.45)
        os.kill(before["worker_pid"], signal.SIGCONT)
        time.sleep(2)
        after = streamer.wait_until_live()
        self.assertEqual(after["worker_pid"], before["worker_pid"])
        self.assertEqual(after["restart_count"], before["restart_count"])
