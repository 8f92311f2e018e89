"""Group X: the display. Each row has an X server of its own, because it breaks it. Rows X05 to X07 and X09 belong to the inputs."""
import os
import pathlib
import signal
import socket
import struct
import time

from registry import Seen, row
from stage import ms
from streamer import GREEN, decode, wait_for

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
    desktop = stage.desktop()
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
