"""Group X: the display. Each row has an X server of its own, because it breaks it."""
import os
import pathlib
import signal
import socket
import struct
import time

from registry import Seen, row
from stage import ms
from streamer import BLUE, GREEN, RED, decode, own_display, wait_for

SLATE_MS = 1000


def x11(display, **more):
    return [{"type": "x11", "display": display, "monitor": "second", **more}]


def shows_slate(sample):
    return sample.status["on_air"] == "slate"


def last_picture(streamer):
    """The newest whole segment after the one that is open now."""
    newest = streamer.playlist().segments[-1].msn
    streamer.playlist_text(f"?_HLS_msn={newest + 1}")
    return decode(streamer.record(segments=1))[-1]


def killed_server(stage, cursor):
    """(detection ms, the same worker, streamer, watch, desktop) of a stream whose X server died."""
    desktop = stage.desktop(display=own_display())
    desktop.paint(1, GREEN, 2)
    streamer = stage.streamer(inputs=x11(desktop.display, cursor=cursor), folder=stage.folder / f"cursor_{cursor}")
    before, watch = stage.live(streamer)
    fault_at = time.time()
    desktop.kill()
    slate = watch.wait(shows_slate, 5, "the slate", fault_at)
    detection = ms(slate.at - fault_at)
    stage.check(not last_picture(streamer).shows(GREEN), f"cursor {cursor}: the last picture goes on as if live")
    stage.check(streamer.status()["worker_pid"] == before["worker_pid"], f"cursor {cursor}: the worker was replaced")
    stage.check(streamer.health().status == 503, f"cursor {cursor}: health is not 503")
    stage.check_ms(detection, SLATE_MS, f"cursor {cursor}: the slate")
    return detection, before, streamer, watch, desktop


@row("X01", "X server killed, pointer shown and not shown", "seen within 1 s, slate from the same worker", seconds=60)
def x01(stage):
    detections = []
    for cursor in (True, False):
        detection, _, streamer, watch, _ = killed_server(stage, cursor)
        detections.append(detection)
        stage.seamless(watch)
        streamer.stop()
    return Seen(f"slate after {detections[0]:.0f} ms with the pointer, {detections[1]:.0f} ms without", max(detections))


@row("X02", "X server restarted under the same number", "picture back within 1 s after it accepts; not charged", seconds=60)
def x02(stage):
    detection, before, streamer, watch, desktop = killed_server(stage, True)
    display = desktop.display
    time.sleep(1.5)
    # Accepting, with its monitors, but not painted yet: any picture of it will do.
    desktop.start(display)
    accepts_at = time.time()
    back = watch.wait(lambda s: s.is_live(), 10, "the picture", accepts_at - 1)
    recovery = max(0.0, ms(back.at - accepts_at))
    after = streamer.status()
    stage.check(after["restart_count"] == before["restart_count"], "the budget was charged, or the worker replaced")
    desktop.paint(1, GREEN, 2)
    time.sleep(1.5)
    stage.check(last_picture(streamer).shows(GREEN), "what is on air is not the monitor")
    stage.seamless(watch)
    stage.check_ms(recovery, 1000, "the picture after X accepts")
    return Seen(f"picture {recovery:.0f} ms after X was ready, restarts {after['restart_count']}", detection, recovery)


@row("X03", "X not up at boot", "slate, degraded, no crash counted")
def x03(stage):
    from streamer import free_display
    display = free_display()
    streamer = stage.streamer(inputs=x11(display)).start()
    status = wait_for(lambda: (lambda s: s["on_air"] == "slate" and s)(streamer.status()), 8, "the slate", every=0.02)
    stage.check(status["state"] == "degraded", f"state {status['state']}")
    watch = stage.watch_only(streamer)
    time.sleep(2)
    from streamer import Desktop
    desktop = Desktop(stage.folder / "late")
    stage.on_end(desktop.stop)
    desktop.start(display)
    accepts_at = time.time()
    back = watch.wait(lambda s: s.is_live(), 8, "the picture", accepts_at - 1)
    stage.check(streamer.status()["restart_count"] == 0, "a crash was counted")
    stage.seamless(watch)
    return Seen("slate until X came", None, max(0.0, ms(back.at - accepts_at)))


@row("X04", "X hangs", "slate at once from the worker; then the picture again", seconds=60)
def x04(stage):
    desktop = stage.desktop()
    streamer = stage.streamer(desktop.display)
    before, watch = stage.live(streamer)
    fault_at = time.time()
    os.kill(desktop.pid, signal.SIGSTOP)
    stage.on_end(lambda: os.kill(desktop.pid, signal.SIGCONT))
    slate = watch.wait(shows_slate, 6, "the slate", fault_at)
    detection = ms(slate.at - fault_at)
    time.sleep(4)
    stage.check(streamer.status()["worker_pid"] == before["worker_pid"], "the worker was replaced")
    back_at = time.time()
    os.kill(desktop.pid, signal.SIGCONT)
    back = watch.wait(lambda s: s.is_live(), 8, "the picture", back_at)
    time.sleep(1)
    stage.seamless(watch)
    stage.check_ms(detection, 2000, "the slate (one second without a reply, asked every half)")
    return Seen("slate and back, the same worker", detection, ms(back.at - back_at))


def timed_pictures(streamer, after):
    """(Unix time, picture) of everything in the window that was captured since `after`."""
    found = []
    for segment in streamer.playlist().whole():
        if segment.starts_at + segment.duration < after:
            continue
        pictures = decode(streamer.media(segment.init) + streamer.media(segment.uri))
        times = [segment.starts_at + i * segment.duration / len(pictures) for i in range(len(pictures))]
        found += [(at, picture) for at, picture in zip(times, pictures) if at >= after]
    return found


def whole_segments_later(streamer, count=1):
    """Waits until `count` more segments are whole."""
    newest = streamer.playlist().segments[-1].msn
    streamer.playlist_text(f"?_HLS_msn={newest + count - 1}")


def is_of(picture, *marks):
    """Whether all marks (colour, x, y) are where they belong."""
    return all(picture.shows(colour, x, y) for colour, x, y in marks)


def captured(status):
    return [monitor["name"] for monitor in status["monitors"] if monitor["captured"]]


@row("X05", "the captured monitor gets a larger mode, a smaller one, and stands upright", "scaled to the same canvas within 1 s, same worker, no picture of rubbish", seconds=90)
def x05(stage):
    desktop = stage.desktop(paint=False)
    desktop.paint_area(640, 0, 1024, 640, BLUE)  # below and beside the green one: seen when the mode is larger
    desktop.paint(1, GREEN, 2)
    streamer = stage.streamer(desktop.display)
    before, watch = stage.live(streamer)
    desktop.xrandr("--newmode", "360x640", "23.76", "360", "408", "440", "520", "640", "643", "648", "680")
    for mode in ("1024x576", "640x480", "360x640"):
        desktop.xrandr("--addmode", "DUMMY1", mode)
    usual = ((GREEN, 0.1, 0.1), (GREEN, 0.9, 0.9))
    black = (0, 0, 0)
    looks = {
        "1024x576": ((GREEN, 0.1, 0.1), (GREEN, 0.5, 0.5), (BLUE, 0.8, 0.3), (BLUE, 0.3, 0.8)),
        "640x480": ((black, 0.05, 0.5), (GREEN, 0.3, 0.3), (BLUE, 0.5, 0.9), (black, 0.95, 0.5)),
        "360x640": ((black, 0.2, 0.5), (GREEN, 0.5, 0.25), (BLUE, 0.5, 0.8), (black, 0.8, 0.5)),
        "640x360": usual,
    }
    recoveries, last = [], usual
    for mode, look in looks.items():
        fault_at = time.time()
        desktop.xrandr("--output", "DUMMY1", "--mode", mode, "--pos", "640x0")
        done_at = time.time()
        time.sleep(1)
        whole_segments_later(streamer)
        seen = timed_pictures(streamer, fault_at)
        first = next((at for at, picture in seen if is_of(picture, *look)), None)
        recoveries.append(None if first is None else max(0.0, ms(first - done_at)))
        stage.check_ms(recoveries[-1], 1000, f"{mode}: the right picture")
        strange = [at for at, picture in seen if not is_of(picture, *last) and not is_of(picture, *look)]
        stage.check(not strange, f"{mode}: {len(strange)} pictures show neither the former mode nor this one")
        last = look
    after = streamer.status()
    stage.check(after["worker_pid"] == before["worker_pid"], "the worker was replaced")
    stage.check(captured(after) == ["DUMMY1"], f"captured: {after['monitors']}")
    stage.seamless(watch)
    return Seen(f"right picture {', '.join(f'{r:.0f}' for r in recoveries if r is not None)} ms after the mode was set; the same worker", None, max(r or 0 for r in recoveries))


def unplug(stage, desktop, streamer, watch, wanted, what):
    """ms until `wanted` is true of the status after the captured monitor was switched off."""
    fault_at = time.time()
    desktop.xrandr("--output", "DUMMY1", "--off")
    off_at = time.time()
    seen = watch.wait(wanted, 5, what, fault_at)
    return fault_at, max(0.0, ms(seen.at - off_at))


def replug(desktop, watch):
    """ms until the picture of the monitor is on air again."""
    desktop.xrandr("--output", "DUMMY1", "--mode", "640x360", "--pos", "640x0")
    on_at = time.time()
    back = watch.wait(lambda s: s.is_live() and captured(s.status) == ["DUMMY1"], 8, "the picture", on_at - 0.5)
    return max(0.0, ms(back.at - on_at))


@row("X06", "the captured monitor is unplugged and plugged in again", "slate within 1 s and never another screen; back by itself; a new worker waits for it", seconds=120)
def x06(stage):
    desktop = stage.desktop(paint=False)
    desktop.paint(0, RED, 1)
    desktop.paint(1, GREEN, 2)
    streamer = stage.streamer(desktop.display)
    before, watch = stage.live(streamer)
    fault_at, detection = unplug(stage, desktop, streamer, watch, shows_slate, "the slate")
    stage.check_ms(detection, SLATE_MS, "the slate")
    time.sleep(1.2)
    away = streamer.status()
    stage.check(captured(away) == [] and len(away["monitors"]) == 1, f"monitors: {away['monitors']}")
    told = streamer.get("/api/monitors").json()["monitors"]
    stage.check([monitor["name"] for monitor in told] == ["DUMMY0"], f"/api/monitors: {told}")
    said = str(away["inputs"][0]["errors"])
    stage.check("DUMMY1 was captured and is not connected" in said, f"the cause is not named: {said[:200]}")
    recovery = replug(desktop, watch)
    stage.check_ms(recovery, 1000, "the picture after the replug")
    stage.check(streamer.status()["worker_pid"] == before["worker_pid"], "the worker was replaced")
    # A new worker that finds only the other monitor.
    unplug(stage, desktop, streamer, watch, shows_slate, "the slate")
    killed_at = time.time()
    os.kill(streamer.status()["worker_pid"], signal.SIGKILL)
    watch.wait(lambda s: s.status["generation"] > before["generation"] and shows_slate(s), 8, "the slate of another worker", killed_at)
    time.sleep(2)
    again = replug(desktop, watch)
    stage.check_ms(again, 1000, "the picture of the new worker after the replug")
    time.sleep(1.2)
    whole_segments_later(streamer)
    seen = timed_pictures(streamer, fault_at)
    stage.check(not any(picture.shows(RED, x, 0.9) for _, picture in seen for x in (0.1, 0.5, 0.9)), "the other monitor was on air")
    stage.check(seen[-1][1].shows(GREEN), "what is on air at the end is not the monitor")
    stage.seamless(watch)
    streamer.stop()
    # With another input behind it: that one, and not the other monitor.
    backed = stage.streamer(inputs=[*x11(desktop.display), {"type": "pattern"}], folder=stage.folder / "backed")
    before, watch = stage.live(backed)
    fault_at, switched = unplug(stage, desktop, backed, watch, lambda s: s.status["active_input"] == 1, "the next input")
    stage.check_ms(switched, SLATE_MS, "the next input")
    time.sleep(1.2)
    whole_segments_later(backed)
    seen = timed_pictures(backed, fault_at)
    stage.check(not any(picture.shows(RED, 0.1, 0.9) for _, picture in seen), "the other monitor was on air")
    stage.check(backed.status()["worker_pid"] == before["worker_pid"], "the worker was replaced")
    reasons = [switch["reason"] for switch in backed.status()["switches"]]
    stage.check("error" in reasons, f"the switch is not told: {reasons}")
    stage.seamless(watch)
    return Seen(f"slate after {detection:.0f} ms, picture {recovery:.0f} ms after the replug, of a new worker {again:.0f} ms; next input after {switched:.0f} ms; "
                "the other monitor never shown", detection, recovery)


@row("X07", "order of the monitors and primary change", "the same physical monitor within 1 s, same worker", light=False)
def x07(stage):
    desktop = stage.desktop(paint=False)
    desktop.paint(0, RED, 1)
    desktop.paint(1, GREEN, 2)
    streamer = stage.streamer(desktop.display)
    before, watch = stage.live(streamer)
    fault_at = time.time()
    desktop.xrandr("--output", "DUMMY1", "--primary")
    time.sleep(1.2)
    whole_segments_later(streamer)
    stage.check(all(picture.shows(GREEN) for _, picture in timed_pictures(streamer, fault_at)), "another picture after the primary changed")
    # Now it is the left one; a desktop moves its windows along.
    desktop.paint_area(0, 0, 640, 360, BLUE)
    desktop.xrandr("--output", "DUMMY1", "--pos", "0x0", "--output", "DUMMY0", "--pos", "640x0")
    done_at = time.time()
    time.sleep(1.2)
    whole_segments_later(streamer)
    seen = timed_pictures(streamer, fault_at)
    first = next((at for at, picture in seen if picture.shows(BLUE)), None)
    recovery = None if first is None else max(0.0, ms(first - done_at))
    stage.check_ms(recovery, 1000, "the picture at its new place")
    strange = [at for at, picture in seen if not picture.shows(GREEN) and not picture.shows(BLUE)]
    stage.check(not strange, f"{len(strange)} pictures show something else")
    after = streamer.status()
    stage.check(after["worker_pid"] == before["worker_pid"], "the worker was replaced")
    stage.check(captured(after) == ["DUMMY1"] and after["monitors"][0]["name"] == "DUMMY1", f"monitors: {after['monitors']}")
    stage.seamless(watch)
    return Seen(f"the same monitor at its new place {recovery or 0:.0f} ms after the change", None, recovery)


@row("X08", "Xauthority changed, removed, unreadable", "blocked or slate that says so; tried again within 1 s of the change", seconds=60)
def x08(stage):
    cookie = stage.folder / "cookie"
    desktop = stage.desktop(paint=False, cookie=cookie)
    right, used = cookie.read_bytes(), stage.folder / "used_cookie"
    used.write_bytes(right)
    streamer = stage.streamer(inputs=x11(desktop.display, xauthority=str(used)))
    before, watch = stage.live(streamer)
    used.write_bytes(right[:-16] + b"0" * 16)  # wrong from the next connection on
    streamer.post("/api/streams/desktop/restart")
    slate = watch.wait(lambda s: shows_slate(s) and s.status["generation"] > before["generation"], 8, "the slate", watch.began)
    said = slate.status["reason"] + str(slate.status["inputs"]) + str(slate.status["recent_errors"])
    stage.check("auth" in said.lower() or "cookie" in said.lower(), f"the cookie is not named: {said[:200]}")
    recoveries = []
    for spoil in (None, lambda: used.unlink()):
        if spoil:
            spoil()
            streamer.post("/api/streams/desktop/restart")
            wait_for(lambda: streamer.status()["on_air"] == "slate" and streamer.status()["state"] == "degraded", 8, "the slate")
            time.sleep(1)
        mended_at = time.time()
        new = stage.folder / "new_cookie"
        new.write_bytes(right)
        new.rename(used)
        back = watch.wait(lambda s: s.is_live(), 10, "the picture", mended_at)
        recoveries.append(ms(back.at - mended_at))
        stage.check_ms(recoveries[-1], 1000, "the picture after the cookie")
    time.sleep(0.5)
    stage.seamless(watch)
    return Seen(f"slate that names the cookie; picture {', '.join(f'{r:.0f} ms' for r in recoveries)} after it was right", None, max(recoveries))


@row("X09", "screen saver on: blank, or locked", "black is no fault; locked and told so: slate within 1 s, nothing of the locked screen on air", seconds=90)
def x09(stage):
    desktop = stage.desktop(paint=False)
    desktop.paint(1, GREEN, 2)

    def xset(word):
        import subprocess
        subprocess.run(["xset", "s", word], env=desktop.environment(), check=True, timeout=10)

    shown = stage.streamer(desktop.display)  # "show", as it is without a word
    before, watch = stage.live(shown)
    xset("activate")
    time.sleep(4)
    stage.check(shown.status()["display_locked"], "the screen saver is not told")
    stage.check(watch.operator.first(lambda s: not s.is_live(), watch.began) is None, "a blank screen was taken for a fault")
    stage.check(not stage.incidents(shown, watch.began), "an incident of a blank screen")
    xset("reset")
    time.sleep(1)
    stage.check(not shown.status()["display_locked"], "the end of the screen saver is not told")
    stage.seamless(watch)
    shown.stop()

    hidden = stage.streamer(inputs=x11(desktop.display, locked="slate"), folder=stage.folder / "hidden")
    before, watch = stage.live(hidden)
    locked_at = time.time()
    xset("activate")
    slate = watch.wait(shows_slate, 5, "the slate", locked_at)
    detection = ms(slate.at - locked_at)
    desktop.paint(1, BLUE, 2)  # the locker's own picture
    stage.check_ms(detection, SLATE_MS, "the slate of a locked screen")
    time.sleep(1.5)
    said = str(hidden.status()["inputs"][0]["errors"])
    stage.check("locked" in said, f"the cause is not named: {said[:200]}")
    desktop.paint(1, GREEN, 2)
    xset("reset")
    open_at = time.time()
    back = watch.wait(lambda s: s.is_live(), 8, "the picture", open_at)
    recovery = ms(back.at - open_at)
    stage.check_ms(recovery, 1000, "the picture after unlocking")
    time.sleep(1)
    whole_segments_later(hidden)
    seen = timed_pictures(hidden, locked_at)
    stage.check(not any(picture.shows(BLUE, x, 0.9) for _, picture in seen for x in (0.1, 0.5, 0.9)), "the locked screen was on air")
    stage.check(seen[-1][1].shows(GREEN), "what is on air at the end is not the monitor")
    stage.check(hidden.status()["worker_pid"] == before["worker_pid"], "the worker was replaced")
    stage.seamless(watch)
    return Seen(f"blank: nothing happened; locked: slate after {detection:.0f} ms, picture {recovery:.0f} ms after it ended", detection, recovery)


@row("X10", "MIT-SHM missing, limit of shared memory 0", "falls back to capture without it, reported", light=False)
def x10(stage):
    display, _ = stage.xvfb("-extension", "MIT-SHM")
    streamer = stage.streamer(display)
    before, watch = stage.live(streamer)
    time.sleep(1)
    stage.seamless(watch, decode=True)
    said = next((line for line in streamer.log(200).splitlines() if "capturing" in line), "")
    stage.check("through" in said and "shared memory" not in said, f"the fallback is not reported: {said}")
    other, _ = stage.xvfb()
    limited = stage.worker(stage.streamer(other, folder=stage.folder / "limited"), shimmed=True)
    (limited.folder / "shim.1").write_bytes(b"\0" * 4096)
    stage.rules(limited, 1).set("shmget errno=28", "memfd_create errno=28")
    stage.live(limited)
    return Seen(f"live without the extension ({said.rsplit('through', 1)[-1].strip()}), and without shared memory")


def fill_clients(display):
    """Connections to the X server until it takes no more."""
    clients = []
    for _ in range(600):
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(2)
        try:
            client.connect(f"/tmp/.X11-unix/X{display[1:]}")
            client.sendall(struct.pack("<BxHHHHxx", ord("l"), 11, 0, 0, 0))
            answer = client.recv(8)
        except OSError:
            client.close()
            break
        if not answer or answer[0] != 1:
            client.close()
            break
        clients.append(client)
    return clients


@row("X11", "the X server takes no more clients", "degraded (display) with the cause, tried again", light=False)
def x11_is_full(stage):
    display, _ = stage.xvfb("-ac", "-maxclients", "64")
    clients = fill_clients(display)
    stage.on_end(lambda: [client.close() for client in clients])
    streamer = stage.streamer(display).start()
    status = wait_for(lambda: (lambda s: s["on_air"] == "slate" and s["inputs"][0]["errors"] and s)(streamer.status()), 8, "the slate with its reason")
    watch = stage.watch_only(streamer)
    said = status["inputs"][0]["errors"][0]["message"]
    stage.check("client" in said.lower() or "display" in said.lower(), f"no cause: {said[:200]}")
    freed_at = time.time()
    for client in clients:
        client.close()
    back = watch.wait(lambda s: s.is_live(), 10, "the picture", freed_at)
    stage.seamless(watch)
    return Seen(f"{len(clients)} clients; {said[:100]}", None, ms(back.at - freed_at))


@row("X12", "static desktop", "no false frozen", seconds=700)
def x12(stage):
    desktop = stage.desktop(paint=False)
    desktop.paint(1, GREEN, 2)  # painted once, then still
    streamer = stage.streamer(desktop.display)
    before, watch = stage.live(streamer)
    seconds = stage.scale(12, 600)
    time.sleep(seconds)
    after = streamer.status()
    strange = watch.operator.first(lambda s: not s.is_live(), watch.began)
    stage.check(after["worker_pid"] == before["worker_pid"], "the worker was replaced")
    stage.check(strange is None, f"it said {strange.status['state']}, {strange.status['on_air']}: {strange.status['reason']}" if strange else "")
    stage.check(not stage.incidents(streamer, watch.began), "an incident")
    stage.seamless(watch)
    return Seen(f"{seconds} s without a change: the same worker, picture on air all the time")
