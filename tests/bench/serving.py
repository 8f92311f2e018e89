"""Serving beside nginx, in the same run (goals 11 to 13): playlist, segment, the same through TLS, fanout. The server has one core for
itself, the load generator and our worker the other. nginx serves the same bytes as files on tmpfs, as its manual advises for static
files. Playlists are asked for by wrk. Segments by streamer-fetch, which drops what comes without copying or deciphering it, one answer
after the other: a client that works on every byte is slower than the servers, and would be what is measured; one that takes a piece of
each answer in turn asks for all the next at once, and the server has nothing to do meanwhile."""
import json
import os
import pathlib
import re
import shutil
import ssl
import statistics
import subprocess
import tempfile
import time
import urllib.request

from certificates import make_certificate
from streamer import Streamer, cpu_seconds, free_port, programs, wait_for

SERVER_CORE, LOAD_CORE = 0, 1
VIDEO = {"width": 640, "height": 360, "fps": 30, "bitrate": 6000, "encoder": "libx264", "preset": "veryfast", "keyframe_interval": 2}
HLS = {"segment_duration": 2, "part_duration": 0.2, "window_segments": 30}

NGINX = """worker_processes 1;
worker_cpu_affinity {mask};
error_log stderr warn;
pid {folder}/nginx.pid;
daemon off;
events {{ worker_connections 4096; use epoll; multi_accept on; }}
http {{
  access_log off;
  sendfile on; tcp_nopush on; tcp_nodelay on;
  keepalive_requests 1000000000; keepalive_timeout 65;
  open_file_cache max=100 inactive=60s; open_file_cache_valid 60s;
  types {{ application/vnd.apple.mpegurl m3u8; video/mp4 m4s mp4; }}
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; root {folder}/www; }}
  server {{
    listen 127.0.0.1:{tls_port} ssl; root {folder}/www;
    ssl_certificate {certificate}; ssl_certificate_key {key}; ssl_protocols TLSv1.2 TLSv1.3; ssl_conf_command Options KTLS;
  }}
}}
"""


def pin(pid, core):
    subprocess.run(["taskset", "-a", "-p", "-c", str(core), str(pid)], check=True, stdout=subprocess.DEVNULL)


class Ours:
    name = "desktop-streamer"

    def __init__(self, folder, pair=None, bitrate=VIDEO["bitrate"]):
        """pair: certificate and key, for HTTPS."""
        folder.mkdir(parents=True)
        noise = folder / "noise.mp4"  # what fills segments of 1.5 MB
        subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=30,noise=alls=80:allf=t", "-t", "4",
                        "-c:v", "libx264", "-preset", "ultrafast", "-b:v", "12M", str(noise)], check=True, timeout=60)
        self.streamer = Streamer(folder, video={**VIDEO, "bitrate": bitrate}, hls=HLS, inputs=[{"type": "file", "path": str(noise)}])
        self.streamer.server = {"limits": {"connections_max": 4096}}
        if pair:
            self.streamer.server["tls"] = {"certificate": str(pair[0]), "key": str(pair[1])}
            self.streamer.trusted = str(pair[0])

    def start(self):
        self.streamer.start()
        status = self.streamer.wait_until_live()
        self.streamer.wait_for_segments(3)
        self.pid, self.port, self.trusted = self.streamer.process.pid, self.streamer.port, self.streamer.trusted
        pin(status["worker_pid"], LOAD_CORE)
        pin(self.pid, SERVER_CORE)
        return self

    def stop(self):
        self.streamer.stop()


class Nginx:
    name = "nginx"

    def __init__(self, folder, files, pair):
        """files: path under the root -> bytes. pair: certificate and key, and whether they are used."""
        folder.mkdir(parents=True)
        certificate, key, secured = pair
        ports = [free_port(), free_port()]
        self.folder, self.port, self.process, self.trusted = folder, ports[secured], None, str(certificate) if secured else None
        for path, content in files.items():
            target = folder / "www" / path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=ports[0], tls_port=ports[1], certificate=certificate, key=key, mask=format(1 << SERVER_CORE, "b")))

    def start(self):
        self.process = subprocess.Popen(["nginx", "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")], stderr=subprocess.DEVNULL)
        self.pid = wait_for(self.worker, 5, "nginx has its worker process")
        return self

    def worker(self):
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0]) if children else None

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


def seconds_kept_off(pid):
    """In which its main thread could run and another process had its core, so far."""
    return int(pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9


def wrk(server, path, seconds, connections):
    """(requests a second, share of a core the server used, share of the time in which it was kept off its core, errors)."""
    before, kept = cpu_seconds(server.pid), seconds_kept_off(server.pid)
    run = subprocess.run(["taskset", "-c", str(LOAD_CORE), "wrk", "-t1", f"-c{connections}", f"-d{seconds}s",
                          f"{'https' if server.trusted else 'http'}://127.0.0.1:{server.port}{path}"],
                         capture_output=True, text=True, check=True, timeout=seconds + 30).stdout
    used = cpu_seconds(server.pid) - before
    requests, lasted = int(re.search(r"(\d+) requests in", run)[1]), float(re.search(r"requests in ([\d.]+)s", run)[1])
    return requests / lasted, used / lasted, (seconds_kept_off(server.pid) - kept) / lasted, "Non-2xx" in run or "Socket errors" in run


def fetch_many(server, path, seconds, connections):
    """As wrk(), GB a second."""
    before, kept = cpu_seconds(server.pid), seconds_kept_off(server.pid)
    run = subprocess.run(["taskset", "-c", str(LOAD_CORE), str(load_program("streamer-fetch")), str(server.port), path, str(connections), str(seconds),
                          *(["tls"] if server.trusted else [])], capture_output=True, text=True, check=True, timeout=seconds + 30).stdout
    used, seen = cpu_seconds(server.pid) - before, json.loads(run)
    return seen["bytes"] / seen["seconds"] / 1e9, used / seen["seconds"], (seconds_kept_off(server.pid) - kept) / seen["seconds"], seen["errors"] > 0


def load_program(name):
    program = programs / name
    if not program.exists():
        raise SystemExit(f"the load generator is not built: cmake --build --preset release --target {name}")
    return program


def fetch(server, path):
    context = ssl.create_default_context(cafile=server.trusted) if server.trusted else None
    with urllib.request.urlopen(f"{'https' if server.trusted else 'http'}://127.0.0.1:{server.port}{path}", timeout=10, context=context) as reply:
        return reply.read()


def compare(folder, path, rounds, seconds, connections, label, measure, unit, goal, secured=False):
    """The same file from both in turn. Beside the rate the ratio per CPU second, which does not depend on how much the client asks for;
    of ours without what it uses for its stream when nobody asks. A rate says something of a server only where it had its core: what it
    used and what it was kept off it make 1."""
    rates, whole, errors = {Ours.name: [], Nginx.name: []}, {Ours.name: [], Nginx.name: []}, False
    (folder / label).mkdir()
    pair = make_certificate(folder / label)
    for one in pair:
        one.chmod(0o600)
    ours = Ours(folder / f"{label}-ours", pair if secured else None).start()
    before = cpu_seconds(ours.pid)
    time.sleep(3)
    idle = {Ours.name: (cpu_seconds(ours.pid) - before) / 3, Nginx.name: 0}
    try:
        for turn in range(rounds):
            chosen = path(ours)  # the window moves on
            nginx = Nginx(folder / f"{label}-nginx-{turn}", {chosen: fetch(ours, chosen)}, (*pair, secured)).start()
            try:
                size = len(fetch(nginx, chosen))
                for server in (ours, nginx):
                    rate, used, kept, wrong = measure(server, chosen, seconds, connections)
                    rates[server.name].append(rate)
                    whole[server.name].append(rate / max(used - idle[server.name], 0.01))
                    errors |= wrong
                    print(f"  {label} {turn + 1}/{rounds} {server.name}: {rate:.2f} {unit}, {used:.2f} of its core, kept off it {kept:.2f}", flush=True)
            finally:
                nginx.stop()
    finally:
        ours.stop()
    a, b = statistics.median(rates[Ours.name]), statistics.median(rates[Nginx.name])
    good = a / b >= goal and not errors
    print(f"{label} ({size} bytes, {connections} connections): ours {a:.2f} {unit}, nginx {b:.2f} {unit}, ratio {a / b:.2f}, "
          f"per CPU second {statistics.median(whole[Ours.name]) / statistics.median(whole[Nginx.name]):.2f}, goal >= {goal}"
          f"{', WITH ERRORS' if errors else ''}: {'reached' if good else 'MISSED'}", flush=True)
    return good


def newest_segment(ours):
    def find():
        names = [line for line in fetch(ours, "/hls/desktop/playlist.m3u8").decode().splitlines() if line and line[0] != "#"]
        return f"/hls/desktop/{names[-1]}" if len(fetch(ours, f"/hls/desktop/{names[-1]}")) > 1_000_000 else None
    return wait_for(find, 20, "a segment of 1 MB")


def playlist(folder, rounds, seconds, label="playlist", secured=False):
    return compare(folder, lambda _: "/hls/desktop/playlist.m3u8", rounds, seconds, 64, label, wrk, "requests/s", 1.0, secured)


def segment(folder, rounds, seconds, label="segment", secured=False):
    return compare(folder, newest_segment, rounds, seconds, 16, label, fetch_many, "GB/s", 0.95, secured)


def playlist_tls(folder, rounds, seconds):
    return playlist(folder, rounds, seconds, "playlist_tls", True)


def segment_tls(folder, rounds, seconds):
    return segment(folder, rounds, seconds, "segment_tls", True)


def fanout(folder, rounds, seconds, viewers=1000, goal_ms=25):
    """No peer: nginx knows no blocking reload. Each viewer waits for the playlist and for the hinted part, so the server writes twice
    per viewer and part; playlists are asked for with gzip, as browsers do. What a thousand viewers take of the second write is the
    bitrate, so it is measured at three of them. The goal is that of an ordinary desktop, 1500 kbit/s; at 5000 the 125 MB of every part take longer than that to be moved by one core."""
    good = True
    for bitrate, counts in ((300, False), (1500, True), (5000, False)):
        ours, results = Ours(folder / f"fanout-{bitrate}", bitrate=bitrate).start(), []
        try:
            for turn in range(rounds):
                before = cpu_seconds(ours.pid)
                run = subprocess.run(["taskset", "-c", str(LOAD_CORE), str(load_program("streamer-fanout")), str(ours.port), "/hls/desktop", str(viewers), str(seconds)],
                                     capture_output=True, text=True, timeout=seconds + 60, check=True)
                seen = json.loads(run.stdout)
                results.append(seen)
                print(f"  fanout {bitrate} kbit/s {turn + 1}/{rounds}: {seen['viewers']} viewers, {seen['parts']} parts, {seen['bytes'] / seconds / 1e6:.0f} MB/s, "
                      f"{(cpu_seconds(ours.pid) - before) / seconds:.2f} of its core, the viewers' program {seen['cores']:.2f} of its own; "
                      f"playlist p50 {seen['listed']['p50_ms']} p99 {seen['listed']['p99_ms']} max {seen['listed']['max_ms']} ms, "
                      f"part p50 {seen['delivered']['p50_ms']} p99 {seen['delivered']['p99_ms']} max {seen['delivered']['max_ms']} ms, "
                      f"{seen['refusals']} refusals, {seen['failures']} lost", flush=True)
        finally:
            ours.stop()
        listed, delivered = (statistics.median(seen[what]["p99_ms"] for seen in results) for what in ("listed", "delivered"))
        whole = all(seen["viewers"] == viewers and not seen["refusals"] and not seen["failures"] for seen in results)
        reached = max(listed, delivered) <= goal_ms and whole
        good &= reached or not counts
        verdict = f"goal <= {goal_ms} ms: {'reached' if reached else 'MISSED'}" if counts else "no goal"
        print(f"fanout {bitrate} kbit/s: {viewers} low-latency viewers on one core: playlist p99 {listed:.1f} ms, part p99 {delivered:.1f} ms after publication"
              f"{'' if whole else ', WITH ERRORS'}; {verdict}", flush=True)
    return good


scenes = {"playlist": playlist, "segment": segment, "playlist_tls": playlist_tls, "segment_tls": segment_tls, "fanout": fanout}


def run(which, rounds, seconds):
    """The scenes named; needs wrk, nginx and two cores."""
    if not which:
        return True
    for tool in ("wrk", "nginx", "taskset"):
        if not shutil.which(tool):
            raise SystemExit(f"{tool} is not installed: packaging/install_dependencies.sh tests")
    if os.cpu_count() < 2:
        raise SystemExit("serving needs two cores: one for the server, one for the load")
    with tempfile.TemporaryDirectory(prefix="streamer-serving-", dir="/dev/shm") as name:
        os.chmod(name, 0o755)
        return all([scenes[scene](pathlib.Path(name), rounds, seconds) for scene in which])
