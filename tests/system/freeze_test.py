"""How long the picture stands still when workers die: a time code painted on the captured screen is read from the stream."""
import os
import random
import signal
import time
import unittest

from streamer import SystemTest
from time_code import Freeze, Recorder, decode_times

KILLS = int(os.environ.get("STREAMER_FREEZE_KILLS", "8"))
SLACK = float(os.environ.get("STREAMER_TIME_SLACK", "1.5"))
FPS = 30


class StandsStill(SystemTest):
    def watch(self, trouble, **changes):
        """The freeze that a viewer saw while `trouble(streamer)` happened."""
        desktop = self.desktop(paint=False)
        desktop.paint(1, extra=("--time-code", "--fps", "60"))
        streamer = self.streamer(desktop.display, video={"bitrate": 3000}, **changes)
        streamer.wait_until_live()
        streamer.wait_for_segments(2)
        recorder = Recorder(streamer)
        recorder.start()
        time.sleep(1.5)
        trouble(streamer)
        time.sleep(2.5)
        media = recorder.stop()
        self.assertEqual(recorder.missed, [])
        self.assertEqual(streamer.status()["discontinuity_sequence"], 0)
        return Freeze(decode_times(media, desktop.width, desktop.height, FPS), FPS), streamer

    def kill_workers(self, streamer):
        for _ in range(KILLS):
            before = streamer.wait_until_live()
            time.sleep(random.uniform(0.8, 1.8))
            before = streamer.wait_until_live()
            os.kill(before["worker_pid"], signal.SIGKILL)
            streamer.wait_until_live(10, before["generation"])

    def test_a_killed_worker_with_a_standby_freezes_the_picture_for_a_moment(self):
        freeze, streamer = self.watch(self.kill_workers, standby="hot")
        self.report(freeze, streamer, "hot standby")
        self.assertEqual(freeze.without_time, 0, "pictures without a readable time: the slate, or garbage")
        self.assertEqual(freeze.backward, 0, "an older picture after a newer one")
        self.assertLessEqual(freeze.longest, 0.150 * SLACK)

    def test_a_killed_worker_without_a_standby(self):
        freeze, streamer = self.watch(self.kill_workers, standby="off")
        self.report(freeze, streamer, "cold")
        self.assertEqual(freeze.backward, 0, "an older picture after a newer one")
        self.assertLessEqual(freeze.longest, 0.4 * SLACK)

    def report(self, freeze, streamer, label):
        status = streamer.status()
        print(f"\n{label}, {KILLS} kills: {freeze.pictures} pictures, longest standstill {freeze.longest:.3f} s at {freeze.at:.2f} s, "
              f"longer than two pictures: {freeze.runs}; without a time {freeze.without_time}, backward {freeze.backward}; "
              f"parts bridged {status['parts_bridged']}, part late at most {status['part_late_max_ms']} ms", flush=True)


if __name__ == "__main__":
    unittest.main()
