"""Group T: time. The wall clock that steps is one of the programs under the clock shim; the real clock is never touched."""
import os
import signal
import time

from registry import Seen, row
from stage import ms

HOUR, YEAR = 3600, 365 * 86400


def step_clock(stage, steps):
    streamer = stage.streamer("shared", standby="hot")
    clock = stage.shim_clock(streamer)
    before, watch = stage.live(streamer)
    sum_of_steps = 0
    for step in steps:
        sum_of_steps += step
        clock.set(real_s=sum_of_steps)
        time.sleep(1.5)
    said = streamer.get("/api/status").json()["at"]
    after = streamer.status()
    stage.check(after["worker_pid"] == before["worker_pid"], f"the worker was replaced: {after['last_exit']}")
    strange = watch.operator.first(lambda s: not s.is_live(), watch.began)
    stage.check(strange is None, f"it said {strange.status['state']}: {strange.status['reason']}" if strange else "")
    stage.check(not stage.incidents(streamer, watch.began), "an incident")
    stage.check(not (0 <= watch.began - _unix(said) < 30 and sum_of_steps), f"the clock of the service did not step: it says {said}")
    # A worker that starts after the step goes on with the same timeline.
    fault_at = time.time()
    os.kill(after["worker_pid"], signal.SIGKILL)
    back = watch.wait_live(fault_at, after["generation"])
    time.sleep(1.5)
    stage.seamless(watch)
    clock.set()
    time.sleep(0.2)
    return Seen(f"it says {said}; the same worker, one timeline, also over a kill afterwards", None, ms(back.at - fault_at))


def _unix(text):
    from stage import unix_time
    return unix_time(text)


@row("T01", "wall clock one hour, one year back", "no restart, no gap, monotone media time", light=False)
def t01(stage):
    return step_clock(stage, (-HOUR, -YEAR))


@row("T02", "wall clock one hour, one year ahead", "no restart, no gap, monotone media time", light=False)
def t02(stage):
    return step_clock(stage, (HOUR, YEAR))


@row("T03", "suspend and resume", "one grace, fresh picture within 3 s, no hang", light=False, alone=True, seconds=90)
def t03(stage):
    group = stage.control_group("freezer")
    streamer = stage.streamer("shared")
    clock = stage.shim_clock(streamer)
    before, watch = stage.live(streamer)
    group.add(streamer.process.pid)
    group.add(before["worker_pid"])
    group.write("freezer.state", "FROZEN")
    time.sleep(5)
    clock.set(real_s=HOUR, boot_s=HOUR)
    woken_at = time.time()
    group.write("freezer.state", "THAWED")
    back = watch.wait(lambda s: s.is_live() and s.status["last_part_age_ms"] < 1000, 8, "a fresh picture", woken_at + 0.3)
    time.sleep(2)
    after = streamer.status()
    stage.check(after["worker_pid"] == before["worker_pid"], f"the healthy worker was replaced: {after['last_exit']}")
    stage.check_ms(ms(back.at - woken_at), 3000, "a fresh picture")
    watch.operator.stop()
    watch.operator.latencies.clear()  # the pause is in them
    stage.seamless(watch, refusals=False)
    return Seen("the same worker after 5 s frozen and an hour on the clocks", None, ms(back.at - woken_at))


@row("T04", "supervisor paused", "does not kill the healthy worker on waking", seconds=90)
def t04(stage):
    streamer = stage.streamer("shared")
    before, watch = stage.live(streamer)
    seconds = stage.scale(5, 30)
    os.kill(streamer.process.pid, signal.SIGSTOP)
    time.sleep(seconds)
    woken_at = time.time()
    os.kill(streamer.process.pid, signal.SIGCONT)
    back = watch.wait(lambda s: s.is_live() and s.status["last_part_age_ms"] < 1000, 8, "a fresh picture", woken_at)
    time.sleep(2)
    after = streamer.wait_until_live()
    stage.check(after["worker_pid"] == before["worker_pid"], f"the healthy worker was replaced: {after['last_exit']}")
    watch.operator.stop()
    watch.operator.latencies.clear()  # the pause is in them
    stage.seamless(watch, refusals=False)
    return Seen(f"the same worker after {seconds} s", None, ms(back.at - woken_at))


@row("T05", "timer late, coalesced", "a late timer reads the evidence again before it acts", seconds=30)
def t05(stage):
    return Seen(f"{stage.gtest('supervise_test', 'Supervision.*late*:HealthTest.own_lateness*')} tests in virtual time")


@row("T06", "monotonic clock at 2^31 ms and 2^63 ns", "arithmetic saturates", seconds=30)
def t06(stage):
    count = stage.gtest("common_test", "TimeGrid.*overflow*:TimeGrid.a_time_before*") + \
        stage.gtest("supervise_test", "RestartPolicy.absurd*:SeedDefect.d26*:SeedDefect.d25*")
    return Seen(f"{count} tests")
