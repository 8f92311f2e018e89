"""Group P: the worker process. The stream shows the monitor that all rows share, with a hot standby where that is built."""
import os
import pathlib
import random
import shutil
import signal
import subprocess
import time

from registry import Seen, Skip, row
from stage import SHORT_TIMERS, SLACK, ms
from streamer import children_of, cpu_seconds, is_alive, percentile, programs, resident_mb, wait_for

HANG_MS = 1200
SLOW_BACKOFF = {"max_restarts": 1000, "restart_delay": 0.2, "backoff_max": 30, "stable_after": 60}


def kill(pid, number=signal.SIGKILL):
    """SIGKILL to a process that may be gone."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def zombies_of(pid):
    return [child for child in children_of(pid) if not is_alive(child)]


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def break_worker(stage, streamer, before, watch, fault, after=1.2, classes=None, seconds=10, **judge):
    """Makes one fault and follows it to the next good picture: (detection ms, recovery ms, words)."""
    fault_at = time.time()
    fault()
    back = watch.wait_live(fault_at, before["generation"], seconds)
    recovery = ms(back.at - fault_at)
    time.sleep(after)
    detection = stage.detected(streamer, watch, fault_at, before["generation"])
    words = stage.expect_class(streamer, fault_at, classes) if classes else ""
    stage.seamless(watch, **judge)
    return detection, recovery, words


@row("P01", "SIGSEGV, ABRT, BUS, FPE, ILL", "detected within 50 ms, class crash, replaced within 300 ms the first time, tail of stderr kept", alone=True, seconds=300)
def p01(stage):
    streamer = stage.streamer("shared", standby="hot")
    before, watch = stage.live(streamer)
    detections, recoveries = [], []
    for number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL) * stage.scale(2, 40):
        before = streamer.wait_until_live()
        time.sleep(random.uniform(0.3, 0.8))
        before = streamer.wait_until_live()
        fault_at = time.time()
        os.kill(before["worker_pid"], number)
        back = watch.wait_live(fault_at, before["generation"], 5)
        recoveries.append(ms(back.at - fault_at))
        detections.append(stage.detected(streamer, watch, fault_at, before["generation"]))
        words = stage.expect_class(streamer, fault_at, ("crash",))
        if stage.failures:
            break
    incidents = stage.incidents(streamer)
    if incidents:
        stage.check(any(stage.incident(streamer, incident).get("log") for incident in incidents), "no last lines of stderr in any incident")
    time.sleep(1)
    stage.seamless(watch, hole=not stage.full)
    detection, recovery = percentile(detections, 95), percentile(recoveries, 95)
    stage.check_ms(detection, 50, "detection p95")
    stage.check_ms(recovery, 300, "recovery p95")
    return Seen(f"{len(recoveries)} crashes, {words}, recovery p50 {percentile(recoveries, 50):.0f} ms p95 {recovery:.0f} ms", detection, recovery)


@row("P02", "exit 0 while wanted", "class clean_exit, restart, counted half")
def p02(stage):
    streamer = stage.worker(stage.streamer("shared", standby="hot"), shimmed=True)
    before, watch = stage.live(streamer)
    rules = stage.rules(streamer, before["generation"])
    detection, recovery, words = break_worker(stage, streamer, before, watch, lambda: rules.set("send fd=3 exit=0"), classes=("clean_exit",))
    return Seen(f"{words}, last exit {streamer.status()['last_exit']}", detection, recovery)


@row("P03", "exit 78 (configuration)", "blocked (config), no retry until the configuration changes")
def p03(stage):
    streamer = stage.worker(stage.streamer(timers=SHORT_TIMERS), "exit_78").start()
    started = time.time()
    blocked = wait_for(lambda: (lambda s: s["state"] == "blocked" and s)(streamer.status()), 5, "blocked", every=0.02)
    detection = ms(time.time() - started)
    stage.calm(streamer, 2)
    stage.check(streamer.status()["generation"] == blocked["generation"], "it was tried again")
    stage.behave(streamer, "real")
    streamer.stream["video"]["bitrate"] = 1400
    streamer.config_path.write_text(__import__("json").dumps(streamer.config()))
    changed_at = time.time()
    os.kill(streamer.process.pid, signal.SIGHUP)
    streamer.wait_until_live()
    return Seen(f"blocked: {blocked['reason'][:80]}; live again after the change of the configuration", detection, ms(time.time() - changed_at))


@row("P04", "ENOENT, EACCES, ENOEXEC at exec", "errno told within 50 ms, no zombie, blocked (binary), looked for again")
def p04(stage):
    streamer = stage.streamer("shared")
    program = streamer.folder / "streamer-worker"
    shutil.copy2(programs / "streamer-worker", program)
    streamer.arguments = ["--worker", str(program)]
    streamer.start()
    words, detections, back = [], [], 0.0
    for name, spoil in (("ENOENT", lambda: program.rename(str(program) + ".away")), ("EACCES", lambda: program.chmod(0o644)),
                        ("ENOEXEC", lambda: (program.unlink(), program.write_text("no program\n"), program.chmod(0o755)))):
        before = streamer.wait_until_live()
        spoil()
        fault_at = time.time()
        os.kill(before["worker_pid"], signal.SIGKILL)
        blocked = wait_for(lambda: (lambda s: s["state"] == "blocked" and s)(streamer.status()), 5, f"blocked by {name}", every=0.01)
        detections.append(ms(time.time() - fault_at))
        stage.check("streamer-worker" in blocked["reason"], f"{name}: the program is not named: {blocked['reason']}")
        stage.check(blocked["next_retry_ms"] is not None and blocked["next_retry_ms"] <= 30_000, f"{name}: not looked for again: {blocked['next_retry_ms']}")
        stage.check(not zombies_of(streamer.process.pid), f"{name}: a zombie")
        words.append(f"{name}: {blocked['reason'].rsplit(':', 1)[-1].strip()}")
        away = pathlib.Path(str(program) + ".away")
        program.unlink(missing_ok=True)
        away.unlink(missing_ok=True)
        shutil.copy2(programs / "streamer-worker", program)
        fixed_at = time.time()
        streamer.post("/api/streams/desktop/start")
        streamer.wait_until_live()
        back = ms(time.time() - fixed_at)
    stage.calm(streamer, 0.5)
    stage.check_ms(max(detections), 100, "from the kill to blocked")
    return Seen("; ".join(words), max(detections), back)


@row("P05", "fork, pipe, pidfd: EAGAIN, EMFILE, ENOMEM", "transient: backoff, no leak, HTTP still up", seconds=90)
def p05(stage):
    streamer = stage.streamer("shared")
    rules = stage.shim_supervisor(streamer)
    before, watch = stage.live(streamer)
    count, slowest = descriptors(streamer.process.pid), 0.0
    faults = ("fork times=2 errno=11", "pipe2 times=1 errno=24", "pidfd_open times=1 errno=24", "socketpair times=1 errno=12", "fork times=1 errno=12")
    for fault in faults:
        before = streamer.wait_until_live()
        rules.set(fault)
        fault_at = time.time()
        os.kill(before["worker_pid"], signal.SIGKILL)
        back = watch.wait_live(fault_at, before["generation"], 8)
        slowest = max(slowest, ms(back.at - fault_at))
        rules.clear()
        time.sleep(0.3)
    stage.check(not zombies_of(streamer.process.pid), "a zombie")
    stage.seamless(watch)
    grown = descriptors(streamer.process.pid) - count
    stage.check(grown <= 60, f"{grown} descriptors more")
    return Seen(f"{len(faults)} failing calls, each over after at most {slowest:.0f} ms", None, slowest)


@row("P06", "missing shared library (exit 127)", "blocked (binary), text shown", light=False)
def p06(stage):
    if not shutil.which("cc"):
        raise Skip("no C compiler here to build a program with a missing library")
    streamer = stage.streamer(timers=SHORT_TIMERS)
    folder = streamer.folder
    (folder / "gone.c").write_text("int gone(void) { return 0; }\n")
    (folder / "main.c").write_text("int gone(void); int main(void) { return gone(); }\n")
    for command in (["cc", "-shared", "-fPIC", "gone.c", "-o", "libgone.so"], ["cc", "main.c", "-L.", "-lgone", "-o", "worker"]):
        subprocess.run(command, cwd=folder, check=True)
    (folder / "libgone.so").unlink()
    streamer.arguments = ["--worker", str(folder / "worker")]
    streamer.start()
    blocked = wait_for(lambda: (lambda s: s["state"] == "blocked" and s)(streamer.status()), 5, "blocked")
    said = blocked["reason"] + str(blocked["recent_errors"])
    stage.check("libgone" in said, f"the library is not named: {said[:200]}")
    return Seen(f"blocked: {blocked['reason'][:80]}")


@row("P07", "SIGSTOP", "hang within 1.2 s, SIGKILL at once", alone=True)
def p07(stage):
    streamer = stage.streamer("shared", standby="hot")
    before, watch = stage.live(streamer)
    pid = before["worker_pid"]
    stage.on_end(lambda: kill(pid))
    detection, recovery, words = break_worker(stage, streamer, before, watch, lambda: os.kill(pid, signal.SIGSTOP), classes=("hang",))
    stage.check(not is_alive(pid), "the stopped worker lives")
    steps = stage.timeline(streamer, watch.began)
    stage.check_ms(detection, HANG_MS, "detection")
    stage.check_ms(recovery, 1500, "recovery")
    return Seen(f"{words}, killed and replaced" + (f": {steps}" if steps else ""), detection, recovery)


def told_unkillable(stage, streamer):
    """In words, when the service declared a worker unkillable."""
    def told():
        return next((line for line in streamer.log(400).splitlines() if "unkillable" in line or "quarantine" in line or "cannot be killed" in line), None)
    try:
        return wait_for(told, 7, "unkillable").split("]", 1)[-1].strip()[:80]
    except AssertionError:
        stage.check(False, "nobody says that it is unkillable")
        return "unkillable: not told"


@row("P08", "freezer control group: the whole worker frozen", "hang; unkillable in 2 s while frozen, a new one streams; thawed: reaped", light=False, alone=True)
def p08(stage):
    group = stage.control_group("freezer")
    streamer = stage.streamer("shared")
    before, watch = stage.live(streamer)
    group.add(before["worker_pid"])

    def freeze():
        group.write("freezer.state", "FROZEN")

    detection, recovery, words = break_worker(stage, streamer, before, watch, freeze, classes=("hang",), seconds=12)
    stage.check(is_alive(before["worker_pid"]), "the frozen worker is gone already: it was not frozen")
    unkillable = told_unkillable(stage, streamer)
    group.write("freezer.state", "THAWED")
    wait_for(lambda: not pathlib.Path(f"/proc/{before['worker_pid']}").exists(), 3, "the thawed worker is reaped")
    return Seen(f"{words}, \"{unkillable}\", reaped when thawed", detection, recovery)


@row("P09", "busy hang: all of a core, no heartbeat", "hang, killed within 1.5 s", alone=True)
def p09(stage):
    streamer = stage.worker(stage.streamer("shared", standby="hot"), shimmed=True)
    before, watch = stage.live(streamer)
    rules = stage.rules(streamer, before["generation"])
    detection, recovery, words = break_worker(stage, streamer, before, watch, lambda: rules.set("send fd=3 spin"), classes=("hang",))
    stage.check(not is_alive(before["worker_pid"]), "the spinning worker lives")
    stage.check_ms(detection, 1500, "detection")
    return Seen(words, detection, recovery)


@row("P10", "heartbeats go on, no progress", "stall at the progress timeout; killed; the second time encoder or input changes", seconds=90)
def p10(stage):
    streamer = stage.worker(stage.streamer("shared", standby="hot", timers={"progress": 2}), shimmed=True)
    before, watch = stage.live(streamer)
    words = []
    for _ in range(2):
        before = streamer.wait_until_live()
        rules = stage.rules(streamer, before["generation"])
        fault_at = time.time()
        rules.set("send fd=3 swallow")
        back = watch.wait_live(fault_at, before["generation"], 10)
        detection, recovery = stage.detected(streamer, watch, fault_at, before["generation"]), ms(back.at - fault_at)
        incidents = stage.incidents(streamer, fault_at)
        if incidents:
            from stage import unix_time
            detection = ms(unix_time(incidents[0]["detected_at"]) - fault_at)
        words.append(stage.expect_class(streamer, fault_at, ("stall",)))
        stage.check(not is_alive(before["worker_pid"]) or wait_for(lambda: not is_alive(before["worker_pid"]), 3, "it is killed"), "")
        time.sleep(0.5)
    stage.seamless(watch)
    stage.check_ms(detection, 2500, "detection (progress timeout 2 s)")
    return Seen(", then ".join(words), detection, recovery)


@row("P11", "ignores SIGTERM and the order to stop", "SIGKILL after the term timeout, the stop is answered within both timeouts")
def p11(stage):
    streamer = stage.worker(stage.streamer(timers={**SHORT_TIMERS, "first_media": 20, "term": 1, "kill": 1}), "never_ends").start()
    pid = wait_for(lambda: streamer.status()["worker_pid"], 5, "a worker")
    time.sleep(0.8)  # its handlers are set
    asked = time.time()
    started = time.monotonic()
    stage.check(streamer.post("/api/streams/desktop/stop").status == 202, "stop was refused")
    answered = ms(time.monotonic() - started)
    wait_for(lambda: streamer.status()["state"] == "stopped", 5, "stopped", every=0.01)
    took = ms(time.time() - asked)
    stage.check(not is_alive(pid), "it lives")
    stage.check_ms(answered, 50, "the answer to stop")
    stage.check_ms(took, 1300, "stopped (1 s to ask, then killed)")
    return Seen(f"answered in {answered:.0f} ms, stopped after {took:.0f} ms", None, took)


def d_state(stage, streamer, watch, before, stall, seconds=15):
    """Sends the media thread of the worker into a write that never ends."""
    rules = stage.rules(streamer, before["generation"])
    pid = before["worker_pid"]
    fault_at = time.time()
    rules.set(f"send fd=3 times=1 stall={stall.folder}/file{before['generation']}")
    back = watch.wait_live(fault_at, before["generation"], seconds)
    return fault_at, back, pid


@row("P12", "D state: a write that never ends", "unkillable within 6 s of the detection; quarantined; a new one streams; reaped when it dies; API within 50 ms", light=False, alone=True, seconds=90)
def p12(stage):
    stall = stage.tools.stall_fs(stage)
    streamer = stage.worker(stage.streamer("shared"), shimmed=True)
    before, watch = stage.live(streamer)
    fault_at, back, pid = d_state(stage, streamer, watch, before, stall)
    time.sleep(3)
    detection = stage.detected(streamer, watch, fault_at, before["generation"])
    stage.check(pathlib.Path(f"/proc/{pid}").exists(), "the stuck worker is gone: it was not stuck")
    unkillable = told_unkillable(stage, streamer)
    words = stage.expect_class(streamer, fault_at, ("hang", "stall", "unkillable"))
    stage.seamless(watch)
    recovery = ms(back.at - fault_at)
    stage.check_ms(recovery, 7500, "a new worker")
    stall.let_go()
    wait_for(lambda: not pathlib.Path(f"/proc/{pid}").exists(), 3, "it is reaped when it dies")
    return Seen(f"{words}, \"{unkillable}\"; the new worker streams beside the stuck one, which is reaped at last", detection, recovery)


@row("P13", "pidfd readable but not to be reaped (a tracer holds it)", "the loop never blocks", alone=True)
def p13(stage):
    streamer = stage.streamer("shared", standby="hot")
    before, watch = stage.live(streamer)
    pid = before["worker_pid"]
    let_go = stage.tools.ptrace_zombie(stage, pid)
    fault_at = time.time()
    os.kill(pid, signal.SIGKILL)
    time.sleep(1.5)
    stage.check(not is_alive(pid) and pathlib.Path(f"/proc/{pid}").exists(), "the killed worker is no zombie: nothing held it")
    time.sleep(2.5)
    let_go()
    back = watch.wait_live(fault_at, before["generation"], 10)
    wait_for(lambda: not pathlib.Path(f"/proc/{pid}").exists(), 3, "it is reaped when the tracer lets go")
    time.sleep(1)
    detection = stage.detected(streamer, watch, fault_at, before["generation"])
    stage.seamless(watch)
    return Seen(f"a zombie for 4 s; API at most {max(watch.operator.latencies) * 1000:.0f} ms; reaped afterwards", detection, ms(back.at - fault_at))


@row("P14", "a second and a third unkillable worker", "quarantine full (2): blocked (quarantine), no more spawns, until one is gone", light=False, alone=True, seconds=120)
def p14(stage):
    stall = stage.tools.stall_fs(stage)
    streamer = stage.worker(stage.streamer("shared", timers={"kill": 0.5}), shimmed=True)
    before, watch = stage.live(streamer)
    stuck = []
    for number in range(3):
        before = streamer.wait_until_live()
        if number < 2:
            _, _, pid = d_state(stage, streamer, watch, before, stall)
            stuck.append(pid)
            time.sleep(1)
            continue
        stuck.append(before["worker_pid"])
        stage.rules(streamer, before["generation"]).set(f"send fd=3 times=1 stall={stall.folder}/third")
    blocked = wait_for(lambda: (lambda s: s["state"] == "blocked" and s)(streamer.status()), 10, "blocked")
    time.sleep(2)
    after = streamer.status()
    stage.check(after["generation"] == blocked["generation"], "another one was started")
    stage.check(all(pathlib.Path(f"/proc/{pid}").exists() for pid in stuck), "one of them was not stuck")
    freed_at = time.time()
    stall.let_go()
    streamer.wait_until_live(10)
    recovery = ms(time.time() - freed_at)
    wait_for(lambda: not any(pathlib.Path(f"/proc/{pid}").exists() for pid in stuck), 4, "all are reaped")
    stage.seamless(watch)
    return Seen(f"after the third: {blocked['state']}, {blocked['reason'][:70]}; live again {recovery:.0f} ms after they could die", None, recovery)


def find_marked(mark):
    """Processes whose arguments are `sleep MARK`."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "cmdline").read_bytes().split(b"\0")[:2] == [b"sleep", mark.encode()]:
                found.append(int(entry.name))
        except OSError:
            continue
    return [pid for pid in found if is_alive(pid)]


def with_child(stage, behaviour):
    mark = str(100_000 + os.getpid())
    streamer = stage.worker(stage.streamer("shared"), f"{behaviour},real")
    streamer.environment["SCRIPTED_MARK"] = mark
    before, watch = stage.live(streamer)
    children = wait_for(lambda: find_marked(mark), 3, "the grandchild runs")
    stage.on_end(lambda: [kill(pid) for pid in find_marked(mark)])
    count = descriptors(streamer.process.pid)
    fault_at = time.time()
    os.kill(before["worker_pid"], signal.SIGKILL)
    back = watch.wait_live(fault_at, before["generation"])
    gone_after = None
    try:
        wait_for(lambda: not find_marked(mark), 1.5, "the grandchild is gone", every=0.01)
        gone_after = ms(time.time() - fault_at)
    except AssertionError:
        stage.check(False, "the grandchild lives on 1.5 s after its worker")
    time.sleep(0.5)
    stage.check(not zombies_of(streamer.process.pid), "a zombie")
    stage.check(descriptors(streamer.process.pid) <= count + 12, "descriptors were left")  # segments come meanwhile
    detection = stage.detected(streamer, watch, fault_at, before["generation"])
    stage.seamless(watch)
    return Seen(f"{len(children)} grandchild, gone {'never' if gone_after is None else f'{gone_after:.0f} ms'} after its worker", detection, ms(back.at - fault_at))


@row("P15", "a grandchild survives the exit and holds stderr", "the exit is seen at once, the sweep kills it, no descriptor left")
def p15(stage):
    return with_child(stage, "child_first")


@row("P16", "a grandchild did setsid and a double fork", "the subreaper gets it; killed within 1 s")
def p16(stage):
    return with_child(stage, "escaped_child_first")


@row("P17", "fork bomb in the worker", "contained by the limit of processes; group and sweep end it within 2 s", light=False, alone=True)
def p17(stage):
    group = stage.control_group("pids")
    streamer = stage.worker(stage.streamer(timers={"hello": 1.5, "first_media": 2}), "real,fork_storm,real").start()
    first = streamer.wait_until_live()
    group.add(streamer.process.pid)
    group.write("pids.max", 120)
    kill(first["worker_pid"])  # the next one is born in the group
    peak = 0
    end = time.monotonic() + 20
    while time.monotonic() < end and streamer.status()["generation"] < 3:
        peak = max(peak, len(group.pids()))
        time.sleep(0.02)
    killed_at = time.time()
    wait_for(lambda: len(group.pids()) < 8, 10, "the storm is over")
    over = ms(time.time() - killed_at)
    streamer.wait_until_live()
    stage.check(peak > 40, f"only {peak} processes: there was no storm")
    stage.check_ms(over, 2000, "the storm")
    return Seen(f"{peak} processes at most, gone {over:.0f} ms after the worker was given up", None, over)


@row("P18", "descriptor leak in the worker", "its limit ends it with an error, restart; or the stream is not hurt", light=False, seconds=60)
def p18(stage):
    streamer = stage.worker(stage.streamer("shared"), shimmed=True)
    before, watch = stage.live(streamer)
    subprocess.run(["prlimit", f"--pid={before['worker_pid']}", "--nofile=128:128"], check=True)
    stage.rules(streamer, before["generation"]).set("send fd=3 leak_fd=10")
    time.sleep(8)
    after = streamer.status()
    stage.seamless(watch)
    stage.check(after["on_air"] == "picture", f"on air: {after['on_air']}")
    replaced = after["generation"] > before["generation"]
    return Seen("replaced: " + after["last_exit"] if replaced else "the worker needs no further descriptor and streams on with all 128 in use")


@row("P19", "memory leak until the kernel kills", "class oom; the supervisor survives", light=False, alone=True)
def p19(stage):
    group = stage.control_group("memory")
    streamer = stage.worker(stage.streamer("shared"), shimmed=True).start()
    group.add(streamer.process.pid)
    group.write("memory.limit_in_bytes", 400 << 20)
    first = streamer.wait_until_live()
    streamer.post("/api/streams/desktop/restart")  # a worker that is born in the group
    streamer.wait_until_live(10, first["generation"])
    before, watch = stage.live(streamer)
    rules = stage.rules(streamer, before["generation"])
    detection, recovery, words = break_worker(stage, streamer, before, watch, lambda: rules.set("send fd=3 leak_mb=48"), classes=("oom",), seconds=20)
    stage.check(streamer.process.poll() is None, "the supervisor was killed")
    return Seen(f"{words}, last exit {streamer.status()['last_exit']}", None, recovery)


@row("P20", "stderr flood", "drained, sampled; supervisor grows at most 1 MiB, API p99 100 ms; after 10 s killed (protocol)", alone=True)
def p20(stage):
    streamer = stage.worker(stage.streamer(timers={**SHORT_TIMERS, "first_media": 60}), "silent,flood,silent").start()
    wait_for(lambda: streamer.status()["generation"] == 1 and streamer.status()["worker_pid"], 5, "a worker")
    before = resident_mb(streamer.process.pid)
    wait_for(lambda: streamer.status()["generation"] == 2 and streamer.status()["worker_pid"], 10, "the one that floods")
    started, pid = time.time(), streamer.status()["worker_pid"]
    operator, _ = stage.calm(streamer, 9)
    grown = resident_mb(streamer.process.pid) - before
    wait_for(lambda: not is_alive(pid), 6, "the flood is ended")
    ended = time.time() - started
    stage.check(grown <= 1.5, f"the supervisor grew by {grown:.1f} MiB")
    stage.check(9 <= ended <= 13, f"ended after {ended:.1f} s")
    stage.check(streamer.log_path.stat().st_size < 1_000_000, "the log is not bounded")
    said = streamer.status()["reason"] + streamer.log(200)
    stage.check("protocol" in said, f"the class is not protocol: {streamer.status()['reason']}")
    return Seen(f"{streamer.status()['reason'][:60]}; supervisor +{grown:.1f} MiB, log {streamer.log_path.stat().st_size // 1024} KiB", ms(ended))


@row("P21", "binary garbage, NUL, invalid UTF-8", "counted, escaped, never a heartbeat")
def p21(stage):
    streamer = stage.worker(stage.streamer(), "garbage_first")
    _, watch = stage.live(streamer)
    time.sleep(1)
    stage.seamless(watch)
    stage.check(streamer.status()["restart_count"] == 0, "the worker was replaced")
    stage.check("\x1b]0;" not in streamer.log(2000) and "\0" not in streamer.log(2000), "raw bytes in the log")
    streamer.get("/api/status").body.decode("utf-8")
    streamer.get("/api/logs").body.decode("utf-8")
    return Seen("the stream goes on, all text is valid UTF-8 without escapes")


@row("P22", "heartbeat split anywhere, \\r, \\r\\n, two in a read", "all parsed once", seconds=30)
def p22(stage):
    count = stage.gtest("process_test", "LineReader.every_way*:LineReader.a_line*:LineReader.one_byte*")
    return Seen(f"{count} tests over all ways to split")


@row("P23", "10 MiB in one line", "cut at 4 KiB, later heartbeats count")
def p23(stage):
    streamer = stage.worker(stage.streamer(), "ten_megabytes_first")
    _, watch = stage.live(streamer)
    time.sleep(1.5)
    stage.seamless(watch)
    stage.check(streamer.status()["restart_count"] == 0, "the worker was replaced")
    stage.check(streamer.status()["last_activity_ago"] < 1, "no heartbeat counts")
    return Seen(f"the stream goes on; log {streamer.log_path.stat().st_size // 1024} KiB")


@row("P24", "forged heartbeat in log text", "refused: no nonce, no life")
def p24(stage):
    forger = stage.worker(stage.streamer(timers=SHORT_TIMERS, folder=stage.folder / "forger"), "another_nonce").start()
    started = time.time()
    wait_for(lambda: forger.status()["generation"] >= 2, 5, "the forger is replaced", every=0.02)
    detection = ms(time.time() - started)
    honest = stage.worker(stage.streamer(), "forged_first")
    _, watch = stage.live(honest)
    time.sleep(1)
    stage.seamless(watch)
    stage.check(honest.status()["restart_count"] == 0, "a text in the log hurt the worker")
    return Seen("a worker of another nonce is given up, forged text of a right one is only text", detection)


@row("P25", "heartbeat of an old generation", "ignored")
def p25(stage):
    count = stage.gtest("supervise_test", "Supervision.late_events_of_an_old_generation*") + stage.gtest("common_test", "Protocol.a_heartbeat_without_the_nonce*")
    streamer = stage.worker(stage.streamer(timers=SHORT_TIMERS), "another_generation,real").start()
    streamer.wait_until_live()
    stage.check(streamer.status()["generation"] == 2, "not replaced")
    return Seen(f"{count} tests; a worker that speaks for another life is given up")


@row("P26", "stdout written full", "no block")
def p26(stage):
    streamer = stage.worker(stage.streamer(), "stdout_first")
    _, watch = stage.live(streamer)
    time.sleep(0.5)
    stage.seamless(watch)
    stage.check(streamer.status()["restart_count"] == 0, "the worker was replaced")
    return Seen("10 MiB on stdout, live as ever")


@row("P27", "stderr closed, the process lives", "no sign of life: hang; no spin on the end of the pipe")
def p27(stage):
    streamer = stage.worker(stage.streamer("shared"), shimmed=True)
    before, watch = stage.live(streamer)
    rules = stage.rules(streamer, before["generation"])
    used, at = cpu_seconds(streamer.process.pid), time.monotonic()

    def close():
        rules.set("send fd=3 times=1 close=2", "send fd=3 swallow")

    detection, recovery, words = break_worker(stage, streamer, before, watch, close, classes=("hang",))
    share = (cpu_seconds(streamer.process.pid) - used) / (time.monotonic() - at)
    stage.check(share < 0.5, f"the supervisor took {share * 100:.0f} % of a core")
    stage.check_ms(detection, HANG_MS, "detection")
    return Seen(f"{words}; supervisor {share * 100:.0f} % of a core meanwhile", detection, recovery)


@row("P28", "pid reused between exit and kill", "only the pidfd is signalled: a stranger is never hit", light=False, seconds=120)
def p28(stage):
    stage.need_root("choosing the next process id")
    last_pid = pathlib.Path("/proc/sys/kernel/ns_last_pid")
    if not last_pid.exists():
        raise Skip("the kernel does not let us choose the next process id")
    inner = pathlib.Path(__file__).with_name("pid_reuse.py")
    run = subprocess.run(["unshare", "--pid", "--fork", "--mount-proc", "python3", "-B", str(inner), str(stage.folder), str(stage.scale(20, 40))],
                         capture_output=True, text=True, timeout=110, env=dict(os.environ, PYTHONPATH=str(pathlib.Path(__file__).resolve().parent.parent / "support")))
    stage.check(run.returncode == 0, (run.stdout + run.stderr)[-400:])
    return Seen(run.stdout.strip().splitlines()[-1] if run.stdout.strip() else "nothing")


@row("P29", "crash loop", "the delay grows; the budget ends in hold", seconds=60)
def p29(stage):
    count = stage.gtest("supervise_test", "Supervision.a_crash_loop*:RestartPolicy.crashes_are*:RestartPolicy.ten_lives*:SeedDefect.d0[12]*")
    streamer = stage.worker(stage.streamer(restart={"max_restarts": 5, "restart_delay": 0.1, "backoff_max": 30, "stable_after": 60}), "exit_70").start()
    spawned, generation, end = [], 0, time.monotonic() + 12
    while time.monotonic() < end:
        status = streamer.status()
        if status["generation"] > generation:
            generation = status["generation"]
            spawned.append(time.monotonic())
        if status["state"] == "hold":
            break
        time.sleep(0.01)
    gaps = [later - earlier for earlier, later in zip(spawned, spawned[1:])]
    stage.check(streamer.status()["state"] == "hold", f"not held after {len(spawned)} lives")
    stage.check(all(later > earlier * 0.8 for earlier, later in zip(gaps[1:], gaps[2:])), f"delays shrink: {gaps}")
    stage.calm(streamer, 1)
    return Seen(f"{count} tests; lives {', '.join(f'{gap:.2f}' for gap in gaps)} s apart, then hold")


@row("P30", "a crash once a month", "answered at once each time", seconds=30)
def p30(stage):
    return Seen(f"{stage.gtest('supervise_test', 'Supervision.a_monthly_crash*')} test in virtual time")


HISTORY_FULL = 260  # kills after which the kept incidents (200) and the log lines (2000) are at their limits


@row("P31", "10 000 restarts", "no zombie, descriptors equal, memory within 1 MiB", light=False, alone=True, seconds=7200)
def p31(stage):
    times = int(os.environ.get("FAULTS_RESTARTS", "200"))
    streamer = stage.streamer(hls={"segment_duration": 1, "window_segments": 3})
    streamer.start()
    streamer.wait_until_live()

    def kill_some(count):
        for _ in range(count):
            before = streamer.wait_until_live(10, every=0.01)
            os.kill(before["worker_pid"], signal.SIGKILL)
            streamer.wait_until_live(10, before["generation"], every=0.01)

    kill_some(HISTORY_FULL)
    time.sleep(14)  # what left the window is gone
    pid = streamer.process.pid
    count, memory = descriptors(pid), resident_mb(pid)
    kill_some(times)
    time.sleep(14)
    grown, more = resident_mb(pid) - memory, descriptors(pid) - count
    stage.check(not zombies_of(pid), "zombies")
    stage.check(abs(more) <= 2, f"{more} descriptors more")
    stage.check(grown <= 1.0, f"{grown:.2f} MiB more")
    return Seen(f"{times} restarts: {more:+d} descriptors, {grown:+.2f} MiB, no zombie")


@row("P32", "stop, start, restart, reload at every instant", "invariants hold; one worker", seconds=120)
def p32(stage):
    count = stage.gtest("supervise_test", stage.scale("Simulation.the_same*:States.every_cell*", "Simulation.*:Explore*:States.every_cell*"))
    streamer = stage.streamer("shared").start()
    random.seed(7)
    orders = 0
    end = time.monotonic() + stage.scale(6, 60)
    while time.monotonic() < end:
        order = random.choice(("start", "stop", "restart", "reload"))
        if order == "reload":
            os.kill(streamer.process.pid, signal.SIGHUP)
        else:
            stage.check(streamer.post(f"/api/streams/desktop/{order}").status == 202, f"{order} was refused")
        orders += 1
        time.sleep(random.choice((0, 0, 0.01, 0.05, 0.2, 0.6)))
        workers = [pid for pid in children_of(streamer.process.pid) if is_alive(pid)]
        stage.check(len(workers) <= 3, f"{len(workers)} workers at once")  # one, one that ends, a standby
    streamer.post("/api/streams/desktop/start")
    after = streamer.wait_until_live()
    time.sleep(1)
    workers = [pid for pid in children_of(streamer.process.pid) if is_alive(pid)]
    stage.check(len(workers) == 1, f"{len(workers)} workers at the end")
    return Seen(f"{count} tests; {orders} orders in random order, generation {after['generation']}, one worker at the end")


@row("P33", "worker slow to start", "no kill before the timeout; more time is granted when asked for, up to its cap")
def p33(stage):
    patient = stage.worker(stage.streamer(timers={"hello": 1.5, "first_media": 2}, folder=stage.folder / "patient"), "slow_first").start()
    silent = stage.worker(stage.streamer(timers={"hello": 1.5, "first_media": 2}), "slow_in_silence_first,real").start()
    replaced = silent.wait_until_live()
    stage.check(replaced["generation"] == 2, "the one that says nothing is not replaced")
    after = patient.wait_until_live(10)
    stage.check(after["generation"] == 1, "the one that asked for time was killed")
    count = stage.gtest("supervise_test", "Supervision.*extend*:Supervision.*longer*:Supervision.slow_inputs*")
    return Seen(f"asked for 5 s: generation {after['generation']} live; silent: generation {replaced['generation']} live; {count} tests")


@row("P34", "another version of the protocol", "blocked (binary), clear text")
def p34(stage):
    streamer = stage.worker(stage.streamer(), "another_version").start()
    started = time.time()
    blocked = wait_for(lambda: (lambda s: s["state"] == "blocked" and s)(streamer.status()), 5, "blocked", every=0.02)
    detection = ms(time.time() - started)
    stage.check("9.9.9" in blocked["reason"] or "version" in blocked["reason"], f"unclear: {blocked['reason']}")
    stage.calm(streamer, 1)
    stage.check(not [pid for pid in children_of(streamer.process.pid) if is_alive(pid)], "the worker lives")
    return Seen(f"blocked: {blocked['reason'][:100]}", detection)


@row("P35", "no CPU for the worker (5 %), and for the supervisor (paused 5 s)", "no false hang", light=False, alone=True, seconds=90)
def p35(stage):
    group = stage.control_group("cpu")
    streamer = stage.streamer("shared", video={"fps": 10, "bitrate": 500})
    before, watch = stage.live(streamer)
    group.write("cpu.cfs_period_us", 100_000)
    group.write("cpu.cfs_quota_us", 5_000)
    group.add(before["worker_pid"])
    time.sleep(10)
    starved = streamer.status()
    incidents = stage.incidents(streamer, watch.began) or []
    stage.check(starved["generation"] == before["generation"], f"a starved worker was replaced: {starved['last_exit']}")
    group.write("cpu.cfs_quota_us", -1)
    time.sleep(2)
    before = streamer.wait_until_live()
    os.kill(streamer.process.pid, signal.SIGSTOP)
    time.sleep(5)
    os.kill(streamer.process.pid, signal.SIGCONT)
    time.sleep(3)
    after = streamer.wait_until_live()
    stage.check(after["generation"] == before["generation"], f"a healthy worker was replaced after our own pause: {after['last_exit']}")
    stage.latencies.clear()
    watch.operator.stop()
    watch.operator.latencies.clear()  # our own pause is in them
    return Seen(f"{len(incidents)} incidents at 5 % of a core; the same worker after a pause of 5 s")
