"""What the supervisor takes for one stream without viewers (goal 14): resident memory beside the window, before and after an alert was
delivered, and its share of a core; memory_tls: the same with HTTPS, and what a connection takes. There is no peer. --watch 3600 looks
at it for an hour."""
import contextlib
import http.client
import ssl
import time

import peers
import verdict
from alert_streamer import AlertStreamer
from certificates import make_certificate
from streamer import cpu_nanoseconds, resident_mb
from web_receiver import WebReceiver

RESIDENT_GOAL, CORE_GOAL = 15.0, 0.005  # MB, of a core
SECONDS_MIN = 30
CONNECTIONS = 50


def memory_of_a_connection(streamer):
    """kB, of CONNECTIONS that have asked for a playlist and stay."""
    before, trust = resident_mb(streamer.process.pid), ssl.create_default_context(cafile=streamer.trusted)
    with contextlib.ExitStack() as all_of_them:
        for _ in range(CONNECTIONS):
            viewer = http.client.HTTPSConnection("127.0.0.1", streamer.port, timeout=10, context=trust)
            all_of_them.callback(viewer.close)
            viewer.request("GET", "/hls/desktop/playlist.m3u8")
            viewer.getresponse().read()
        return (resident_mb(streamer.process.pid) - before) * 1024 / CONNECTIONS


def memory(folder, desktop, options, name="memory"):
    seconds = max(SECONDS_MIN, options.watch)
    place = folder / name
    place.mkdir()
    receiver = WebReceiver()
    streamer = AlertStreamer(place, desktop.display, video=peers.VIDEO, hls=peers.HLS).webhook(receiver)
    streamer.alerts.update(open_after=0)
    streamer.monitoring = {}  # as often as it is by itself
    if name == "memory_tls":
        certificate, key = make_certificate(place)
        key.chmod(0o600)
        streamer.server["tls"], streamer.trusted = {"certificate": str(certificate), "key": str(key)}, str(certificate)
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
        if streamer.trusted:
            print(f"  {name}: {memory_of_a_connection(streamer):.0f} kB for a connection, of {CONNECTIONS}", flush=True)
        good = verdict.say(name, f"supervisor with one stream {resident:.1f} MB resident, {later:.1f} MB after {seconds:.0f} s, {told:.1f} MB after an alert (window {window} MB in memfds)",
                           f"<= {RESIDENT_GOAL:.0f} MB", max(resident, later, told) <= RESIDENT_GOAL)
        return verdict.say(name, f"{share * 100:.2f} % of a core without viewers over {seconds:.0f} s", f"<= {CORE_GOAL * 100:.1f} %", share <= CORE_GOAL) and good
    finally:
        streamer.stop()
        receiver.stop()


def memory_tls(folder, desktop, options):
    return memory(folder, desktop, options, "memory_tls")


scenes = {"memory": memory, "memory_tls": memory_tls}
