"""From kill -9 of the encoder to the first new key frame, cold, 1920x1080, beside ffmpeg in a shell loop (goals 5 and 6)."""
import os
import signal
import statistics
import time

import peers
import verdict
from streamer import percentile, wait_for
from viewer import Viewer

PEER_KILLS = 5


def ours_recovery(folder, desktop, kills):
    runner = peers.Ours(folder, desktop)
    recoveries = []
    try:
        runner.start()
        runner.streamer.wait_for_segments(2)
        viewer = Viewer(runner.streamer, fetch_parts=False)
        viewer.start()
        time.sleep(2.5)
        usual = percentile([arrival.delay() for arrival in viewer.live_arrivals()], 50)
        undisturbed = len(viewer.arrivals)
        for _ in range(kills):
            before = runner.streamer.wait_until_live()
            killed_at = time.time()
            os.kill(before["worker_pid"], signal.SIGKILL)
            runner.streamer.wait_until_live(10, before["generation"], every=0.01)
            seen_at = time.time()
            time.sleep(1.5)
            new = [a.seen_at for a in viewer.arrivals if a.independent and killed_at < a.seen_at <= seen_at + 0.3]
            recoveries.append((new[0] - killed_at) if new else seen_at - killed_at)
        viewer.stop()
        late = [max(0.0, a.delay() - usual) for a in viewer.arrivals[undisturbed:]]
        ends = sorted({(a.ends_at - a.duration, a.ends_at) for a in viewer.arrivals})
        hole = sum(max(0.0, later[0] - earlier[1]) for earlier, later in zip(ends, ends[1:]) if later[0] - earlier[1] > 0.002)
        return recoveries, hole / kills, max(late), len(viewer.violations) + len(viewer.refusals)
    finally:
        runner.stop()


def ffmpeg_recovery(folder, desktop, kills):
    """From the kill to a playlist with a segment of the new life; the hole is what nobody recorded meanwhile."""
    runner = peers.Ffmpeg(folder, desktop)
    recoveries, holes = [], []
    try:
        runner.start()
        time.sleep(4)
        for _ in range(kills):
            time.sleep(2.5)
            segments = {line for line in (runner.folder / "playlist.m3u8").read_text().splitlines() if line and line[0] != "#"}
            old = runner.pid()
            killed_at = time.time()
            os.kill(old, signal.SIGKILL)
            wait_for(lambda: runner.pid() != old, 10, "the loop starts ffmpeg again", every=0.01)
            wait_for(lambda: [line for line in (runner.folder / "playlist.m3u8").read_text().splitlines() if line and line[0] != "#" and line not in segments],
                             20, "a new segment", every=0.01)
            published_at = time.time()
            recoveries.append(published_at - killed_at)
            holes.append(max(0.0, published_at - killed_at - 2.0))  # the new segment itself holds the last 2 s
        return recoveries, statistics.median(holes)
    finally:
        runner.stop()


def recovery(folder, desktop, options):
    ours, hole, late, bad = ours_recovery(folder / "recovery-ours", desktop, options.kills)
    theirs, their_hole = ffmpeg_recovery(folder / "recovery-ffmpeg", desktop, min(options.kills, PEER_KILLS))
    good = percentile(ours, 95) <= 0.4 and hole == 0 and late <= 0.1 and bad == 0
    return verdict.say("recovery", f"{options.kills} kills, ours p50 {percentile(ours, 50):.3f} s p95 {percentile(ours, 95):.3f} s, hole {hole:.3f} s a kill, latest part {late:.3f} s late, "
                       f"{bad} refusals or violations; ffmpeg in a shell loop p50 {percentile(theirs, 50):.3f} s, hole about {their_hole:.1f} s a kill, with a discontinuity; "
                       f"ratio {percentile(ours, 50) / percentile(theirs, 50):.3f}", "key frame <= 0.4 s p95, hole 0, part clock <= 0.1 s late", good)


scenes = {"recovery": recovery}
