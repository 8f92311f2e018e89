"""Group I: the inputs. Sources on loopback, encoded by ffmpeg; what takes minutes in truth is shown with short times of the
selector, and with the real ones by the simulation."""
import json
import socket
import threading
import time

from media_source import MediaSource, make_clip
from picture_log import PictureLog
from registry import Seen, row
from stage import SLACK, ms, unix_time
from streamer import BLUE, GREEN, RED, free_port, wait_for

COLORS = {"green": GREEN, "blue": BLUE, "red": RED}
QUICK = {"suspect_after": 1, "timeout": 2, "stable_time": 0.8, "dwell_time": 0.8, "probe_interval": 0.2, "probe_interval_max": 0.5, "penalty": 10}
ERROR_MS, TIMEOUT_MORE_MS = 500, 300


def source(stage, color=GREEN, **options):
    made = MediaSource(color, **options).start()
    stage.on_end(made.stop)
    return made


def url(of):
    return {"type": "url", "url": of.url()}


def clip(stage):
    return {"type": "file", "path": make_clip(stage.folder / "clip.mp4", BLUE)}


def on_air(priority):
    return lambda sample: sample.is_live() and sample.status["active_input"] == priority


def live(stage, inputs, **selector):
    """A stream whose input 0 is on air: (streamer, status, watch)."""
    streamer = stage.streamer(inputs=inputs, selector={**QUICK, **selector})
    before, watch = stage.live(streamer)
    watch.wait(on_air(0), 10, "input 0 on air")
    time.sleep(1)  # the others are known too
    return streamer, before, watch


def ask_switch(streamer, priority):
    return streamer.post("/api/streams/desktop/inputs/switch", json.dumps({"priority": priority}).encode())


def newest_switch(streamer):
    switches = streamer.status()["switches"]
    return (switches[0]["reason"], switches[0]["to"]) if switches else None


def same_worker(stage, streamer, before):
    stage.check(streamer.status()["worker_pid"] == before["worker_pid"], "the worker was replaced")


def finish(stage, streamer, before, watch):
    """Judges the whole; the log of what was seen."""
    time.sleep(1)
    newest = streamer.playlist().segments[-1].msn
    streamer.playlist_text(f"?_HLS_msn={newest}")
    stage.seamless(watch)
    same_worker(stage, streamer, before)
    return PictureLog(streamer, COLORS)


@row("I01", "the input on air dies; it falls silent", "the next one within 0.5 s of an error, within its 4 s of silence; same worker, no discontinuity", alone=True, seconds=60)
def i01(stage):
    first = source(stage)
    streamer, before, watch = live(stage, [url(first), clip(stage)], suspect_after=2, timeout=4)
    died = first.kill()
    watch.wait(on_air(1), 5, "the next input", died)
    stage.check(newest_switch(streamer) == ("error", 1), f"switch {newest_switch(streamer)}")
    first.start()
    watch.wait(on_air(0), 10, "failback", time.time())
    time.sleep(1)
    silent = first.stall()
    watch.wait(on_air(1), 7, "the next input", silent)
    stage.check(newest_switch(streamer) == ("timeout", 1), f"switch {newest_switch(streamer)}")
    first.resume()
    log = finish(stage, streamer, before, watch)
    on_error, on_silence = ms(log.first("blue", died)), ms(log.first("blue", silent))
    stage.check_ms(on_error, ERROR_MS, "the picture of the next input after the error")
    stage.check(on_silence is not None and on_silence <= 4000 + TIMEOUT_MORE_MS * SLACK, f"the next input {on_silence} ms after the silence")
    stage.check(None not in log.names(died - 1, silent + 5), "something else was seen between them")
    return Seen(f"picture of the next one {on_error:.0f} ms after the error, {on_silence:.0f} ms after the silence", on_error)


@row("I02", "the best input flaps", "two switches in ten minutes at most; stays on the next one", seconds=90)
def i02(stage):
    ran = stage.gtest("input_selector_test", "InputSimulation.a_primary_that_flaps*:InputSimulation.no_rhythm_of_flapping*:Selector.three_failures_suppress*")
    first = source(stage)
    streamer, before, watch = live(stage, [url(first), clip(stage)], penalty=1000, penalty_suppress=1500)
    for _ in range(2):
        first.kill()
        watch.wait(on_air(1), 5, "the next input", time.time())
        time.sleep(0.3)
        back = time.time()
        first.start()
        if not streamer.status()["inputs"][0]["suppressed"]:
            watch.wait(on_air(0), 10, "failback", back)
            time.sleep(0.5)
    wait_for(lambda: streamer.status()["inputs"][0]["status"] == "idle", 8, "the first input works again")
    time.sleep(4)  # five times the stable time
    status = streamer.status()
    stage.check(status["active_input"] == 1, "a flapping input is on air again")
    stage.check(status["inputs"][0]["suppressed"] and status["inputs"][0]["penalty"] > 750, f"not suppressed: {status['inputs'][0]}")
    finish(stage, streamer, before, watch)
    return Seen(f"suppressed after {status['inputs'][0]['failures']} failures, {len(status['switches'])} switches; {ran} simulations with the real times")


@row("I03", "all inputs die", "slate within 4 s, the playlist goes on, each is probed", seconds=60)
def i03(stage):
    first, second = source(stage), source(stage, RED)
    streamer, before, watch = live(stage, [url(first), url(second)])
    second.kill()
    died = first.kill()
    slate = watch.wait(lambda s: s.status["on_air"] == "slate" and s.status["exhausted"], 6, "the slate, exhausted", died)
    probed = [socket_that_counts(of.port) for of in (first, second)]
    for counter in probed:
        stage.on_end(counter.stop)
    newest = streamer.playlist().segments[-1].msn
    time.sleep(3)
    counts = [counter.connections for counter in probed]
    stage.check(all(4 <= count <= 15 for count in counts), f"probes, one each 0.25 s: {counts}")
    stage.check(streamer.playlist().segments[-1].msn >= newest + 2, "the playlist stopped")
    log = finish(stage, streamer, before, watch)
    seen = ms(log.first(None, died))
    stage.check_ms(seen, 4000, "the slate")
    wait_for(lambda: "no input works" in streamer.get("/api/alerts").text(), 15, "the alert")
    return Seen(f"slate {seen:.0f} ms after the last one died, alert {time.time() - died:.0f} s after; probed {' and '.join(map(str, counts))} times in 3 s", ms(slate.at - died))


class socket_that_counts:
    """Where a dead source was: takes connections and ends them."""

    def __init__(self, port):
        self.connections, self.listener = 0, socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", port))
        self.listener.listen(8)
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            client.settimeout(1)
            try:
                client.recv(4096)  # unread, it would be a reset, and libav asks again
            except OSError:
                pass
            client.close()

    def stop(self):
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()


@row("I04", "one of all dead inputs works again", "on air within 5 s", seconds=60)
def i04(stage):
    first, second = source(stage), source(stage, RED)
    streamer, before, watch = live(stage, [url(first), url(second)], probe_interval=1, probe_interval_max=5, stable_time=30, dwell_time=60)
    second.kill()
    died = first.kill()
    watch.wait(lambda s: s.status["exhausted"], 6, "exhausted", died)
    time.sleep(8)  # the waits between the probes have grown
    back = time.time()
    second.start()
    watch.wait(on_air(1), 10, "the picture", back)
    stage.check(newest_switch(streamer) == ("recovery", 1) and not streamer.status()["exhausted"], f"switch {newest_switch(streamer)}")
    log = finish(stage, streamer, before, watch)
    recovery = ms(log.first("red", back))
    stage.check(recovery is not None and recovery <= 5000, f"picture after {recovery} ms, 5000 are allowed")
    return Seen("recovery without a dwell time", None, recovery)


@row("I05", "a better input is back", "on air when it was stable for 30 s and 60 s after the last switch, not before", seconds=60)
def i05(stage):
    ran = stage.gtest("input_selector_test", "Selector.a_better_input_is_returned_to*:Selector.what_is_stable_only_later*")
    first = source(stage)
    streamer, before, watch = live(stage, [url(first), clip(stage)], stable_time=2, dwell_time=5)
    died = first.kill()
    left = watch.wait(on_air(1), 5, "the next input", died)
    first.start()
    watch.wait(on_air(0), 12, "failback", left.at)
    stage.check(newest_switch(streamer) == ("failback", 0), f"switch {newest_switch(streamer)}")
    failback, failure = (unix_time(switch["at"]) for switch in streamer.status()["switches"][:2])
    after = failback - failure
    stage.check(4.99 <= after <= 6.5, f"failback {after:.2f} s after the switch, the dwell time is 5 s")
    finish(stage, streamer, before, watch)
    return Seen(f"with 2 s and 5 s: failback {after:.1f} s after the switch; {ran} tests with the real times")


@row("I06", "the operator chooses an input that is dead; one that never gives", "refused in words; reverts", seconds=60)
def i06(stage):
    first, dead = source(stage), source(stage, RED)
    dead.kill()
    mute = socket.socket()  # takes connections, says nothing
    mute.bind(("127.0.0.1", free_port()))
    mute.listen(8)
    stage.on_end(mute.close)
    silent = {"type": "url", "url": f"http://127.0.0.1:{mute.getsockname()[1]}/live.ts"}
    streamer, before, watch = live(stage, [url(first), url(dead), silent], warm=1, probe_timeout=3)
    wait_for(lambda: streamer.status()["inputs"][1]["status"] == "degraded", 8, "the dead one is degraded")
    refused = ask_switch(streamer, 1)
    stage.check(refused.status == 409 and "input 1" in refused.text() and "degraded" in refused.text(), f"{refused.status} {refused.text()}")
    asked = time.time()
    accepted = ask_switch(streamer, 2)
    reverted = "refused"
    if accepted.status == 202:
        status = wait_for(lambda: (lambda s: s["override_input"] is None and s["active_input"] == 0 and s)(streamer.status()), 8, "the choice is given back")
        reverted = f"reverted after {time.time() - asked:.1f} s"
        stage.check(status["on_air"] == "picture", f"on air: {status['on_air']}")
        stage.check("the choice of input 2 by the operator is over" in streamer.log(60), "nothing said")
    else:
        stage.check(accepted.status == 409, f"{accepted.status} {accepted.text()}")
    log = finish(stage, streamer, before, watch)
    stage.check(log.names(asked - 1, log.shown[-1].at) == ["green"], f"seen: {log.names(asked - 1, log.shown[-1].at)}")
    return Seen(f"the dead one: 409 in words; the mute one: {reverted}; the picture stayed")


@row("I07", "the input that the operator chose dies", "back to the best that works, the choice is cleared, and said", seconds=60)
def i07(stage):
    first, chosen = source(stage), source(stage, RED)
    streamer, before, watch = live(stage, [url(first), url(chosen)])
    asked = time.time()
    stage.check(ask_switch(streamer, 1).status == 202, "the choice was refused")
    watch.wait(on_air(1), 5, "the chosen one", asked)
    time.sleep(2.5)
    stage.check(streamer.status()["active_input"] == 1, "the choice did not hold")
    died = chosen.kill()
    watch.wait(lambda s: on_air(0)(s) and s.status["override_input"] is None, 5, "automatic again", died)
    stage.check(newest_switch(streamer) == ("error", 0), f"switch {newest_switch(streamer)}")
    stage.check("the choice of input 1 by the operator is over" in streamer.log(60), "nothing said")
    log = finish(stage, streamer, before, watch)
    recovery = ms(log.first("green", died))
    stage.check_ms(recovery, ERROR_MS, "the best one")
    return Seen("cleared and said", None, recovery)


CONTENT = {"frozen": ("frozen_after", 3, "the same picture for"), "black": ("black_after", 2, "black for"), "corrupt": ("corrupt_after", 2, "broken pictures for")}


def content_fault(stage, streamer, watch, first, fault):
    """One fault of pictures that come in time: suspected, left, stayed away from, returned to. Milliseconds until another picture was seen, less the limit."""
    key, limit, words = CONTENT[fault]
    began = time.time()
    first.fault = fault
    suspect = watch.wait(lambda s: s.status["inputs"][0]["content"] == fault, limit + 4, f"{fault}: suspect", began)
    stage.check(suspect.at - began > limit - 0.7, f"{fault}: suspect after {suspect.at - began:.1f} s of {limit}")
    stage.check(suspect.status["inputs"][0]["status"] == "active" and suspect.status["active_input"] == 0, f"{fault}: left before its time-out")
    left = watch.wait(on_air(1), 8, f"{fault}: the next input", began)
    newest = streamer.status()["switches"][0]
    stage.check(newest["reason"] == "timeout" and words in newest["detail"], f"{fault}: {newest}")
    time.sleep(4)  # five times the stable time; a probe gets pictures all the while
    status = streamer.status()
    stage.check(status["active_input"] == 1 and status["inputs"][0]["status"] == "degraded", f"{fault}: on air again, or no longer degraded")
    switches = len(status["switches"])
    first.fault = None
    back = time.time()
    watch.wait(on_air(0), 16, f"{fault}: failback", back)
    stage.check(len(streamer.status()["switches"]) == switches + 1, f"{fault}: more switches than one back")
    stage.check(streamer.status()["inputs"][0]["content"] == "good", f"{fault}: not good again")
    time.sleep(1)
    return began, left.at, limit


def rubbish(stage, streamer, watch, first):
    """When it began, and why the input was left."""
    began = time.time()
    first.garbage = True
    watch.wait(on_air(1), 8, "the next input", began)
    reason = newest_switch(streamer)[0]
    time.sleep(4)
    stage.check(streamer.status()["active_input"] == 1, "rubbish is on air again")
    first.garbage = False
    watch.wait(on_air(0), 10, "failback", began + 4)
    return began, reason


@row("I08", "an input whose pictures stand still, are black or broken, or rubbish in their place", "suspected by its content where that is asked for, left after the time-out, and returned to only with better pictures; "
     "rubbish is given up for the missing pictures although packets come, and never on air", light=False, seconds=150)
def i08(stage):
    ran = stage.gtest("input_selector_test", "Selector.*pictures*:InputSimulation.a_primary_that_fr*") + stage.gtest("worker_input_rules_test", "Content.*")
    first = source(stage)
    watched = {**url(first), **{key: limit for key, limit, _ in CONTENT.values()}}
    streamer, before, watch = live(stage, [watched, clip(stage)])
    began, reason = rubbish(stage, streamer, watch, first)
    time.sleep(1)
    good = time.time()
    seen = {fault: content_fault(stage, streamer, watch, first, fault) for fault in CONTENT}
    log = finish(stage, streamer, before, watch)
    left = ms(log.first("blue", began))
    stage.check(left <= 2000 + TIMEOUT_MORE_MS * SLACK, f"rubbish: left after {left:.0f} ms")
    stage.check(None not in log.names(began - 1, good), f"rubbish: seen: {log.names(began - 1, good)}")
    late = {fault: (left_at - since - limit) * 1000 for fault, (since, left_at, limit) in seen.items()}
    for fault, more in late.items():
        stage.check(2000 - 700 <= more <= 2000 + 1500 * SLACK, f"{fault}: left {more:.0f} ms after its limit, the time-out is 2000")
    return Seen(f"rubbish: left after {left:.0f} ms ({reason}); {', '.join(f'{fault} {more:.0f} ms' for fault, more in late.items())} after the limit, where the time-out is 2000; "
                f"none on air again before it was good; {ran} tests of the rules", left)


@row("I09", "late data of an input that was given up", "ignored until it proved itself", seconds=60)
def i09(stage):
    ran = stage.gtest("input_selector_test", "Selector.words_of_a_former*:Selector.late_pictures_of*")
    first = source(stage)
    streamer, before, watch = live(stage, [url(first), clip(stage)], stable_time=3)
    silent = first.stall()
    watch.wait(on_air(1), 6, "the next input", silent)
    late = time.time()
    first.resume()  # what it had in its pipes comes at once
    back = watch.wait(on_air(0), 12, "failback", late)
    stage.check(back.at - late >= 3, f"on air {back.at - late:.1f} s after its first late picture")
    log = finish(stage, streamer, before, watch)
    order = log.names(silent - 1, log.shown[-1].at)
    stage.check(order == ["green", "blue", "green"], f"seen: {order}")
    codes = [shown.code for shown in log.shown if shown.name == "green" and shown.code is not None]
    stage.check(codes == sorted(codes), "an older picture after a newer one")
    return Seen(f"back after {back.at - late:.1f} s of proof, no old picture; {ran} tests of the rules")


@row("I10", "the list is edited while inputs die", "consistent: nothing open that is not listed, the best that works on air, same worker", seconds=90)
def i10(stage):
    ran = stage.gtest("input_selector_test", "Selector.an_edit_while*:InputSimulation.whatever_happens*")
    first, second, third = source(stage), source(stage, RED), source(stage, GREEN)
    streamer, before, watch = live(stage, [url(first), url(second), clip(stage)])

    def edit(*changes):
        reply = streamer.get("/api/streams/desktop/inputs", method="PATCH", headers={"Content-Type": "application/json"}, body=json.dumps({"changes": changes}).encode())
        stage.check(reply.status == 200, f"{reply.status} {reply.text()}")
    edits = 0
    for turn in range(4):
        dying = (first, second)[turn % 2]
        dying.kill()
        edit({"op": "add", "priority": turn % 3, "input": url(third)})
        time.sleep(0.15 * turn)
        edit({"op": "move", "priority": turn % 3, "to": 2}, {"op": "remove", "priority": 2})
        edits += 3
        dying.start()
        time.sleep(0.4)
    wait_for(lambda: streamer.status()["active_input"] == 0 and streamer.status()["on_air"] == "picture", 12, "the best one on air")
    status = streamer.status()
    stage.check([one["name"] for one in status["inputs"]][:2] == [first.url(), second.url()] and status["inputs"][2]["type"] == "file", f"the list is {[one['name'] for one in status['inputs']]}")
    try:
        wait_for(lambda: third.clients() == 0, 5, "what was removed is closed")
    except AssertionError as open_still:
        stage.check(False, str(open_still))
    finish(stage, streamer, before, watch)
    return Seen(f"{edits} edits and 4 deaths, {len(status['switches'])} switches; {ran} tests of the rules")


@row("I11", "inputs of other sizes, shapes and rates", "fitted into the one canvas at its rate, nothing restarts", light=False, seconds=90)
def i11(stage):
    shapes = [(GREEN, 160, 90, 10), (RED, 480, 360, 50), (GREEN, 1280, 720, 25), (RED, 180, 320, 15)]
    sources = [source(stage, color, width=width, height=height, fps=fps) for color, width, height, fps in shapes]
    streamer, before, watch = live(stage, [url(of) for of in sources], warm=3)
    times = []
    for priority in (1, 2, 3, 0):
        asked = time.time()
        stage.check(ask_switch(streamer, priority).status == 202, f"input {priority} was refused")
        watch.wait(on_air(priority), 6, f"input {priority}", asked)
        time.sleep(1.5)
        times.append(time.time() - 0.5)
    log = finish(stage, streamer, before, watch)
    for (color, width, height, _), at in zip(shapes[1:] + shapes[:1], times):
        shown = log.between(at - 0.2, at + 0.2)
        bars = max(0.0, (1 - width / height * 9 / 16) / 2)  # at each side
        for one in shown:
            fits = one.image.shows(color, bars + 0.06, 0.3) and one.image.shows(color, 1 - bars - 0.06, 0.3)
            fits = fits and (bars == 0 or one.image.shows((0, 0, 0), bars - 0.06, 0.5))
            if not stage.check(fits, f"{width}x{height} does not fit: {[one.image.at(x, 0.3) for x in (0.02, bars + 0.06, 0.5)]}"):
                break
        stage.check(len(shown) >= 11, f"{len(shown)} pictures in 0.4 s")
    stage.check(not log.holes(), f"holes {log.holes()[:3]}")
    return Seen("160x90 at 10, 480x360 at 50, 1280x720 at 25, 180x320 at 15: one canvas, 30 pictures a second")
