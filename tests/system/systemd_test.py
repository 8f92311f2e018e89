"""The service under a real systemd, with the settings of the packaged unit: what it keeps for the supervisor, and that it
ends one that is stuck."""
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from streamer import Streamer, SystemTest, is_alive, programs, project, wait_for
from viewer import Viewer

script = project / "tests/support/user_systemd.sh"
# What a service manager without privileges cannot do, or what belongs to the installed service.
LEFT_OUT = ("ExecStart=", "User=", "Group=", "SupplementaryGroups=", "OOMScoreAdjust=", "LimitNOFILE=", "LogsDirectory=")


def unit_text(extra=()):
    """[Service] of the packaged unit up to its sandbox, for our build."""
    lines = (project / "packaging/systemd/streamer-supervisor.service.in").read_text().split("[Service]")[1].splitlines()
    end = next(number for number, line in enumerate(lines) if line.startswith("NoNewPrivileges="))
    return [line for line in lines[:end] if line and not line.startswith(("#", *LEFT_OUT))] + list(extra)


class Service(Streamer):
    """A supervisor that systemd starts."""

    def begin(self, extra=()):
        self.config_path.write_text(__import__("json").dumps(self.config(), indent=1))
        hooks = self.folder / "hooks"
        hooks.mkdir(exist_ok=True)
        units = self.folder / "units"
        units.mkdir(exist_ok=True)
        (units / "test.target").write_text("[Unit]\nDescription=Nothing\nDefaultDependencies=no\n")
        unit = ["[Unit]", "DefaultDependencies=no", "StartLimitIntervalSec=0", "[Service]",
                f"ExecStart={programs}/streamer-supervisor run --config {self.config_path}",
                f"Environment=STREAMER_TEST_HOOKS={hooks}", f"StandardOutput=append:{self.log_path}", f"StandardError=append:{self.log_path}"]
        (units / "streamer.service").write_text("\n".join(unit + unit_text(extra)) + "\n")
        with open(self.folder / "systemd.log", "ab") as log:
            self.manager = subprocess.Popen([str(script), "run", str(self.folder)], stdout=log, stderr=log)
        wait_for(lambda: self.manager.poll() is not None or (self.folder / "run/systemd/private").exists(), 10, "systemd answers")
        if self.manager.poll() == 77:
            raise unittest.SkipTest((self.folder / "systemd.log").read_text().strip())
        if self.manager.poll() is not None:
            raise AssertionError(f"systemd ended with {self.manager.returncode}")
        self.ctl("start", "streamer.service")
        wait_for(self.answers, 10, "/healthz answers")
        return self

    def ctl(self, *arguments):
        run = subprocess.run([str(script), "ctl", str(self.folder), *arguments], capture_output=True, text=True, timeout=30)
        if run.returncode:
            raise AssertionError(f"systemctl {arguments}: {run.stderr}\n{self.log()}")
        return run.stdout.strip()

    def show(self, name):
        return self.ctl("show", "streamer.service", "--value", "-p", name)

    def main_pid(self):
        return int(self.show("MainPID"))

    def end(self):
        if getattr(self, "manager", None) and self.manager.poll() is None:
            try:
                self.ctl("stop", "streamer.service")
            finally:
                self.manager.send_signal(signal.SIGRTMIN + 24)  # systemd(1): exit at once
                try:
                    self.manager.wait(10)
                except subprocess.TimeoutExpired:
                    self.manager.kill()
                    self.manager.wait()
        subprocess.run([str(script), "clean", str(self.folder)], timeout=20)


class Connector(threading.Thread):
    """Connects ten times a second: whoever comes is never turned away."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.refused, self.connected, self.ended = port, [], 0, threading.Event()

    def run(self):
        while not self.ended.wait(0.02):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
                self.connected += 1
            except OSError as error:
                self.refused.append(repr(error))


class Systemd(SystemTest):
    def setUp(self):
        super().setUp()
        # The sockets of systemd lie in it, and the path of a socket may have 107 characters (unix(7)).
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sd-", dir="/tmp"))
        os.chmod(self.folder, 0o755)

    def service(self, *extra, **changes):
        service = Service(self.folder, **changes)
        self.addCleanup(service.end)
        service.begin(extra)
        service.wait_until_live()
        return service

    def serving_again(self, service, old_pid, seconds):
        """How long it took from now on."""
        began = time.monotonic()
        wait_for(lambda: service.answers() and not is_alive(old_pid), seconds, "serving again", 0.01)
        return time.monotonic() - began

    def test_systemd_keeps_window_and_connections_over_a_kill(self):
        service = self.service()
        service.wait_for_segments(3)
        connector, viewer = Connector(service.port), Viewer(service)
        connector.start()
        viewer.start()
        times = []
        for _ in range(3):
            before = service.playlist()
            bodies = {segment.uri: service.media(segment.uri) for segment in before.whole()}
            pid, generation = service.main_pid(), service.status()["generation"]
            workers = [int(line.split()[0]) for line in (self.folder / "run/desktop-streamer/workers").read_text().splitlines()]
            os.kill(pid, signal.SIGKILL)
            times.append(self.serving_again(service, pid, 5))
            after = service.playlist()
            self.assertGreaterEqual(after.media_sequence, before.media_sequence)
            for uri, body in bodies.items():
                self.assertEqual(service.media(uri), body, uri)
            service.wait_until_live(10, generation)
            self.assertFalse([worker for worker in workers if is_alive(worker)])
            time.sleep(1.5)
        connector.ended.set()
        connector.join()
        viewer.stop()
        print(f"serving again after {', '.join(f'{t * 1000:.0f} ms' for t in times)}; {connector.connected} connections, {len(connector.refused)} refused")
        self.assertLess(max(times), 1)
        self.assertGreaterEqual(viewer.arrivals[-1].msn, service.playlist().last_part()[0] - 1, "it watched to the end")
        self.assertEqual(connector.refused, [])
        self.assertEqual(viewer.violations, [])
        self.assertEqual([refusal for refusal in viewer.refusals if isinstance(refusal[2], int)], [])
        self.assertFalse(list((self.folder / "run/desktop-streamer").glob("window/desktop/*")), "the window is not in files")
        self.assertGreater(int(service.show("NFileDescriptorStore")), 3)
        self.assertIn("desktop: ", service.show("StatusText"))

    def test_without_a_descriptor_store_the_runtime_directory_keeps_the_window(self):
        service = self.service("FileDescriptorStoreMax=0", "Environment=FDSTORE=0")
        service.wait_for_segments(3)
        before, pid = service.playlist(), service.main_pid()
        os.kill(pid, signal.SIGKILL)
        self.assertLess(self.serving_again(service, pid, 5), 1)
        after = service.playlist()
        kept = [segment.uri for segment in after.whole()]
        self.assertTrue({segment.uri for segment in before.whole()} <= set(kept))
        self.assertTrue(list((self.folder / "run/desktop-streamer").glob("window/desktop/seg-*")))

    def test_a_store_that_is_smaller_than_it_was_said_costs_no_number(self):
        service = self.service("FileDescriptorStoreMax=0")  # and FDSTORE=256 of the unit says otherwise
        service.wait_for_segments(3)
        before, pid = service.playlist(), service.main_pid()
        os.kill(pid, signal.SIGKILL)
        self.serving_again(service, pid, 5)
        service.wait_until_live()
        self.assertGreater(service.playlist().media_sequence, before.segments[-1].msn)

    def test_a_stuck_loop_is_ended_and_replaced(self):
        service = self.service("WatchdogSec=2s")
        service.wait_for_segments(2)
        before, pid = service.playlist(), service.main_pid()
        (self.folder / "hooks/block").touch()
        wait_for(lambda: not is_alive(pid), 6, "the dead man")
        self.assertLess(self.serving_again(service, pid, 5), 1)
        self.assertIn("dead man: ", service.log(500))
        self.assertEqual(service.playlist().media_sequence, before.media_sequence)

    def test_a_stopped_supervisor_is_ended_by_the_watchdog(self):
        service = self.service("WatchdogSec=1s", "TimeoutAbortSec=1s")
        service.wait_for_segments(2)
        time.sleep(3)  # alive: it is left alone
        pid = service.main_pid()
        self.assertEqual(service.show("NRestarts"), "0")
        os.kill(pid, signal.SIGSTOP)
        wait_for(lambda: not is_alive(pid), 6, "the watchdog")
        self.assertLess(self.serving_again(service, pid, 5), 1)
        service.wait_until_live()

    def test_an_upgrade_in_place_goes_on_with_the_new_program(self):
        folder = self.folder / "bin"
        folder.mkdir()
        for name in ("streamer-supervisor", "streamer-worker"):
            subprocess.run(["cp", str(programs / name), str(folder)], check=True)
        service = self.service(f"ExecStart=\nExecStart={folder}/streamer-supervisor run --config {self.folder}/config.json")
        service.wait_for_segments(2)
        before = service.playlist()
        for name in ("streamer-supervisor", "streamer-worker"):  # as a package manager does it: a new file under the old name
            subprocess.run(["cp", str(programs / name), str(folder / (name + ".new"))], check=True)
            os.replace(folder / (name + ".new"), folder / name)
        generation, worker = service.status()["generation"], service.status()["worker_pid"]
        os.kill(worker, signal.SIGKILL)
        service.wait_until_live(10, generation)
        service.ctl("restart", "streamer.service")
        service.wait_until_live(10)
        self.assertEqual(pathlib.Path(os.readlink(f"/proc/{service.main_pid()}/exe")), folder / "streamer-supervisor")
        after = service.playlist()
        self.assertTrue({segment.uri for segment in before.whole()} <= {segment.uri for segment in after.whole()})


if __name__ == "__main__":
    unittest.main()
