"""Healing beside ffmpeg under supervisord, in the same run (goals 5 to 9 and 16): kill, hang, display, successor, replacements."""
import os

import random
import signal

import time

from streamer import Streamer, children_of, is_alive, packets, percentile, programs, resident_mb, wait_for
from supervised import Supervised
from viewer import Viewer

WIDTH, HEIGHT = 640, 360
NEVER = 20.0  # seconds: how long the peer is waited for

def show(scene, ours, theirs, goal, good):
    print(f"{scene}: ours {ours}; {Supervised.name} {theirs}; goal {goal}: {'reached' if good else 'MISSED'}", flush=True)
    return good

def seconds(value):
    return f"nothing new within {NEVER:.0f} s" if value is None else f"{value:.2f} s"

class Ours:
    def __init__(self, folder, desktop, **changes):
        folder.mkdir(parents=True)
        self.streamer = Streamer(folder, desktop.display, **changes)

    def __enter__(self):
        self.streamer.start()
        self.streamer.wait_until_live()
        self.streamer.wait_for_segments(2)
        self.viewer = Viewer(self.streamer)
        self.viewer.start()
        time.sleep(2)
        self.quiet = percentile([a.delay() for a in self.viewer.live_arrivals()], 50)
        self.seen_before = len(self.viewer.arrivals)
        return self

    def __exit__(self, *_):
        if self.viewer.is_alive():
            self.viewer.stop()
        self.streamer.stop()

    def judge(self):
        """What the viewer went through: (hole, part late, refusals and violations, discontinuities)."""
        self.viewer.stop()
        late = max((a.delay() - self.quiet for a in self.viewer.arrivals[self.seen_before:]), default=0.0)
        ends = sorted({(a.ends_at - a.duration, a.ends_at) for a in self.viewer.arrivals})
        hole = sum(max(0.0, later[0] - earlier[1]) for earlier, later in zip(ends, ends[1:]) if later[0] - earlier[1] > 0.002)
        return hole, max(0.0, late), len(self.viewer.refusals) + len(self.viewer.violations), self.streamer.status()["discontinuity_sequence"]

    def wait_for_standby(self):
        wait_for(lambda: self.streamer.status().get("standby") == "ready", 15, "a standby is ready")

    def kill_worker(self, number=signal.SIGKILL, standby=False):
        """Seconds to the first key frame of the new worker, as the viewer saw it; of a worker that hangs, which may have published
        a key frame just before and is bridged, to the service's word that the new worker is on air."""
        before = self.streamer.wait_until_live(10)
        if standby:
            self.wait_for_standby()
        time.sleep(random.uniform(0.1, 0.9))
        struck = time.time()
        os.kill(before["worker_pid"], number)
        self.streamer.wait_until_live(10, before["generation"], every=0.01)
        live = time.time()
        time.sleep(0.3)
        if number != signal.SIGKILL:
            return live - struck
        new = [a.seen_at for a in self.viewer.arrivals if a.independent and struck < a.seen_at <= live + 0.3]
        return (new[0] if new else live) - struck

def kill(folder, desktop, kills):
    results = {}
    for standby in ("hot", "off"):
        with Ours(folder / f"kill-{standby}", desktop, standby=standby) as ours:
            took = [ours.kill_worker(standby=standby == "hot") for _ in range(kills)]
            time.sleep(1)
            by_service = ours.streamer.status()["part_late_max_ms"] / 1000
            hole, late, bad, broken = ours.judge()
            results[standby] = (percentile(took, 50), percentile(took, 95), hole, by_service, late, bad, broken)
    peer = Supervised(folder / "kill-peer", desktop, WIDTH, HEIGHT)
    try:
        peer.start()
        rounds = [peer.after_trouble(lambda: os.kill(peer.pid(), signal.SIGKILL), NEVER) for _ in range(min(kills, 5))]
    finally:
        peer.stop()
    theirs = [r for r in rounds if r[0] is not None]
    text = "; ".join(f"{'hot standby' if name == 'hot' else 'cold'} p50 {r[0]:.3f} s p95 {r[1]:.3f} s, hole {r[2]:.3f} s, latest part {r[3]:.3f} s by the service "
                     f"{r[4]:.3f} s at a viewer, {r[5]} refusals, {r[6]} discontinuities" for name, r in results.items())
    hot, cold = results["hot"], results["off"]
    good = hot[1] <= 0.1 and cold[1] <= 0.4 and all(r[2] == 0 and r[5] == 0 and r[6] == 0 and r[3] <= 0.1 for r in results.values())
    return show(f"kill -9 of the encoder x {kills}", text,
                f"p50 {percentile([r[0] for r in theirs], 50):.2f} s, hole {percentile([r[1] for r in theirs], 50):.2f} s and {sum(r[2] for r in theirs) / len(theirs):.1f} discontinuities a kill",
                "<= 0.1 s p95 hot, <= 0.4 s p95 cold, 0 hole, 0 discontinuity, part clock <= 0.1 s late", good)

def hang(folder, desktop, kills):
    with Ours(folder / "hang", desktop, standby="hot") as ours:
        took = [ours.kill_worker(signal.SIGSTOP, standby=True) for _ in range(max(1, kills // 4))]
        hole, late, bad, broken = ours.judge()
    peer = Supervised(folder / "hang-peer", desktop, WIDTH, HEIGHT)
    try:
        peer.start()
        theirs, _, _ = peer.after_trouble(lambda: os.kill(peer.pid(), signal.SIGSTOP), NEVER)
    finally:
        peer.stop()
    return show(f"SIGSTOP of the encoder x {len(took)}", f"new media after {percentile(took, 50):.2f} s p50, {max(took):.2f} s at most, hole {hole:.3f} s, {bad} refusals", seconds(theirs),
                "<= 1.5 s", max(took) <= 1.5 and hole == 0 and bad == 0 and broken == 0)

def display(folder, desktop, _):
    with Ours(folder / "display", desktop) as ours:
        streamer = ours.streamer
        worker = streamer.status()["worker_pid"]
        struck, name = time.time(), desktop.display
        desktop.kill()
        wait_for(lambda: streamer.health().status == 503, 5, "503", every=0.01)
        seen = time.time() - struck
        wait_for(lambda: streamer.status()["on_air"] == "slate", 5, "the slate", every=0.01)
        slated = time.time() - struck
        desktop.start(name)
        accepts = time.time()
        streamer.wait_until_live(10, every=0.01)
        back = time.time() - accepts
        same = streamer.status()["worker_pid"] == worker
        hole, late, bad, broken = ours.judge()
    desktop.paint(1)
    peer = Supervised(folder / "display-peer", desktop, WIDTH, HEIGHT)
    try:
        peer.start()
        name = desktop.display
        encoder = peer.pid()
        theirs, _, _ = peer.after_trouble(desktop.kill, 5)
        before = len(peer.segments())
        time.sleep(4)
        frozen = is_alive(encoder) and peer.pid() == encoder
        said = f"{'the same process goes on' if frozen else 'process replaced'} without an X server, playlist {'grows' if len(peer.segments()) > before or theirs else 'stands'}"
    finally:
        peer.stop()
        desktop.start(name)
        desktop.paint(1)
    return show("X server killed", f"seen {seen:.2f} s, slate {slated:.2f} s, picture back {back:.2f} s after X accepts, {'same' if same else 'another'} worker, hole {hole:.3f} s", said,
                "seen, slate and back <= 1 s each, same worker, no discontinuity", max(seen, slated, back) <= 1.0 and same and hole == 0 and broken == 0 and bad == 0)

def successor(folder, desktop, _):
    """The supervisor is killed; a loop starts it again at once, as systemd does."""
    with Ours(folder / "successor", desktop, hls={"window_segments": 4}) as ours:
        streamer = ours.streamer
        wait_for(lambda: streamer.playlist().media_sequence > 1, 15, "the window moves")
        before = streamer.playlist()
        workers = children_of(streamer.process.pid)
        ours.viewer.stop()
        struck = time.time()
        streamer.process.kill()
        streamer.process.wait()
        streamer.start()
        wait_for(lambda: streamer.get("/hls/desktop/playlist.m3u8").status == 200, 10, "a playlist", every=0.01)
        served = time.time() - struck
        after = streamer.playlist()
        kept = {s.uri for s in before.whole()} & {s.uri for s in after.whole()}
        orphans = [pid for pid in workers if is_alive(pid)]
        live = streamer.wait_until_live(10)
        falls = after.media_sequence < before.media_sequence
    peer = Supervised(folder / "successor-peer", desktop, WIDTH, HEIGHT)
    try:
        peer.start()
        encoder = peer.pid()
        listed = len(peer.segments())
        peer.process.kill()
        peer.process.wait()
        time.sleep(1)
        orphaned = is_alive(encoder)
        if orphaned:
            os.kill(encoder, signal.SIGKILL)
        said = f"{'leaves an orphan' if orphaned else 'no orphan'}; ffmpeg's playlist of {listed} segments is a file"
    finally:
        if peer.process.poll() is None:
            peer.stop()
    return show("SIGKILL of the supervisor", f"serves again after {served:.2f} s, {len(kept)} of {len(before.whole())} segments kept, media sequence {'falls' if falls else 'goes on'}, {len(orphans)} orphans",
                said, "<= 1 s, same window, sequence goes on, 0 orphans", served <= 1 and len(kept) >= len(before.whole()) - 1 and not falls and not orphans and live["generation"] > 0)

scenes = {"kill": kill, "hang": hang, "display": display, "successor": successor}
