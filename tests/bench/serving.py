"""Serving beside nginx, in the same run (goals 11 to 13): playlist, segment, fanout. The server has one core for itself, the load
generator and our worker the other. nginx serves the same bytes as files on tmpfs, as its manual advises for static files."""
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import tempfile
import urllib.request

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
}}
"""


def pin(pid, core):
    subprocess.run(["taskset", "-a", "-p", "-c", str(core), str(pid)], check=True, stdout=subprocess.DEVNULL)


class Ours:
    name = "desktop-streamer"

    def __init__(self, folder, **changes):
        folder.mkdir(parents=True)
        noise = folder / "noise.mp4"  # what fills segments of 1.5 MB
        subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=30,noise=alls=80:allf=t", "-t", "4",
                        "-c:v", "libx264", "-preset", "ultrafast", "-b:v", "12M", str(noise)], check=True, timeout=60)
        self.streamer = Streamer(folder, video=VIDEO, hls=HLS, inputs=[{"type": "file", "path": str(noise)}], **changes)
        self.streamer.server = {"limits": {"connections_max": 4096}}

    def start(self):
        self.streamer.start()
        status = self.streamer.wait_until_live()
        self.streamer.wait_for_segments(3)
        self.pid, self.port = self.streamer.process.pid, self.streamer.port
        pin(status["worker_pid"], LOAD_CORE)
        pin(self.pid, SERVER_CORE)
        return self

    def stop(self):
        self.streamer.stop()


class Nginx:
    name = "nginx"

    def __init__(self, folder, files):
        """files: path under the root -> bytes."""
        folder.mkdir(parents=True)
        self.folder, self.port, self.process = folder, free_port(), None
        for path, content in files.items():
            target = folder / "www" / path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=self.port, mask=format(1 << SERVER_CORE, "b")))

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


def wrk(server, path, seconds, connections):
    """(requests a second, bytes a second, share of a core the server used, errors)."""
    before = cpu_seconds(server.pid)
    run = subprocess.run(["taskset", "-c", str(LOAD_CORE), "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", f"http://127.0.0.1:{server.port}{path}"],
                         capture_output=True, text=True, check=True, timeout=seconds + 30).stdout
    used = cpu_seconds(server.pid) - before
    requests, moved, unit = int(re.search(r"(\d+) requests in", run)[1]), *re.search(r"requests in [\d.]+s, ([\d.]+)(\w+) read", run).groups()
    lasted = float(re.search(r"requests in ([\d.]+)s", run)[1])
    scale = {"B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}[unit]
    errors = "Non-2xx" in run or "Socket errors" in run
    return requests / lasted, float(moved) * scale / lasted, used / lasted, errors


def fetch(server, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=10) as reply:
        return reply.read()


def compare(folder, path, rounds, seconds, connections, label, measure, unit, scale, goal):
    """The same file from both in turn; `measure`: which of wrk's figures counts."""
    rates, cores, errors = {Ours.name: [], Nginx.name: []}, {Ours.name: [], Nginx.name: []}, False
    ours = Ours(folder / f"{label}-ours").start()
    nginx = None
    try:
        chosen = path(ours)
        nginx = Nginx(folder / f"{label}-nginx", {chosen: fetch(ours, chosen)}).start()
        size = len(fetch(nginx, chosen))
        for turn in range(rounds):
            for server in (ours, nginx):
                figures = wrk(server, chosen, seconds, connections)
                rates[server.name].append(figures[measure] * scale)
                cores[server.name].append(figures[2])
                errors |= figures[3]
                print(f"  {label} {turn + 1}/{rounds} {server.name}: {rates[server.name][-1]:.2f} {unit}, {figures[2]:.2f} of its core", flush=True)
            if measure == 1:  # the window moves on
                chosen = path(ours)
                nginx.stop()
                nginx = Nginx(folder / f"{label}-nginx-{turn}", {chosen: fetch(ours, chosen)}).start()
    finally:
        ours.stop()
        if nginx:
            nginx.stop()
    a, b = statistics.median(rates[Ours.name]), statistics.median(rates[Nginx.name])
    good = a / b >= goal and not errors
    print(f"{label} ({size} bytes, {connections} connections): ours {a:.2f} {unit}, nginx {b:.2f} {unit}, ratio {a / b:.2f}, goal >= {goal}"
          f"{', WITH ERRORS' if errors else ''}: {'reached' if good else 'MISSED'}", flush=True)
    return good


def newest_segment(ours):
    def find():
        names = [line for line in fetch(ours, "/hls/desktop/playlist.m3u8").decode().splitlines() if line and line[0] != "#"]
        return f"/hls/desktop/{names[-1]}" if len(fetch(ours, f"/hls/desktop/{names[-1]}")) > 1_000_000 else None
    return wait_for(find, 20, "a segment of 1 MB")


def playlist(folder, rounds, seconds):
    return compare(folder, lambda _: "/hls/desktop/playlist.m3u8", rounds, seconds, 64, "playlist", 0, "requests/s", 1, 1.0)


def segment(folder, rounds, seconds):
    return compare(folder, newest_segment, rounds, seconds, 16, "segment", 1, "GB/s", 1e-9, 0.95)


def fanout(folder, rounds, seconds, viewers=1000, goal_ms=25):
    """No peer: nginx knows no blocking reload."""
    program = programs / "streamer-fanout"
    if not program.exists():
        raise SystemExit("fanout needs its load generator: cmake --build --preset release --target streamer-fanout")
    results = []
    ours = Ours(folder / "fanout-ours").start()
    try:
        for turn in range(rounds):
            before = cpu_seconds(ours.pid)
            run = subprocess.run(["taskset", "-c", str(LOAD_CORE), str(program), str(ours.port), "/hls/desktop", str(viewers), str(seconds)],
                                 capture_output=True, text=True, timeout=seconds + 60, check=True)
            seen = json.loads(run.stdout)
            seen["core"] = (cpu_seconds(ours.pid) - before) / seconds
            results.append(seen)
            print(f"  fanout {turn + 1}/{rounds}: {seen['viewers']} viewers, {seen['parts']} parts, {seen['bytes'] / seconds / 1e6:.0f} MB/s, {seen['core']:.2f} of its core; "
                  f"listed p50 {seen['listed']['p50_ms']} p99 {seen['listed']['p99_ms']} max {seen['listed']['max_ms']} ms, "
                  f"part delivered p50 {seen['delivered']['p50_ms']} p99 {seen['delivered']['p99_ms']} max {seen['delivered']['max_ms']} ms, "
                  f"{seen['refusals']} refusals, {seen['failures']} lost", flush=True)
    finally:
        ours.stop()
    worst = statistics.median(seen["delivered"]["p99_ms"] for seen in results)
    listed = statistics.median(seen["listed"]["p99_ms"] for seen in results)
    good = listed <= goal_ms and all(seen["viewers"] == viewers and not seen["refusals"] and not seen["failures"] for seen in results)
    print(f"fanout: {viewers} low-latency viewers on one core: playlist p99 {listed:.1f} ms, part p99 {worst:.1f} ms after publication; goal <= {goal_ms} ms: "
          f"{'reached' if good and worst <= goal_ms else 'MISSED'}", flush=True)
    return good and worst <= goal_ms


scenes = {"playlist": playlist, "segment": segment, "fanout": fanout}


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
