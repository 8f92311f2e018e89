"""What the supervisor takes for one stream without viewers (goal 14): resident memory beside the window, before and after an alert was
delivered, and its share of a core. There is no peer. --watch 3600 looks at it for an hour."""
import time

import peers
import verdict
from alert_streamer import AlertStreamer
from streamer import cpu_nanoseconds, resident_mb
from web_receiver import WebReceiver

RESIDENT_GOAL, CORE_GOAL = 15.0, 0.005  # MB, of a core
SECONDS_MIN = 30


def memory(folder, desktop, options):
    seconds = max(SECONDS_MIN, options.watch)
    place = folder / "memory"
    place.mkdir()
    receiver = WebReceiver()
    streamer = AlertStreamer(place, desktop.display, video=peers.VIDEO, hls=peers.HLS).webhook(receiver)
    streamer.alerts.update(open_after=0)
    try:
        desktop.paint(1, (0x30, 0x60, 0x90))
        streamer.start()
        streamer.wait_until_live()
        streamer.wait_for_segments(peers.HLS["window_segments"], 60)
        pid = streamer.process.pid
        resident, used, began = resident_mb(pid), cpu_nanoseconds(pid), time.monotonic()
        time.sleep(seconds)
        share = (cpu_nanoseconds(pid) - used) / 1e9 / (time.monotonic() - began)
        later, window = resident_mb(pid), streamer.status()["window_mb"]
        streamer.break_configuration()
        receiver.wait_for(1)
        streamer.wait_for_sink(lambda sink: sink["delivered"] >= 1, "an alert was delivered")
        told = resident_mb(pid)
        good = verdict.say("memory", f"supervisor with one stream {resident:.1f} MB resident, {later:.1f} MB after {seconds:.0f} s, {told:.1f} MB after an alert (window {window} MB in memfds)",
                           f"<= {RESIDENT_GOAL:.0f} MB", max(resident, later, told) <= RESIDENT_GOAL)
        return verdict.say("memory", f"{share * 100:.2f} % of a core without viewers over {seconds:.0f} s", f"<= {CORE_GOAL * 100:.1f} %", share <= CORE_GOAL) and good
    finally:
        streamer.stop()
        receiver.stop()


scenes = {"memory": memory}
