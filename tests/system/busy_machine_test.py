"""A machine whose every core is busy: no worker is taken for hung that only waits for its turn. STREAMER_BUSY_SECONDS=3600 is the
long run; 0 events in T hours bound the rate by 3/T an hour with 95 % confidence (the rule of three)."""
import os
import signal
import subprocess
import sys
import time

from streamer import SystemTest
from viewer import Viewer

SECONDS = float(os.environ.get("STREAMER_BUSY_SECONDS", "60"))
BURNERS = 2 * (os.cpu_count() or 1)


class BusyMachine(SystemTest):
    def test_no_false_restart_while_every_core_is_busy(self):
        desktop = self.desktop()
        streamer = self.streamer(desktop.display, standby="hot")
        before = streamer.wait_until_live()
        burners = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(BURNERS)]
        try:
            viewer = Viewer(streamer, fetch_parts=False)
            viewer.start()
            time.sleep(SECONDS)
        finally:
            for burner in burners:
                burner.send_signal(signal.SIGKILL)
                burner.wait()
        viewer.stop()
        after = streamer.status()
        hours = SECONDS / 3600
        print(f"\n{BURNERS} busy loops on {os.cpu_count()} cores for {SECONDS:.0f} s: {after['restart_count'] - before['restart_count']} restarts "
              f"(95 % bound {3 / hours:.1f} an hour), parts bridged {after['parts_bridged'] - before['parts_bridged']}, part late at most {after['part_late_max_ms']} ms", flush=True)
        self.assertEqual(after["worker_pid"], before["worker_pid"], after["exit_codes"])
        self.assertEqual(after["restart_count"], before["restart_count"])
        self.assertEqual(viewer.refusals, [])
        self.assertEqual(viewer.violations, [])
