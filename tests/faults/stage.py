"""Where one row plays: a folder, the programs started for it, what is to be undone at its end, and its judgement."""
import json
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import time

from registry import Result, Seen, Skip
from shim import Clock, ControlGroup, FaultControl, Tools
from streamer import RED, Desktop, Streamer, children_of, free_display, is_alive, programs, project, resident_mb, wait_for
from watch import Watch

# The goals hold on an idle machine; a shared one may be slower by this factor.
SLACK = float(os.environ.get("STREAMER_TIME_SLACK", "1.5"))
API_P99_MS = 50  # N18
SHORT_TIMERS = {"hello": 1.5, "first_media": 2, "term": 0.5, "kill": 0.5}
WINDOW_SEGMENTS = 60  # a row is shorter, so that all of it can be judged at its end


class Stage:
    def __init__(self, row, folder, tools, full):
        self.row, self.folder, self.tools, self.full = row, pathlib.Path(folder), Tools(tools), full
        self.failures, self.latencies, self.watches = [], [], []
        self._undo = []

    # --- bookkeeping

    def on_end(self, action):
        self._undo.append(action)

    def end(self):
        while self._undo:
            try:
                self._undo.pop()()
            except Exception as failure:  # the next one is to be undone too
                self.failures.append(f"at the end: {failure!r}")

    def check(self, holds, what):
        """Notes a failure and goes on, so that the figures are seen too."""
        if not holds:
            self.failures.append(what)
        return holds

    def check_ms(self, value, limit, what):
        self.check(value is not None and value <= limit * SLACK, f"{what}: {'never' if value is None else f'{value:.0f} ms'}, "
                   f"{limit} ms are allowed (times {SLACK})")

    def need_root(self, why):
        if os.geteuid():
            raise Skip(f"needs root: {why}")

    def scale(self, light, full):
        return full if self.full else light

    # --- actors

    def display(self):
        """The X server that the rows share: two monitors, the moving card on the second."""
        shared = os.environ.get("FAULTS_DISPLAY")
        if shared:
            return shared
        return self.desktop().display

    def desktop(self, paint=True, display=None, **options):
        """An X server for this row alone; one that is going to be killed has a number of its own (own_display)."""
        desktop = Desktop(self.folder / f"x{len(list(self.folder.iterdir()))}", **options)
        self.on_end(desktop.stop)
        desktop.start(display)
        if paint:
            desktop.paint(0, RED, 1)
            desktop.paint(1, number=2, extra=("--fps", "15"))
        return desktop

    def xvfb(self, *options, width=640, height=360):
        """A plain Xvfb with one screen: (display, process)."""
        if not shutil.which("Xvfb"):
            raise Skip("Xvfb is not installed")
        display = free_display()
        server = subprocess.Popen(["Xvfb", display, "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp", "-noreset", *options],
                                  stderr=subprocess.DEVNULL)

        def end():
            if server.poll() is None:
                server.terminate()
            server.wait(5)

        self.on_end(end)
        wait_for(lambda: pathlib.Path(f"/tmp/.X11-unix/X{display[1:]}").exists(), 5, "Xvfb accepts clients")
        return display, server

    def streamer(self, display=None, folder=None, **changes):
        """A service that is not started yet. With a display of "shared" it shows that of all rows; without any, a pattern."""
        folder = pathlib.Path(folder or self.folder / "service")
        folder.mkdir(exist_ok=True)
        hls = {"window_segments": WINDOW_SEGMENTS, **changes.pop("hls", {})}
        streamer = Streamer(folder, self.display() if display == "shared" else display, hls=hls, **changes)
        self.on_end(lambda: self._end(streamer))
        return streamer

    def _end(self, streamer):
        if streamer.process is None or streamer.process.poll() is not None:
            return
        children = children_of(streamer.process.pid)
        os.kill(streamer.process.pid, signal.SIGCONT)
        streamer.stop()
        left = [pid for pid in children if is_alive(pid)]
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        if left:
            self.failures.append(f"{len(left)} processes were left behind")
        self.check("Sanitizer" not in streamer.log(10_000), "a sanitizer complained")

    def worker(self, streamer, behaviours=None, shimmed=False):
        """Lets the service use a scripted worker (see scripted_worker.py), or a real one under the fault shim."""
        real = programs / "streamer-worker"
        if shimmed:
            wrapper = self.tools.worker_under_shim(streamer.folder, real)
            streamer.stream["sandbox"] = False  # the shim makes its faults with files
        else:
            self.behave(streamer, behaviours)
            wrapper = streamer.folder / "scripted_worker"
            script = project / "tests/support/scripted_worker.py"
            wrapper.write_text(f"#!/bin/sh\n[ \"$1\" = stream ] && echo \"$*\" >>{shlex.quote(str(streamer.folder))}/spawns\nexec python3 -B {shlex.quote(str(script))} \"$(cat {shlex.quote(str(streamer.folder))}/behaviours)\" "
                               f"{shlex.quote(str(real))} \"$@\"\n")
            wrapper.chmod(0o755)
        streamer.arguments = ["--worker", str(wrapper)]
        return streamer

    def behave(self, streamer, behaviours):
        (streamer.folder / "behaviours").write_text(behaviours)

    def spawns(self, streamer):
        """How many workers the service has started, with its predecessors: counted by the scripted worker."""
        path = streamer.folder / "spawns"
        return len(path.read_text().splitlines()) if path.exists() else 0

    def rules(self, streamer, generation):
        """The rules of one worker life under the fault shim."""
        return FaultControl(streamer.folder / f"shim.{generation}")

    def shim_supervisor(self, streamer):
        """Puts the supervisor (and what it starts) under the fault shim; the rules."""
        control = FaultControl(streamer.folder / "shim.supervisor")
        streamer.environment.update(LD_PRELOAD=self.tools.path("libfault_shim.so"), FAULT_SHIM_CONTROL=str(control.path))
        return control

    def shim_clock(self, streamer):
        clock = Clock(streamer.folder / "clock")
        streamer.environment.update(LD_PRELOAD=self.tools.path("libclock_shim.so"), CLOCK_SHIM_FILE=str(clock.path))
        return clock

    def control_group(self, controller):
        self.need_root("control groups")
        return ControlGroup(self, controller)

    def live(self, streamer, segments=1):
        """Starts it, if that was not done, waits for the picture and whole segments, and watches from then on."""
        if streamer.process is None:
            streamer.start()
        before = streamer.wait_until_live()
        if segments:
            streamer.wait_for_segments(segments)
        if streamer.stream.get("standby") == "hot":
            self.wait_for_standby(streamer)
        watch = Watch(streamer)
        self.watches.append(watch)
        wait_for(lambda: watch.operator.samples and watch.viewer.arrivals, 5, "the viewer has a playlist")
        return before, watch

    def watch_only(self, streamer):
        """Watches a stream that need not show the picture."""
        watch = Watch(streamer)
        self.watches.append(watch)
        return watch

    def wait_for_standby(self, streamer, seconds=4):
        """Until the next worker is parked; goes on without."""
        if "treated as off" in streamer.log(100):
            self.check(False, "this build has no hot standby yet")
            return
        try:
            wait_for(lambda: streamer.status()["standby_pid"], seconds, "a standby is parked")
        except AssertionError as late:
            self.check(False, str(late))

    def mount(self, *arguments):
        """A filesystem of this row's own, such as mount("-t", "tmpfs", "-o", "size=8m", "none"); its folder."""
        self.need_root("mounting")
        folder = self.folder / f"disk{len(list(self.folder.iterdir()))}"
        folder.mkdir()
        run = subprocess.run(["mount", *arguments, str(folder)], capture_output=True, text=True)
        if run.returncode:
            raise Skip("nothing can be mounted here: " + run.stderr.strip())
        self.on_end(lambda: subprocess.run(["umount", "-l", str(folder)], capture_output=True))
        return folder

    def gtest(self, program, test_filter):
        """Runs the tests of a pure room; fails when the filter matches none. How many ran."""
        folders = (programs, programs.parent.parent / "asan/bin")  # tests/run.sh builds most of them with sanitizers only
        path = next((folder / program for folder in folders if (folder / program).exists()), None)
        if not path:
            raise Skip(f"{program} is not built")
        run = subprocess.run([str(path), f"--gtest_filter={test_filter}", "--gtest_brief=1"], capture_output=True, text=True, timeout=self.row.seconds)
        ran = [line for line in run.stdout.splitlines() if " ran. (" in line]
        count = int(ran[0].split("]")[1].split()[0]) if ran else 0
        self.check(count > 0, f"{program}: no test is named like {test_filter}")
        self.check(run.returncode == 0, f"{program} {test_filter}: " + "; ".join(line for line in run.stdout.splitlines() if "FAILED" in line)[:300])
        return count

    # --- what the service says

    def incidents(self, streamer, after=0.0):
        """Incidents of the stream, oldest first; None where this build has none. `after`: Unix time."""
        reply = streamer.get("/api/streams/desktop/incidents")
        if reply.status == 404:
            return None
        found = reply.json()
        found = found if isinstance(found, list) else found["incidents"]
        return sorted((i for i in found if unix_time(i["detected_at"]) >= after - 0.002), key=lambda i: i["detected_at"])

    def incident(self, streamer, summary):
        """All of an incident: with its timeline and the last lines of the worker."""
        reply = streamer.get(f"/api/streams/desktop/incidents/{summary['id']}")
        return reply.json() if self.check(reply.status == 200, f"incident {summary['id']}: {reply.status}") else summary

    def timeline(self, streamer, after):
        """In words, what was done about the first incident after a moment."""
        found = self.incidents(streamer, after)
        steps = self.incident(streamer, found[0]).get("timeline", []) if found else []
        return ", ".join(f"{step['step']} +{step['at_ms']} ms" for step in steps if step["step"] != "detected")

    def expect_class(self, streamer, after, wanted):
        """The class of the first incident after a moment is one of `wanted`. In words, for the table."""
        found = self.incidents(streamer, after)
        if found is None:
            self.check(False, "there is no list of incidents (feature not built yet)")
            return "class not told"
        if not self.check(found, "no incident was written"):
            return "no incident"
        self.check(found[0]["class" if "class" in found[0] else "failure_class"] in wanted, f"the class is {class_of(found[0])}, not {' or '.join(wanted)}")
        return f"class {class_of(found[0])}"

    def detected(self, streamer, watch, fault_at, generation):
        """ms from the fault to its detection: by the incident, else by the first status that says so."""
        found = self.incidents(streamer, fault_at)
        at = unix_time(found[0]["detected_at"]) if found else watch.noticed(fault_at, generation)
        return max(0.0, (at - fault_at) * 1000) if at else None

    # --- judgement

    def seamless(self, watch, hole=True, decode=False, refusals=True, discontinuity=True):
        """Stops watching; a viewer must have noticed nothing."""
        watch.stop()
        if refusals:
            self.check(not watch.viewer.refusals, f"a viewer was refused: {watch.viewer.refusals[:3]}")
        self.check(not watch.viewer.violations, f"playlist: {watch.viewer.violations[:3]}")
        if discontinuity:
            self.check(watch.streamer.status()["discontinuity_sequence"] == 0 and "#EXT-X-DISCONTINUITY\n" not in watch.streamer.playlist_text(), "a discontinuity")
        if hole:
            self.check(watch.measure_hole() < 0.001, f"a hole of {watch.hole_s:.3f} s")
        if decode:
            from streamer import decode as decoded
            decoded(watch.streamer.record())
        return watch.hole_s

    def calm(self, streamer, seconds, memory_mb=None):
        """Watches only the API for a while (a stream that is not live has no viewer); growth of the supervisor in MiB."""
        from watch import Operator
        before = resident_mb(streamer.process.pid)
        operator = Operator(streamer)
        operator.start()
        time.sleep(seconds)
        operator.stop()
        self.latencies += operator.latencies
        self.check(not operator.unanswered, f"the API did not answer: {operator.unanswered[:2]}")
        grown = resident_mb(streamer.process.pid) - before
        if memory_mb is not None:
            self.check(grown <= memory_mb, f"the supervisor grew by {grown:.1f} MiB")
        return operator, grown

    def without_folders(self, text):
        """The names of this run's folders say nothing to the reader of the table."""
        return text.replace(str(self.folder), "DIR").replace(str(project), ".")

    def result(self, seen, took):
        for watch in self.watches:
            watch.operator.stop()
            self.latencies += watch.operator.latencies
        p99 = None
        if len(self.latencies) >= 20:
            from streamer import percentile
            p99 = percentile(self.latencies, 99) * 1000
            limit = 100 if self.row.id == "P20" else API_P99_MS
            self.check(p99 <= limit * SLACK, f"the API took {p99:.0f} ms at p99, {limit} are allowed (times {SLACK})")
        seen = seen or Seen("")
        seen.text = self.without_folders(seen.text)
        self.failures = [self.without_folders(failure) for failure in self.failures]
        hole = seen.hole_s if seen.hole_s is not None else next((watch.hole_s for watch in self.watches if watch.hole_s is not None), None)
        return Result(self.row.id, "FAILED" if self.failures else "ok", seen.text, seen.detection_ms, seen.recovery_ms, hole, p99, took, self.failures)


def class_of(incident):
    return incident.get("class") or incident.get("failure_class")


def unix_time(text):
    import datetime
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def ms(seconds):
    return None if seconds is None else seconds * 1000
