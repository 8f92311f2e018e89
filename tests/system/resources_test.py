"""What the supervisor takes for one stream, and that it grows by nothing."""
import os
import pathlib
import signal
import time

from streamer import SystemTest, cpu_seconds, resident_mb, wait_for


class Resources(SystemTest):
    def test_the_supervisor_is_small_beside_the_window(self):
        streamer = self.streamer()
        streamer.wait_until_live()
        streamer.wait_for_segments(10, 40)
        pid = streamer.process.pid
        used, resident = cpu_seconds(pid), resident_mb(pid)
        time.sleep(5)
        share = (cpu_seconds(pid) - used) / 5
        window = streamer.status()["window_mb"]
        print(f"\nsupervisor: {resident:.1f} MB resident (window {window} MB), {share * 100:.1f} % of a core without viewers", flush=True)
        # The window's memfds are not mapped and so not resident here.
        self.assertLessEqual(resident, 20)
        self.assertLessEqual(share, 0.05)

    def test_replaced_workers_leave_no_descriptor_and_no_process(self):
        streamer = self.streamer()
        streamer.wait_until_live()
        streamer.wait_for_segments(10, 40)  # the window has its full size
        pid = streamer.process.pid
        descriptors = self._descriptors(pid)
        for _ in range(8):
            before = streamer.wait_until_live()
            os.kill(before["worker_pid"], signal.SIGKILL)
            wait_for(lambda: streamer.status()["generation"] > before["generation"], 5, "a new worker", every=0.02)
        streamer.wait_until_live()
        time.sleep(22)  # early closed segments have left the window and its afterlife
        zombies = [entry.name for entry in pathlib.Path("/proc").iterdir() if entry.name.isdigit() and self._is_zombie_of(entry, pid)]
        self.assertEqual(zombies, [])
        self.assertLessEqual(self._descriptors(pid), descriptors + 4)

    def _descriptors(self, pid):
        return len(os.listdir(f"/proc/{pid}/fd"))

    def _is_zombie_of(self, entry, parent):
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            return fields[0] == "Z" and int(fields[1]) == parent
        except (OSError, IndexError):
            return False
