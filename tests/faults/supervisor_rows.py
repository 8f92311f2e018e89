"""Group S: the supervisor itself. A viewer's connection breaks with it; what counts is what it finds when it is back."""
import http.client
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import threading
import time

from process_rows import descriptors, find_marked, kill, zombies_of
from registry import Seen, Skip, row
from shim import FaultControl
from stage import SHORT_TIMERS, ms
from streamer import children_of, free_port, is_alive, processes_of, programs, resident_mb, wait_for

BUSY, BAD_CONFIG = 75, 78
EXIT_SECONDS = 10


def kill_supervisor(streamer):
    streamer.process.kill()
    streamer.process.wait()


def start_again(streamer, seconds=10):
    """The successor: (when it was started, its first live status)."""
    at = time.time()
    streamer.start(seconds)
    return at, streamer.wait_until_live(seconds)


def check(path):
    run = subprocess.run([str(programs / "streamer-supervisor"), "check", "--config", str(path)], capture_output=True, text=True, timeout=10)
    return run.returncode, run.stdout + run.stderr


@row("S01", "SIGKILL of the supervisor", "worker gone within 1 s, no orphan; the successor serves the same window within a second", seconds=3600)
def s01(stage):
    streamer = stage.streamer(standby="hot").start()
    slowest, back, falls = 0.0, [], 0
    for _ in range(stage.scale(3, int(os.environ.get("FAULTS_SUPERVISOR_KILLS", "100")))):
        streamer.wait_until_live()
        time.sleep(random.uniform(0.3, 1.5))
        children = children_of(streamer.process.pid)
        window = streamer.playlist()
        last = window.last_part()[0]
        killed_at = time.time()
        kill_supervisor(streamer)
        wait_for(lambda: not [pid for pid in children if is_alive(pid)], 2, "the workers are gone", every=0.005)
        slowest = max(slowest, ms(time.time() - killed_at))
        at, _ = start_again(streamer)
        back.append(ms(time.time() - at))
        now = streamer.playlist()
        falls += now.last_part()[0] < last
        stage.check(now.media_sequence >= window.media_sequence and now.last_part()[0] >= last, f"the numbering fell from {last} to {now.last_part()[0]}")
        stage.check(any(segment.msn == last - 1 for segment in now.whole()) or last < 2, "the old window is not served")
    stage.check_ms(slowest, 1000, "the workers' end")
    stage.check_ms(sorted(back)[len(back) // 2], 1000, "live again (median)")
    return Seen(f"{len(back)} kills: workers gone after at most {slowest:.0f} ms, numbering fell {falls} times", None, max(back))


@row("S02", "an orphan survives the supervisor", "found by its lock or id, killed or quarantined; the new generation is fenced", seconds=60)
def s02(stage):
    streamer = stage.streamer(standby="hot")
    streamer.environment.update(LD_PRELOAD=stage.tools.path("libfault_shim.so"), FAULT_SHIM_ORPHAN="1")
    before, watch = stage.live(streamer)
    watch.stop()
    orphan = before["worker_pid"]
    stage.on_end(lambda: kill(orphan))
    os.kill(orphan, signal.SIGSTOP)  # so that it does not see the end of its input either
    kill_supervisor(streamer)
    time.sleep(0.3)
    if not stage.check(is_alive(orphan), "the orphan did not survive: nothing was tried"):
        return Seen("")
    at, after = start_again(streamer)
    try:
        wait_for(lambda: not is_alive(orphan), 3, "the orphan is gone", every=0.01)
        gone = f"gone {ms(time.time() - at):.0f} ms after the start"
    except AssertionError as late:
        stage.check(False, str(late))
        gone = "lives"
    stage.check(after["generation"] > before["generation"], f"the generation began anew: {after['generation']}")
    return Seen(f"orphan {gone}, generation {after['generation']} on air", None, ms(time.time() - at))


@row("S03", "stale lock file, no holder", "starts")
def s03(stage):
    streamer = stage.streamer().start()
    streamer.wait_until_live()
    kill_supervisor(streamer)
    locks = [path for path in streamer.folder.rglob("*lock*")]
    stage.check(locks, "there is no lock file (feature not built yet)")
    for lock in locks:
        lock.write_text("1\n")  # the id of a process that lives
    at, _ = start_again(streamer)
    return Seen(f"{', '.join(lock.name for lock in locks)} left behind: it starts", None, ms(time.time() - at))


@row("S04", "second instance", "exits 75 with text; the first untouched")
def s04(stage):
    streamer = stage.streamer()
    before, watch = stage.live(streamer)
    second = dict(streamer.config(), server={**streamer.config()["server"], "listen": [f"127.0.0.1:{free_port()}"]})
    path = streamer.folder / "second.json"
    path.write_text(json.dumps(second))
    process = subprocess.Popen([str(programs / "streamer-supervisor"), "--config", str(path)], env=streamer.environment, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)
    stage.on_end(lambda: process.poll() is None and process.kill())
    try:
        said, _ = process.communicate(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        said, _ = process.communicate()
    stage.check(process.returncode == BUSY, f"it ended with {process.returncode}")
    stage.check("lock" in said.lower() or "another" in said.lower() or "instance" in said.lower(), f"unclear: {said[-200:]}")
    time.sleep(0.5)
    stage.check(streamer.status()["worker_pid"] == before["worker_pid"], "the first was touched")
    stage.seamless(watch)
    return Seen(f"exit {process.returncode}: {said.strip().splitlines()[-1][-120:] if said.strip() else ''}")


class NotifySocket:
    """Stands where systemd listens for sd_notify."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.settimeout(0.1)
        self.messages, self._ended = [], threading.Event()
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self):
        while not self._ended.is_set():
            try:
                text = self.socket.recv(8192).decode(errors="replace")
                self.messages += [(time.time(), line) for line in text.splitlines()]
            except OSError:
                continue

    def times(self, word, after=0.0):
        return [at for at, line in list(self.messages) if line.startswith(word) and at >= after]

    def stop(self):
        self._ended.set()
        self.thread.join(2)
        self.socket.close()


@row("S05", "supervisor loop blocked more than 5 s", "no WATCHDOG=1 any more, so that systemd restarts it; its own thread writes where it is stuck", seconds=90)
def s05(stage):
    path = stage.folder / "notify"
    notify = NotifySocket(path)
    stage.on_end(notify.stop)
    streamer = stage.streamer()
    hooks = stage.folder / "hooks"
    hooks.mkdir()
    streamer.environment.update(NOTIFY_SOCKET=str(path), WATCHDOG_USEC="3000000", STREAMER_TEST_HOOKS=str(hooks))
    before, watch = stage.live(streamer)
    time.sleep(3)
    if not stage.check(notify.times("READY=1"), "no READY=1"):
        return Seen("")
    stage.check(len(notify.times("WATCHDOG=1")) >= 2, f"{len(notify.times('WATCHDOG=1'))} WATCHDOG=1 in 4 s")
    stage.check(notify.times("STATUS="), "no STATUS=")
    watch.stop()
    watch.operator.latencies.clear()
    size = len(streamer.log_path.read_text())
    blocked_at = time.time()
    (hooks / "block").touch()
    try:
        streamer.process.wait(25)
        ended = f"ended by itself after {time.time() - blocked_at:.1f} s with {streamer.process.returncode}"
    except subprocess.TimeoutExpired:
        ended = "did not end by itself"
    late = [at for at in notify.times("WATCHDOG=1", blocked_at + 3)]
    stage.check(not late, f"{len(late)} WATCHDOG=1 from a loop that does not turn")
    said = streamer.log_path.read_text()[size:]
    stage.check("does not turn" in said and "stack" in said, f"nobody says where it is stuck: {said[:200]}")
    if streamer.process.poll() is None:
        kill_supervisor(streamer)
    start_again(streamer)
    return Seen(f"{len(notify.times('WATCHDOG=1'))} WATCHDOG=1 while it turned, none afterwards; {ended}")


@row("S06", "configuration missing, empty, truncated, no JSON, wrong types, unknown keys", "exit 78 with line and column; no default for secrets", seconds=60)
def s06(stage):
    good = json.dumps({"streams": [{"name": "desktop", "video": {"fps": 30}}]}, indent=1)
    cases = {"empty": "", "truncated": good[:len(good) // 2], "no JSON": "fps = 30\n", "wrong type": good.replace("30", '"thirty"'),
             "unknown key": good.replace("fps", "fsp"), "out of range": good.replace("30", "1e99"), "NUL": good + "\0", "array": "[]",
             "deep": "[" * 100_000, "invalid UTF-8": None}
    path = stage.folder / "bad.json"
    for name, text in cases.items():
        path.write_bytes(b'{"streams": [{"name": "\xff\xfe"}]}' if text is None else text.encode())
        code, said = check(path)
        stage.check(code == BAD_CONFIG, f"{name}: exit {code}")
        stage.check("bad.json" in said, f"{name}: the file is not named: {said[:100]}")
    path.unlink()
    code, said = check(path)
    stage.check(code in (66, 77, BAD_CONFIG) and "bad.json" in said, f"missing: exit {code}, {said[:100]}")
    path.write_text(cases["unknown key"])
    run = subprocess.run([str(programs / "streamer-supervisor"), "--config", str(path)], capture_output=True, text=True, timeout=10)
    stage.check(run.returncode == BAD_CONFIG and "bad.json:" in run.stdout + run.stderr, f"run: exit {run.returncode}")
    count = stage.gtest("test_config", "ConfigSyntax.*:ShippedConfig.cut*:ShippedConfig.with_any_byte*")
    return Seen(f"{len(cases) + 1} files refused, {count} tests over every cut and every byte")


@row("S07", "configuration half written, then SIGHUP", "the old one stays; error in the status; one alert")
def s07(stage):
    streamer = stage.streamer()
    before, watch = stage.live(streamer)
    text = streamer.config_path.read_text()
    streamer.config_path.write_text(text[:len(text) // 2])
    os.kill(streamer.process.pid, signal.SIGHUP)
    time.sleep(0.7)
    whole = streamer.get("/api/status").json()
    said = json.dumps(whole) + streamer.log(50)
    stage.check("config.json" in said, "nobody says that the file is bad")
    in_status = "config.json" in json.dumps({key: value for key, value in whole.items() if key != "log"})
    stage.check(in_status, "the status does not say it")
    stage.check(streamer.status()["worker_pid"] == before["worker_pid"], "the worker was replaced")
    streamer.config_path.write_text(text)
    os.kill(streamer.process.pid, signal.SIGHUP)
    time.sleep(0.7)
    stage.check("config.json:" not in json.dumps(streamer.get("/api/status").json()), "the error stays in the status")
    stage.check(streamer.status()["worker_pid"] == before["worker_pid"], "the worker was replaced by the same configuration")
    stage.seamless(watch)
    return Seen("the old configuration goes on, the status names the error until it is mended")


@row("S08", "SIGHUP with a valid configuration", "only what changed acts; what does not touch the stream restarts nothing")
def s08(stage):
    streamer = stage.streamer(standby="hot")
    before, watch = stage.live(streamer)

    def reload(**more):
        streamer.config_path.write_text(json.dumps({**streamer.config(), **more}))
        os.kill(streamer.process.pid, signal.SIGHUP)
        time.sleep(1.6)  # a planned change waits for the next segment, of 1 s

    reload(log={"level": "debug"})
    stage.check(streamer.status()["worker_pid"] == before["worker_pid"], "another level of the log replaced the worker")
    streamer.stream["restart"]["max_restarts"] = 77
    reload(log={"level": "debug"})
    stage.check(streamer.status()["worker_pid"] == before["worker_pid"], "another restart policy replaced the worker")
    streamer.stream["video"]["bitrate"] = 900
    at = time.time()
    reload(log={"level": "debug"})
    back = watch.wait_live(at, before["generation"] + 1)  # the standby of before is not it
    time.sleep(1.5)
    incidents = stage.incidents(streamer, at)
    stage.check(not incidents, f"a planned change is an incident: {incidents and incidents[0]}")
    stage.seamless(watch)
    return Seen("log and policy: the same worker; bitrate: a planned change without a seam", None, ms(back.at - at))


@row("S09", "SIGHUP storm, signals in any order", "coalesced")
def s09(stage):
    streamer = stage.streamer()
    before, watch = stage.live(streamer)
    for _ in range(2000):
        os.kill(streamer.process.pid, random.choice((signal.SIGHUP, signal.SIGPIPE, signal.SIGCHLD, signal.SIGHUP)))
    time.sleep(1.5)
    stage.check(streamer.process.poll() is None, "it ended")
    stage.check(streamer.status()["worker_pid"] == before["worker_pid"], "the worker was replaced")
    reloads = sum("reload" in line.lower() or "configuration" in line.lower() for line in streamer.log(10_000).splitlines())
    stage.check(reloads < 1500, f"{reloads} lines for 1000 reloads")
    stage.seamless(watch)
    return Seen(f"2000 signals, {reloads} lines in the log, the same worker")


def ended_by_sigterm(stage, name, streamer, limit=EXIT_SECONDS):
    children = children_of(streamer.process.pid)
    at = time.monotonic()
    streamer.process.terminate()
    try:
        code = streamer.process.wait(limit + 3)
    except subprocess.TimeoutExpired:
        stage.check(False, f"{name}: does not end")
        streamer.process.kill()
        code = streamer.process.wait()
    took = time.monotonic() - at
    stage.check(took <= limit, f"{name}: ended after {took:.1f} s")
    stage.check(not [pid for pid in children if is_alive(pid)], f"{name}: a worker is left")
    return took, code


@row("S10", "SIGTERM in every state", "exits within 10 s, worker gone, no ENDLIST, desired kept; an unkillable worker is named", seconds=90)
def s10(stage):
    took = {}

    def service(name, behaviours=None, **changes):
        streamer = stage.streamer(folder=stage.folder / name, **changes)
        return (stage.worker(streamer, behaviours) if behaviours else streamer).start()

    streamer = service("healthy")
    streamer.wait_until_live()
    streamer.wait_for_segments(1)
    texts, ended = [], threading.Event()

    def read():
        while not ended.is_set():
            try:
                texts.append(streamer.playlist_text())
            except (OSError, AssertionError, http.client.HTTPException):
                pass
            time.sleep(0.01)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    took["healthy"] = ended_by_sigterm(stage, "healthy", streamer)
    ended.set()
    reader.join(3)
    stage.check(not any("#EXT-X-ENDLIST" in text for text in texts), "ENDLIST: only an operator's stop ends a stream")
    for name, behaviours, changes, state in (
            ("starting", "silent", {}, "starting"), ("blocked", "exit_78", {}, "blocked"),
            ("backoff", "exit_70", {"restart": {"restart_delay": 20, "backoff_max": 30, "stable_after": 60, "max_restarts": 50}}, "backoff"),
            ("hold", "exit_70", {"restart": {"max_restarts": 1, "restart_delay": 0, "backoff_max": 0, "stable_after": 60}}, "hold"),
            ("deaf", "never_ends", {"timers": {"term": 1, "kill": 1}}, "starting")):
        streamer = service(name, behaviours, **changes)
        wait_for(lambda: streamer.status()["state"] == state, 6, f"{name}: {state}")
        time.sleep(0.4)
        took[name] = ended_by_sigterm(stage, name, streamer)
    streamer = service("stopped")
    streamer.wait_until_live()
    streamer.post("/api/streams/desktop/stop")
    wait_for(lambda: streamer.status()["state"] == "stopped", 6, "stopped")
    took["stopped"] = ended_by_sigterm(stage, "stopped", streamer)
    streamer.start()
    time.sleep(0.7)
    stage.check(streamer.status()["desired"] == "down", "the operator's stop is forgotten by the successor")
    return Seen(", ".join(f"{name} {seconds:.1f} s" for name, (seconds, _) in took.items()))


@row("S11", "upgrade in place: the programs are replaced", "what runs goes on; a worker of another version is blocked with a text", light=False)
def s11(stage):
    streamer = stage.streamer("shared")
    folder = streamer.folder / "installed"
    folder.mkdir()
    for name in ("streamer-supervisor", "streamer-worker"):
        shutil.copy2(programs / name, folder / name)
    streamer.arguments = []
    import streamer as support
    kept, support.programs = support.programs, folder
    stage.on_end(lambda: setattr(support, "programs", kept))
    before, watch = stage.live(streamer)
    for name in ("streamer-supervisor", "streamer-worker"):  # as an installation does it: a new file under the old name
        shutil.copy2(programs / name, folder / (name + ".new"))
        (folder / (name + ".new")).rename(folder / name)
    time.sleep(1)
    stage.check(streamer.status()["worker_pid"] == before["worker_pid"], "the worker was replaced")
    fault_at = time.time()
    os.kill(before["worker_pid"], signal.SIGKILL)
    back = watch.wait_live(fault_at, before["generation"])
    time.sleep(1)
    stage.seamless(watch)
    return Seen("the new worker program takes over from the old one", None, ms(back.at - fault_at))


@row("S12", "SIGPIPE, SIGCHLD lost or merged", "harmless (pidfd)")
def s12(stage):
    streamer = stage.streamer(standby="hot")
    before, watch = stage.live(streamer)
    ended = threading.Event()

    def storm():
        while not ended.is_set():
            for number in (signal.SIGCHLD, signal.SIGPIPE):
                os.kill(streamer.process.pid, number)
            time.sleep(0.001)

    thread = threading.Thread(target=storm, daemon=True)
    thread.start()
    recoveries = []
    for _ in range(3):
        before = streamer.wait_until_live()
        time.sleep(0.5)
        before = streamer.wait_until_live()
        fault_at = time.time()
        os.kill(before["worker_pid"], signal.SIGKILL)
        back = watch.wait_live(fault_at, before["generation"])
        recoveries.append(ms(back.at - fault_at))
    ended.set()
    thread.join()
    clients = [socket.create_connection(("127.0.0.1", streamer.port)) for _ in range(20)]
    for client in clients:  # gone while they are answered
        client.sendall(b"GET /api/logs HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 3)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        client.close()
    time.sleep(1)
    stage.check(not zombies_of(streamer.process.pid), "a zombie")
    stage.seamless(watch)
    return Seen(f"{len(recoveries)} kills in a storm of signals, each seen", None, max(recoveries))


@row("S13", "no descriptors, no memory inside the supervisor", "degraded service, no exit; torture of the nth call", light=False, alone=True, seconds=600)
def s13(stage):
    streamer = stage.streamer("shared")
    rules = stage.shim_supervisor(streamer)
    before, watch = stage.live(streamer)
    watch.stop()  # what fails here may be a viewer's own connection
    calls = ("open", "openat", "pipe2", "socketpair", "memfd_create", "fork", "accept4", "accept", "pwrite", "pidfd_open", "sendmsg", "write")
    slowest = 0.0
    for call in calls:
        for n in range(stage.scale(2, 6)):
            for number in (24, 12):
                rules.clear()
                before = streamer.wait_until_live(15)
                rules.set(f"{call} skip={n} times=1 errno={number}")
                fault_at = time.time()
                kill(before["worker_pid"])
                deadline = time.monotonic() + 15
                while time.monotonic() < deadline:
                    if streamer.process.poll() is not None:
                        raise AssertionError(f"the supervisor ended: {call} number {n + 1} failed with {number}: exit {streamer.process.returncode}")
                    try:
                        status = streamer.status()
                        if status["on_air"] == "picture" and status["generation"] > before["generation"]:
                            break
                    except (OSError, ValueError, KeyError, http.client.HTTPException):
                        pass  # an answer that the fault hit
                    time.sleep(0.02)
                else:
                    stage.check(False, f"{call} number {n + 1} failed with {number}: not live again in 15 s")
                slowest = max(slowest, ms(time.time() - fault_at))
                rules.clear()
    stage.check(not zombies_of(streamer.process.pid), "a zombie")
    return Seen(f"{len(calls)} calls, each failing once at its first, second, ... use during a restart; back after at most {slowest:.0f} ms", None, slowest)


@row("S14", "stdout, stderr closed or blocking", "never blocks", seconds=60)
def s14(stage):
    words = []
    for name in ("closed", "full"):
        streamer = stage.streamer(folder=stage.folder / name)
        for folder in ("run", "state"):
            (streamer.folder / folder).mkdir(mode=0o700)
        streamer.config_path.write_text(json.dumps({**streamer.config(), "log": {"level": "debug"}}))
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        try:
            while name == "full":
                os.write(writing, b"x" * 65536)
        except BlockingIOError:
            pass
        os.set_blocking(writing, True)
        if name == "closed":
            os.close(reading)
        streamer.process = subprocess.Popen([str(programs / "streamer-supervisor"), "--config", str(streamer.config_path)], stdout=writing, stderr=writing,
                                            env=streamer.environment)
        os.close(writing)
        wait_for(streamer.answers, 5, f"{name}: it answers")
        before, watch = stage.live(streamer, segments=0)
        for _ in range(200):
            streamer.get("/api/nothing")
        os.kill(before["worker_pid"], signal.SIGKILL)
        watch.wait_live(watch.began, before["generation"])
        stage.seamless(watch, hole=False)
        took, _ = ended_by_sigterm(stage, name, streamer)
        words.append(f"{name}: live through a kill, ended in {took:.1f} s")
        if name == "full":
            os.close(reading)
    return Seen("; ".join(words))


@row("S15", "soak with a nemesis", "slopes flat", light=False, alone=True, seconds=7500)
def s15(stage):
    seconds = int(os.environ.get("FAULTS_SOAK_SECONDS", "120"))
    desktop = stage.desktop()
    streamer = stage.streamer(desktop.display, standby="hot", hls={"window_segments": 6})
    before, watch = stage.live(streamer)
    pid, deeds, figures = streamer.process.pid, 0, []
    end = time.monotonic() + seconds
    warm_until = time.monotonic() + seconds / 3
    random.seed(11)
    while time.monotonic() < end:
        worker = streamer.wait_until_live(20)["worker_pid"]
        deed = random.choice(("kill", "kill", "stop", "segv", "restart", "reload", "x"))
        if deed == "kill":
            kill(worker)
        elif deed == "segv":
            kill(worker, signal.SIGSEGV)
        elif deed == "stop":
            kill(worker, signal.SIGSTOP)
        elif deed == "restart":
            streamer.post("/api/streams/desktop/restart")
        elif deed == "reload":
            os.kill(pid, signal.SIGHUP)
        else:
            display = desktop.display
            desktop.kill()
            time.sleep(1)
            desktop.start(display)
            desktop.paint(1, number=2, extra=("--fps", "15"))
        deeds += 1
        time.sleep(random.uniform(1, 4))
        if time.monotonic() > warm_until:
            figures.append((resident_mb(pid), descriptors(pid)))
    half = len(figures) // 2
    grown = max(f[0] for f in figures[half:]) - max(f[0] for f in figures[:half])
    more = max(f[1] for f in figures[half:]) - max(f[1] for f in figures[:half])
    stage.check(grown <= 1.5, f"{grown:.2f} MiB more in the second half")
    stage.check(more <= 10, f"{more} descriptors more in the second half")
    stage.check(not zombies_of(pid), "zombies")
    stage.seamless(watch, hole=False)
    return Seen(f"{seconds} s, {deeds} deeds: {grown:+.2f} MiB, {more:+d} descriptors from the first to the second half; {watch.viewer.playlists} playlists judged")


@row("S16", "supervisor restarted in backoff and in hold", "the wait goes on: no restart storm by restarting the supervisor")
def s16(stage):
    streamer = stage.worker(stage.streamer(timers={"hold": 60}, restart={"max_restarts": 2, "restart_delay": 0, "backoff_max": 0, "stable_after": 60}), "exit_70").start()
    held = wait_for(lambda: (lambda s: s["state"] == "hold" and s)(streamer.status()), 8, "hold")
    time.sleep(1.2)
    spawns = stage.spawns(streamer)
    for hard in (False, True):
        if hard:
            kill_supervisor(streamer)
        else:
            streamer.stop()
        streamer.start()
        time.sleep(0.5)
        status = streamer.status()
        stage.check(status["state"] == "hold", f"{'killed' if hard else 'ended'}: the successor is in {status['state']}")
        more, spawns = stage.spawns(streamer) - spawns, stage.spawns(streamer)
        stage.check(more == 0, f"{'killed' if hard else 'ended'}: the successor tried {more} times at once")
        stage.check(status["next_retry_ms"] is not None and status["next_retry_ms"] <= 75_000, f"next try in {status['next_retry_ms']} ms")
        time.sleep(0.7)
    return Seen(f"hold after {held['generation']} lives, and still after an end and a kill; next try in {(status['next_retry_ms'] or 0) / 1000:.0f} s")


@row("S17", "an exception in any handler", "caught at the boundary, counted; invariants hold", seconds=60)
def s17(stage):
    count = stage.gtest("supervise_test", "Simulation.the_same*:Invariants.*:ModelCheck.*") + stage.gtest("test_http_server", "*aults*:*handler*:*exception*")
    streamer = stage.streamer()
    rules = stage.shim_supervisor(streamer)
    hooks = stage.folder / "hooks"
    hooks.mkdir()
    streamer.environment.update(STREAMER_TEST_HOOKS=str(hooks))
    before, watch = stage.live(streamer)
    for _ in range(3):
        (hooks / "throw").touch()
        wait_for(lambda: not (hooks / "throw").exists() or streamer.process.poll() is not None, 3, "the exception was thrown")
    time.sleep(0.5)
    stage.check(streamer.process.poll() is None, "an exception in a handler ends the supervisor")
    stage.check("exception" in streamer.log(200), "the exception is not told")
    stage.seamless(watch)
    failed = 0
    for rule in ("pwrite times=2 errno=28", "memfd_create times=3 errno=24", "accept4 times=5 errno=24", "accept times=5 errno=24", "sendmsg times=5 errno=32", "openat times=3 errno=12"):
        rules.set(rule)
        for path in ("/api/status", "/metrics", "/hls/desktop/playlist.m3u8", "/api/logs", "/"):
            try:
                streamer.get(path, timeout=3)
            except (OSError, http.client.HTTPException):
                failed += 1
        time.sleep(0.3)
        rules.clear()
    stage.check(streamer.process.poll() is None, f"the supervisor ended with {streamer.process.returncode}")
    streamer.wait_until_live()
    return Seen(f"{count} tests; three exceptions on the loop, no seam; six kinds of failing calls inside handlers, {failed} answers lost, the service lives")
