"""Group E: the encoder. The machines of the tests have no GPU: a hardware encoder is what fails, libx264 what is left; an
encoder that fails or blocks is libx264 under the fault shim."""
import os
import pathlib
import time

from process_rows import break_worker
from registry import Seen, Skip, row
from stage import ms
from streamer import programs, wait_for

FAULTY = "streamer-worker-faulty"  # a worker of the tests with a "hardware" encoder that fails when told


def faulty_worker(streamer, fault):
    """The worker with an encoder that fails, where it is built."""
    for folder in (programs, programs.parent / "tests", programs.parent / "bin"):
        if (folder / FAULTY).exists():
            streamer.arguments = ["--worker", str(folder / FAULTY)]
            streamer.environment["STREAMER_TEST_ENCODER"] = fault
            return streamer
    raise Skip(f"{FAULTY} is not built")


@row("E01", "the hardware encoder does not open", "libx264 in the same start within 1 s, degraded or said, one incident at most")
def e01(stage):
    streamer = stage.streamer("shared", video={"encoder": "h264_vaapi"})
    started = time.time()
    before, watch = stage.live(streamer)
    first = ms(before["uptime_seconds"] * 1.0) if before.get("uptime_seconds") is not None else None
    if before["encoder"] == "h264_vaapi":
        raise Skip("this machine has a hardware encoder that works")
    time.sleep(1)
    status = streamer.status()
    stage.check(status["encoder"] == "libx264", f"encoder {status['encoder']}")
    stage.check("h264_vaapi" in status["encoder_fallback_reason"], f"no reason: {status['encoder_fallback_reason']}")
    stage.check(status["state"] == "degraded", f"state {status['state']}, not degraded")
    stage.check(status["restart_count"] == 0, "it took more than one worker")
    stage.seamless(watch)
    return Seen(f"{status['encoder']}, {status['state']}: {status['encoder_fallback_reason'][:80]}", None, first)


@row("E02", "device lost in mid stream", "class encoder, next encoder, gap at most 3 s")
def e02(stage):
    streamer = faulty_worker(stage.streamer("shared", video={"encoder": "auto"}), "fail_at:120")
    streamer.start()
    before, watch = stage.live(streamer, segments=0)
    stage.check(before["encoder"] == "h264_vaapi", f"it began with {before['encoder']}")
    fault_at = time.time()
    back = watch.wait(lambda s: s.is_live() and s.status["encoder"] == "libx264", 10, "libx264", fault_at)
    gone = watch.operator.first(lambda s: not s.is_live() or s.status["encoder"] == "libx264", fault_at)
    time.sleep(1.5)
    words = stage.expect_class(streamer, fault_at, ("encoder",))
    recovery = ms(back.at - gone.at)
    stage.check(streamer.status()["state"] == "degraded", f"state {streamer.status()['state']}, not degraded")
    stage.seamless(watch)
    stage.check_ms(recovery, 3000, "recovery")
    incidents = stage.incidents(streamer, fault_at) or [{}]
    return Seen(f"{words}, then {streamer.status()['encoder']}: {streamer.status()['encoder_fallback_reason'][:60]}", None, incidents[0].get("recovery_ms") or recovery)


@row("E03", "the encoder blocks in the kernel", "hang or stall; unkillable; a new one starts in software", light=False, alone=True, seconds=90)
def e03(stage):
    stall = stage.tools.stall_fs(stage)
    streamer = stage.worker(stage.streamer("shared"), shimmed=True)
    before, watch = stage.live(streamer)
    rules = stage.rules(streamer, before["generation"])
    pid = before["worker_pid"]
    detection, recovery, words = break_worker(stage, streamer, before, watch, lambda: rules.set(f"x264_encoder_encode times=1 stall={stall.folder}/ioctl"),
                                              classes=("hang", "stall"), seconds=15)
    stage.check(pathlib.Path(f"/proc/{pid}").exists(), "it was not stuck")
    stage.check(streamer.status()["encoder"] == "libx264", "not in software")
    stall.let_go()
    wait_for(lambda: not pathlib.Path(f"/proc/{pid}").exists(), 3, "it is reaped when it dies")
    return Seen(words, detection, recovery)


@row("E04", "the encoder returns no packets for ever", "stall or error; replaced", seconds=60)
def e04(stage):
    streamer = stage.worker(stage.streamer("shared", timers={"progress": 2}), shimmed=True)
    before, watch = stage.live(streamer)
    rules = stage.rules(streamer, before["generation"])
    detection, recovery, words = break_worker(stage, streamer, before, watch, lambda: rules.set("x264_encoder_encode return=0"), classes=("stall", "encoder", "hang"))
    last = streamer.status()["last_exit"]
    silent = faulty_worker(stage.streamer("shared", timers={"progress": 2}, video={"encoder": "auto"}, folder=stage.folder / "silent"), "silent_at:12")
    silent.start()
    silent.wait_until_live()
    began = time.time()
    wait_for(lambda: silent.status()["encoder"] == "libx264" and silent.status()["on_air"] == "picture", 20, "in software after the encoder fell silent")
    return Seen(f"{words}, {last}; a hardware encoder that falls silent: libx264 {time.time() - began:.1f} s after", detection, recovery)


@row("E05", "too slow: under 80 % of the pictures for 10 s", "a step down, degraded, no restart loop", light=False, alone=True, seconds=120)
def e05(stage):
    group = stage.control_group("cpu")
    desktop = stage.desktop(width=1280, height=720)
    desktop.paint(1, extra=("--scroll",))  # everything moves: a still picture costs next to nothing
    streamer = stage.streamer(desktop.display, video={"width": 1280, "height": 720, "bitrate": 4000, "preset": "faster"})
    before, watch = stage.live(streamer)
    group.write("cpu.cfs_period_us", 50_000)
    group.write("cpu.cfs_quota_us", 5_000)
    group.add(before["worker_pid"])
    time.sleep(20)
    status = streamer.status()
    degraded = watch.operator.first(lambda s: s.status["state"] == "degraded", watch.began)
    stage.check(degraded is not None, f"never degraded; it says {status['state']}, {status['fps']} pictures a second")
    stage.check(status["restart_count"] <= 1, f"{status['restart_count']} restarts")
    stage.seamless(watch)
    return Seen(f"{status['state']}: {status['reason'][:80]}; {status['fps']} pictures a second, {status['restart_count']} restarts",
                ms(degraded.at - watch.began) if degraded else None)


@row("E06", "the hardware works again", "tried after 10 min x 2^n, at most 6 h", light=False)
def e06(stage):
    count = stage.gtest("supervise_test", "*ardware*:*encoder*")
    return Seen(f"{count} tests in virtual time")


@row("E07", "odd size of the monitor (1367x769)", "rounded to even, no crash", seconds=60)
def e07(stage):
    desktop = stage.desktop(width=1367, height=769)
    streamer = stage.streamer(desktop.display)
    _, watch = stage.live(streamer)
    time.sleep(1)
    stage.seamless(watch, decode=True)
    status = streamer.status()
    stage.check(status["restart_count"] == 0, "the worker was replaced")
    stage.check(status["on_air"] == "picture", f"on air: {status['on_air']}")
    return Seen(f"streamed as {status['width']}x{status['height']}, every picture decodes")
