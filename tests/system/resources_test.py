"""What the supervisor takes for one stream, and that it grows by nothing."""
import os
import pathlib
import signal
import time

from alert_streamer import AlertStreamer
from streamer import SystemTest, cpu_nanoseconds, resident_mb
from web_receiver import WebReceiver


class Resources(SystemTest):
    def test_the_supervisor_is_small_beside_the_window_also_after_an_alert(self):
        receiver = WebReceiver()
        self.addCleanup(receiver.stop)
        streamer = AlertStreamer(self.folder).webhook(receiver)
        self.addCleanup(self._end, streamer)
        streamer.start()
        streamer.wait_until_live()
        streamer.wait_for_segments(10, 40)
        pid = streamer.process.pid
        used, resident = cpu_nanoseconds(pid), resident_mb(pid)
        time.sleep(5)
        share = (cpu_nanoseconds(pid) - used) / 5e9
        streamer.break_configuration()
        receiver.wait_for(1)
        streamer.wait_for_sink(lambda sink: sink["delivered"] == 1, "it was delivered")
        told = resident_mb(pid)
        window = streamer.status()["window_mb"]
        print(f"\nsupervisor: {resident:.1f} MB resident (window {window} MB), {told:.1f} MB after an alert, {share * 100:.2f} % of a core without viewers", flush=True)
        # The window's memfds are not mapped and so not resident here.
        self.assertLessEqual(max(resident, told), 15)
        self.assertLessEqual(share, 0.02)  # beside other tests; tests/bench/run.sh memory measures it alone

    def test_replaced_workers_leave_no_descriptor_and_no_process(self):
        # Removed segments stay fetchable for about two windows: a short window, and time for it to be gone.
        streamer = self.streamer(hls={"segment_duration": 1, "window_segments": 3})
        streamer.wait_until_live()
        settled_seconds = 14
        time.sleep(settled_seconds)
        pid = streamer.process.pid
        descriptors = self._descriptors(pid)
        for _ in range(15):
            before = streamer.wait_until_live()
            os.kill(before["worker_pid"], signal.SIGKILL)
            streamer.wait_until_live(5, before["generation"], every=0.02)
        time.sleep(settled_seconds)
        zombies = [entry.name for entry in pathlib.Path("/proc").iterdir() if entry.name.isdigit() and self._is_zombie_of(entry, pid)]
        self.assertEqual(zombies, [])
        after = self._descriptors(pid)
        print(f"\ndescriptors: {descriptors} before, {after} after 15 workers", flush=True)
        self.assertLessEqual(after, descriptors + 2)

    def _descriptors(self, pid):
        return len(os.listdir(f"/proc/{pid}/fd"))

    def _is_zombie_of(self, entry, parent):
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            return fields[0] == "Z" and int(fields[1]) == parent
        except (OSError, IndexError):
            return False
