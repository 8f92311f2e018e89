"""Bounds what a row can start, and finds all of it again: a control group of processes (v1 or v2) where one can be made. A fault
that makes processes without end must not take the machine with it."""
import os
import pathlib
import signal
import time

PROCESSES_MAX = 400


class Containment:
    def __init__(self, name):
        self.path = None
        for base in (pathlib.Path("/sys/fs/cgroup/pids"), pathlib.Path("/sys/fs/cgroup")):
            path = base / f"streamer-faults-{os.getpid()}-{name}"
            try:
                if (base / "cgroup.procs").exists():
                    path.mkdir()
                    (path / "pids.max").write_text(str(PROCESSES_MAX))
                    self.path = path
                    return
            except OSError:
                if path.exists():
                    path.rmdir()

    def enter(self):
        """In the child, before its exec."""
        if self.path:
            try:
                (self.path / "cgroup.procs").write_text(str(os.getpid()))
            except OSError:
                pass

    def pids(self):
        return [int(word) for word in (self.path / "cgroup.procs").read_text().split()] if self.path else []

    def end(self):
        """Kills what is left, and goes; how many were left."""
        if not self.path:
            return 0
        left = len(self.pids())
        (self.path / "pids.max").write_text("0")
        for _ in range(100):
            for pid in self.pids():
                try:
                    os.kill(pid, signal.SIGKILL)
                except OSError:
                    pass
            try:
                self.path.rmdir()
                return left
            except OSError:
                time.sleep(0.05)
        return left
