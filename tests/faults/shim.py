"""The small programs that make faults, seen from the rows; what they do stands at the head of each in tools/."""
import os
import pathlib
import shlex
import signal
import struct
import subprocess

from registry import Skip

CONTROL_BYTES = 4096


class FaultControl:
    """The rules of one program under libfault_shim.so; set() changes them while it runs."""

    def __init__(self, path):
        self.path, self.serial = pathlib.Path(path), 0
        if not self.path.exists():
            self.path.write_bytes(b"\0" * CONTROL_BYTES)

    def set(self, *rules):
        text = "\n".join(rules).encode()
        assert len(text) < CONTROL_BYTES - 8
        self.serial += 1
        with open(self.path, "r+b") as file:  # the text first: the serial number tells that it is complete
            file.seek(4)
            file.write(text.ljust(CONTROL_BYTES - 4, b"\0"))
            file.flush()
            file.seek(0)
            file.write(struct.pack("<I", self.serial))

    def clear(self):
        self.set()


class Clock:
    """Steps the wall clock of the programs under libclock_shim.so."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.set()

    def set(self, real_s=0, boot_s=0):
        offsets = struct.pack("<qq", int(real_s * 1e9), int(boot_s * 1e9))
        if self.path.exists():
            with open(self.path, "r+b") as file:
                file.write(offsets)
        else:
            self.path.write_bytes(offsets)


class Tools:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def path(self, name):
        path = self.folder / name
        if not path.exists():
            raise Skip(f"{name} is not built (its library is missing on this machine, or the build is older)")
        return str(path)

    def worker_under_shim(self, folder, real_worker):
        """A worker program whose every life has rules of its own: FOLDER/shim.GENERATION."""
        wrapper = pathlib.Path(folder) / "shimmed_worker"
        wrapper.write_text(f"""#!/bin/sh
before=
for word; do
  [ "$before" = --generation ] && life=$word
  before=$word
done
control={shlex.quote(str(folder))}/shim.${{life:-0}}
[ -e "$control" ] || head -c {CONTROL_BYTES} /dev/zero >"$control"
export FAULT_SHIM_CONTROL="$control" LD_PRELOAD={shlex.quote(self.path("libfault_shim.so"))}
exec {shlex.quote(str(real_worker))} "$@"
""")
        wrapper.chmod(0o755)
        return wrapper

    def stall_fs(self, stage):
        """A folder whose files never answer a write."""
        if not os.access("/dev/fuse", os.W_OK):
            raise Skip("there is no /dev/fuse that may be used")
        folder = stage.folder / f"stall{len(list(stage.folder.iterdir()))}"
        folder.mkdir()
        server = subprocess.Popen([self.path("stall_fs"), str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)

        def end():
            server.kill()
            server.wait()
            subprocess.run(["umount", "-l", str(folder)], capture_output=True)

        stage.on_end(end)
        if server.stdout.readline().strip() != b"mounted":
            raise Skip("a filesystem of our own cannot be mounted: " + server.stderr.read().decode().strip())
        return StallFolder(folder, end)

    def ptrace_zombie(self, stage, pid):
        tracer = subprocess.Popen([self.path("ptrace_zombie"), str(pid)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

        def let_go():
            if tracer.poll() is None:
                tracer.stdin.close()
                tracer.wait(5)

        stage.on_end(let_go)
        if tracer.stdout.readline().strip() != b"attached":
            raise Skip("this machine does not let us trace a process: " + tracer.stderr.read().decode().strip())
        return let_go


class StallFolder:
    def __init__(self, folder, end):
        self.folder, self.let_go = folder, end


class ControlGroup:
    """A control group (v1) of our own; the row is skipped where it cannot be made."""

    def __init__(self, stage, controller):
        base = pathlib.Path("/sys/fs/cgroup") / controller
        self.path = base / f"streamer-faults-{os.getpid()}"
        try:
            if not (base / "cgroup.procs").exists():
                raise OSError("not mounted")
            self.path.mkdir(exist_ok=True)
        except OSError as refused:
            raise Skip(f"no control group of the controller {controller} can be made here: {refused}") from None
        stage.on_end(self._remove)

    def write(self, name, value):
        (self.path / name).write_text(str(value))

    def read(self, name):
        return (self.path / name).read_text()

    def add(self, pid):
        self.write("cgroup.procs", pid)

    def pids(self):
        return [int(word) for word in self.read("cgroup.procs").split()]

    def _remove(self):
        import time
        if (self.path / "freezer.state").exists():
            self.write("freezer.state", "THAWED")
        for _ in range(40):
            try:
                for pid in self.pids():
                    os.kill(pid, signal.SIGKILL)
                self.path.rmdir()
                return
            except OSError:
                time.sleep(0.05)
