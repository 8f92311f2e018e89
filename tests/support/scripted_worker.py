#!/usr/bin/env python3
"""Stands in for streamer-worker and misbehaves as told: scripted_worker.py BEHAVIOURS REAL-WORKER ARGUMENTS-OF-A-WORKER...

BEHAVIOURS is one word, or several with commas: the first worker life takes the first, and so on; the last one repeats.
"real" and every behaviour whose name ends in "first" go on as the real worker, so that the stream can.
"""
import json
import os
import resource
import signal
import subprocess
import sys
import time

PERIOD = 0.25  # between two heartbeats
LOUD_ENOUGH = 64 * 1024


class Fake:
    def __init__(self, real_worker, arguments):
        self.real_worker, self.arguments = real_worker, arguments
        self.generation, self.nonce = int(self.option("--generation")), self.option("--nonce")

    def option(self, name):
        return self.arguments[self.arguments.index(name) + 1]

    def message(self, type_name, nonce=None, generation=None, **fields):
        line = json.dumps({"type": type_name, "g": self.generation if generation is None else generation,
                           "nonce": self.nonce if nonce is None else nonce, **fields})
        os.write(2, line.encode() + b"\n")

    def hello(self, version=None, **sender):
        said = subprocess.run([self.real_worker, "--version"], capture_output=True, text=True).stdout.split()
        self.message("hello", version=version or said[-1], **sender)

    def heartbeat(self, parts=1, **sender):
        self.message("heartbeat", frames_captured=parts * 6, frames_encoded=parts * 6, frames_dropped=0, parts=parts, last_pts=parts,
                     last_frame_age_ms=1, damage_events=0, input=0, revision=1, encoder="libx264", fps=30, bitrate_kbps=1000, rss_kb=1000, **sender)

    def beat_for_ever(self, **sender):
        parts = 0
        while True:
            parts += 1
            self.heartbeat(parts, **sender)
            time.sleep(PERIOD)

    def become_the_real_worker(self):
        os.execv(self.real_worker, [self.real_worker, *self.arguments])

    # What it says

    def real(self):
        self.become_the_real_worker()

    def garbage_first(self):
        """Binary garbage, half messages, terminal escapes, then an honest life."""
        os.write(2, bytes(range(256)) * 16 + b"\n{\"type\":\"heartbeat\"\n{}\n[]\nnull\n\x1b[2J\x1b]0;title\x07\n\xff\xfe\xfd\n" + b"[" * 3000 + b"\n")
        self.become_the_real_worker()

    def ten_megabytes_first(self):
        """One line without an end."""
        for _ in range(160):
            os.write(2, b"x" * LOUD_ENOUGH)
        os.write(2, b"\n")
        self.become_the_real_worker()

    def stdout_first(self):
        """Far more on stdout than a pipe holds."""
        for _ in range(160):
            os.write(1, b"y" * LOUD_ENOUGH)
        self.become_the_real_worker()

    def forged_first(self):
        """The text of a heartbeat in its log, as if the captured screen had shown one."""
        self.heartbeat(nonce="00" * 16)
        os.write(2, b'[x11] window title: {"type":"hello","g":%d,"nonce":"","version":"0"}\n' % self.generation)
        self.become_the_real_worker()

    def silent(self):
        time.sleep(3600)

    def another_nonce(self):
        """Says everything right, but is not who it should be."""
        self.hello(nonce="00")
        self.message("ready", "00")
        self.beat_for_ever(nonce="00")

    def another_generation(self):
        """The words of a former life."""
        self.hello(generation=self.generation - 1)
        self.message("ready", generation=self.generation - 1)
        self.beat_for_ever(generation=self.generation - 1)

    def another_version(self):
        self.hello(version="9.9.9")
        time.sleep(3600)

    def chatty_without_media(self):
        """Alive by its words, dead by its deeds."""
        self.hello()
        parts = 0
        while True:
            parts += 1
            self.heartbeat(parts)
            os.write(2, b"[libx264] all is well\n")
            time.sleep(PERIOD)

    def flood(self):
        """As many lines as it can."""
        self.hello()
        while True:
            os.write(2, b"warning: the same line again and again and again\n" * 500)

    def talkative_first(self):
        """Thousands of lines of one kind, then an address with its password, escapes and bytes that are no text."""
        os.write(2, b"".join(b"queue %d is full\n" % number for number in range(5000)))
        os.write(2, b"opening rtsp://admin:hunter2@cam/1?token=s3cr3t failed: \x1b[31mno\x1b[0m \xff\xfe\n")
        self.message("log", level="warn", text="opening rtsp://admin:hunter2@cam/2 failed\nforged \u001b[2J line")
        self.become_the_real_worker()

    def errors(self):
        """A storm of structured errors."""
        self.hello()
        self.message("ready")
        while True:
            self.message("log", level="error", text="the same trouble again")
            time.sleep(0.1)

    def slow_first(self):
        """Needs four seconds to its first part, and says so."""
        self.hello()
        self.message("extend", by_ms=5000, why="the disk of the camera wakes up")
        time.sleep(4)
        self.become_the_real_worker()

    def slow_in_silence_first(self):
        self.hello()
        time.sleep(4)
        self.become_the_real_worker()

    def slow_for_ever(self):
        """Asks for more time again and again and never delivers."""
        self.hello()
        while True:
            self.message("extend", by_ms=3_000_000, why="nearly there")
            self.heartbeat()
            time.sleep(PERIOD)

    # What it does

    def noise_on_the_media_socket(self):
        self.hello()
        try:
            while True:
                os.write(3, os.urandom(4096))
        except OSError:
            pass
        time.sleep(3600)

    def closed_stderr(self):
        """Nobody hears it any more, and it lives."""
        self.hello()
        os.close(2)
        time.sleep(3600)

    def never_ends(self):
        """Deaf to every request to end."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        self.hello()
        self.beat_for_ever()

    def orphan(self):
        """Outlives its supervisor: deaf, and without the order to die with it (prctl PR_SET_PDEATHSIG 0)."""
        import ctypes
        ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)
        self.never_ends()

    def spin(self):
        """All of a core, and nothing comes of it."""
        self.hello()
        self.message("ready")
        while True:
            pass

    def child_first(self):
        """A child that holds stderr and the media socket when it is gone."""
        subprocess.Popen(["sleep", self.mark()], pass_fds=(3,), stdin=subprocess.DEVNULL)
        self.become_the_real_worker()

    def escaped_child_first(self):
        """A grandchild of another session, that nobody is a parent of."""
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.execvp("sleep", ["sleep", self.mark()])
            os._exit(0)
        os.wait()
        self.become_the_real_worker()

    def mark(self):
        """A number of seconds by which a test finds these processes."""
        return os.environ.get("SCRIPTED_MARK", "98765")

    def fork_storm(self):
        """As many children as the limits allow, each of which makes more."""
        resource.setrlimit(resource.RLIMIT_NPROC, (2000, 2000))  # root is not bound by it; the pids cgroup of the test is
        self.hello()
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                if os.fork() == 0:
                    os.setsid()
            except OSError:
                time.sleep(0.01)
        os._exit(0)

    def leak_memory(self):
        """Until its own limit ends it."""
        resource.setrlimit(resource.RLIMIT_AS, (400 << 20, 400 << 20))
        self.hello()
        self.message("ready")
        kept = []
        try:
            while True:
                kept.append(bytearray(8 << 20))
                self.heartbeat()
                time.sleep(0.02)
        except MemoryError:
            kept.clear()
            self.message("bye", reason="memory", text="out of memory")
            os._exit(73)


def main():
    behaviours, real_worker, arguments = sys.argv[1].split(","), sys.argv[2], sys.argv[3:]
    if not arguments or arguments[0] != "stream":
        os.execv(real_worker, [real_worker, *arguments])
    fake = Fake(real_worker, arguments)
    behaviour = behaviours[min(fake.generation, len(behaviours)) - 1]
    if behaviour.startswith("exit_"):
        sys.exit(int(behaviour.removeprefix("exit_")))
    if not hasattr(fake, behaviour):
        sys.exit(f"scripted_worker.py: unknown behaviour {behaviour}")
    getattr(fake, behaviour)()


if __name__ == "__main__":
    main()
