"""The real programs for system tests: a two-monitor X server with painted monitors, a running streamer-supervisor, and what
a viewer and an operator can see of it. Everything started here is ended here, by process id.

Programs: $STREAMER_BIN (set by ctest), else build/release/bin. Output of the programs: $STREAMER_OUTPUT, else a temporary folder;
it is kept when a test fails.
"""
import fractions
import itertools
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request

project = pathlib.Path(__file__).resolve().parent.parent.parent
programs = pathlib.Path(os.environ.get("STREAMER_BIN", project / "build/release/bin"))

RED, GREEN, BLUE = (0xC0, 0x20, 0x40), (0x20, 0xC0, 0x40), (0x20, 0x40, 0xC0)
# With these a replacement is never delayed: backoff is not what is measured.
RESTART_AT_ONCE = {"max_restarts": 1_000_000, "restart_delay": 0, "backoff_max": 0, "stable_after": 0.1}


def wait_for(question, seconds, what, every=0.05):
    """The first true answer of question(); fails with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(every)


def free_port():
    """A port that is free now; of $STREAMER_TEST_PORTS ("18400-18499") when that is set."""
    chosen = os.environ.get("STREAMER_TEST_PORTS")
    if chosen:
        first, _, last = chosen.partition("-")
        ports = list(range(int(first), int(last) + 1))
        random.shuffle(ports)
        for port in ports:
            with socket.socket() as probe:
                try:
                    probe.bind(("127.0.0.1", port))
                    return port
                except OSError:
                    continue
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def free_display():
    """The number of an X display that nobody uses, as ":N"; of $STREAMER_TEST_DISPLAYS ("30-39") when that is set."""
    first, _, last = os.environ.get("STREAMER_TEST_DISPLAYS", "60-89").partition("-")
    numbers = list(range(int(first), int(last) + 1))
    random.shuffle(numbers)
    return next(f":{number}" for number in numbers if not pathlib.Path(f"/tmp/.X{number}-lock").exists()
                and not pathlib.Path(f"/tmp/.X11-unix/X{number}").exists())


displays_given = itertools.count()


def own_display():
    """A number that no other test's server takes while the one that has it is dead: the stream would go on with its picture."""
    return f":{22000 + (64 * os.getpid() + next(displays_given)) % 20000}"


def is_alive(pid):
    """Whether the process runs; a zombie does not."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (OSError, IndexError):
        return False


def processes_of(program_name):
    """Ids of all processes whose program is the file `program_name` of ours."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if pathlib.Path(os.readlink(entry / "exe")) == (programs / program_name).resolve():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def children_of(pid):
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1]) == pid:
                    found.append(int(entry.name))
            except (OSError, IndexError):
                continue
    return found


def resident_mb(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError(f"process {pid} has no VmRSS")


def cpu_seconds(pid):
    """User and system time so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cpu_nanoseconds(pid):
    """On a processor so far, all threads that live: finer than ticks of a clock."""
    return sum(int((task / "schedstat").read_text().split()[0]) for task in pathlib.Path(f"/proc/{pid}/task").iterdir())


class Desktop:
    """Two monitors side by side, each with a picture."""

    def __init__(self, folder, width=640, height=360, monitors=2, cookie=None):
        self.folder, self.width, self.height, self.monitors, self.cookie = pathlib.Path(folder), width, height, monitors, cookie
        self.painters = {}
        self.display = None
        self.pid = None

    def start(self, display=None):
        if not display and (self.cookie or "STREAMER_TEST_DISPLAYS" in os.environ):  # a cookie is made for a display that is known
            display = free_display()
        command = [str(project / "tests/support/two_monitors.sh"), "start", "--dir", str(self.folder), "--width", str(self.width),
                   "--height", str(self.height), "--monitors", str(self.monitors)]
        command += ["--display", display] if display else []
        command += ["--cookie", str(self.cookie)] if self.cookie else []
        run = subprocess.run(command, capture_output=True, text=True, timeout=30)
        if run.returncode:
            raise AssertionError("no X server: " + run.stderr)
        if (self.folder / "server").read_text().strip() != "Xorg":
            self.stop()
            raise unittest.SkipTest("two monitors need Xorg with the dummy driver, started as root")
        self.display = (self.folder / "display").read_text().strip()
        self.pid = int((self.folder / "pid").read_text())
        return self

    def environment(self):
        environment = dict(os.environ, DISPLAY=self.display or "")
        environment.pop("XAUTHORITY", None)
        if self.cookie:
            environment["XAUTHORITY"] = str(self.cookie)
        return environment

    def paint(self, monitor, color=None, number=0, extra=()):
        """Monitor 0 or 1: a still colour (r, g, b), or the moving card."""
        self.paint_area(monitor * self.width, 0, self.width, self.height, color, number, extra, monitor)

    def paint_area(self, x, y, width, height, color=None, number=0, extra=(), name=None):
        """A rectangle of the screen, above what was painted before; wiped by its name."""
        name = (x, y, width, height) if name is None else name
        self.wipe(name)
        command = [str(programs / "streamer-demo-card"), "--display", self.display, "--geometry",
                   f"{width}x{height}+{x}+{y}", "--number", str(number), *extra]
        command += ["--color", "%02x%02x%02x" % color] if color else []
        self.painters[name] = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=self.environment())
        time.sleep(0.2)
        if self.painters[name].poll() is not None:
            raise AssertionError("the painter ended at once")

    def wipe(self, monitor):
        painter = self.painters.pop(monitor, None)
        if painter:
            painter.kill()
            painter.wait()

    def xrandr(self, *arguments):
        subprocess.run(["xrandr", *arguments], env=self.environment(), check=True, timeout=10)

    def kill(self):
        """The X server dies without a word."""
        os.kill(self.pid, signal.SIGKILL)
        wait_for(lambda: not is_alive(self.pid), 5, "the X server is gone")
        for monitor in list(self.painters):
            self.wipe(monitor)
        (self.folder / "pid").unlink(missing_ok=True)
        for left in (f"/tmp/.X{self.display[1:]}-lock", f"/tmp/.X11-unix/X{self.display[1:]}"):
            pathlib.Path(left).unlink(missing_ok=True)

    def stop(self):
        for monitor in list(self.painters):
            self.wipe(monitor)
        subprocess.run([str(project / "tests/support/two_monitors.sh"), "stop", "--dir", str(self.folder)], timeout=15)


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def text(self):
        return self.body.decode()

    def json(self):
        return json.loads(self.body)


class Streamer:
    """A running streamer-supervisor with one stream, "desktop"."""

    def __init__(self, folder, display=None, **changes):
        self.folder = pathlib.Path(folder)
        self.port = free_port()
        self.process = None
        self.log_path = self.folder / "supervisor.log"
        self.config_path = self.folder / "config.json"
        self.environment = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "XAUTHORITY")}
        # Lock, window and state of this one, and not of the service of this machine.
        self.environment.update(RUNTIME_DIRECTORY=str(self.folder / "run"), STATE_DIRECTORY=str(self.folder / "state"))
        self.server = {}
        self.trusted = None  # certificate (file) of a service that speaks HTTPS
        self.stream = {
            "name": "desktop",
            "inputs": [{"type": "x11", "display": display, "monitor": "second"}] if display else [{"type": "pattern"}],
            "video": {"width": 640, "height": 360, "fps": 30, "bitrate": 1500, "encoder": "libx264", "keyframe_interval": 1},
            "hls": {"segment_duration": 1, "part_duration": 0.2, "window_segments": 10},
            "restart": dict(RESTART_AT_ONCE),
            "standby": "off",
        }
        for key, value in changes.items():
            if isinstance(value, dict):
                self.stream.setdefault(key, {}).update(value)
            else:
                self.stream[key] = value
        self.arguments = []

    def config(self):
        return {"server": {"listen": [f"127.0.0.1:{self.port}"], **self.server}, "streams": [self.stream]}

    def start(self, seconds=10):
        for name in ("run", "state"):
            (self.folder / name).mkdir(mode=0o700, exist_ok=True)
        self.config_path.write_text(json.dumps(self.config(), indent=1))
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([str(programs / "streamer-supervisor"), "run", "--config", str(self.config_path),
                                             *self.arguments], stdout=log, stderr=log, env=self.environment)
        wait_for(lambda: self.process.poll() is not None or self.answers(), seconds, "/healthz answers")
        if self.process.poll() is not None:
            raise AssertionError(f"the supervisor ended with {self.process.returncode}:\n{self.log()}")
        return self

    def stop(self):
        """Ends it as an operator would; the exit status."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError("the supervisor did not end within 10 s after SIGTERM")
        return self.process.returncode

    def log(self, lines=40):
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:]) if self.log_path.exists() else ""

    # HTTP

    def url(self, path):
        return f"{'https' if self.trusted else 'http'}://127.0.0.1:{self.port}{path}"

    def tls(self):
        return ssl.create_default_context(cafile=self.trusted) if self.trusted else None

    def get(self, path, method="GET", headers=None, body=None, timeout=15):
        request = urllib.request.Request(self.url(path), method=method, headers=headers or {}, data=body)
        try:
            with urllib.request.urlopen(request, timeout=timeout, context=self.tls()) as answer:
                return Reply(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as refused:
            with refused:
                return Reply(refused.code, refused.headers, refused.read())

    def post(self, path, body=b""):
        return self.get(path, method="POST", headers={"Content-Type": "application/json"}, body=body)

    def answers(self):
        try:
            return self.get("/healthz", timeout=1).status == 200
        except OSError:
            return False

    def status(self):
        """What the API says of the stream."""
        return self.get("/api/status").json()["streams"][0]

    def health(self):
        return self.get("/api/health")

    def wait_until_live(self, seconds=20, after_generation=0, every=0.05):
        """A worker, of a later generation than `after_generation`, has the wanted picture on air; the status then."""
        seen = {}

        def is_live():
            seen.update(self.status())
            return (seen["on_air"] == "picture" and seen["state"] in ("healthy", "degraded") and seen["worker_pid"]
                    and seen["generation"] > after_generation)

        try:
            wait_for(is_live, seconds, "the picture is on air", every)
        except AssertionError as late:
            raise AssertionError(f"{late}; it says { {key: seen.get(key) for key in ('state', 'reason', 'on_air', 'generation', 'last_exit')} }") from None
        return dict(seen)

    def wait_for_segments(self, count, seconds=30):
        """The playlist lists at least `count` whole segments."""
        return wait_for(lambda: (lambda p: len(p.whole()) >= count and p)(self.playlist()), seconds, f"{count} segments")

    # media

    def playlist_text(self, query=""):
        reply = self.get("/hls/desktop/playlist.m3u8" + query)
        if reply.status != 200:
            raise AssertionError(f"playlist{query}: {reply.status} {reply.text()}")
        return reply.text()

    def playlist(self, query=""):
        return Playlist(self.playlist_text(query))

    def media(self, name):
        reply = self.get("/hls/desktop/" + name)
        if reply.status != 200:
            raise AssertionError(f"{name}: {reply.status} {reply.text()[:200]}")
        return reply.body

    def record(self, segments=None):
        """Init segment and whole segments of the window (the newest `segments`), as one file's bytes."""
        playlist = self.playlist()
        chosen = playlist.whole()[-segments:] if segments else playlist.whole()
        maps = {segment.init for segment in chosen}
        if len(maps) != 1:
            raise AssertionError(f"one init segment was expected: {maps}")
        return self.media(maps.pop()) + b"".join(self.media(segment.uri) for segment in chosen)


class Segment:
    def __init__(self):
        self.msn, self.uri, self.duration, self.starts_at, self.init, self.discontinuity, self.parts = 0, None, None, None, None, False, []


class Playlist:
    """A media playlist as far as the tests need it; the rules are judged by playlist_checker."""

    def __init__(self, text):
        self.text, self.segments, self.ended = text, [], "#EXT-X-ENDLIST" in text
        self.media_sequence = self.target_duration = 0
        self.part_target = None
        current, init, skipped = Segment(), None, 0
        for line in text.splitlines():
            tag, _, value = line.partition(":")
            fields = _attributes(value) if tag in ("#EXT-X-MAP", "#EXT-X-PART", "#EXT-X-PART-INF", "#EXT-X-SKIP") else {}
            if tag == "#EXT-X-MEDIA-SEQUENCE":
                self.media_sequence = int(value)
            elif tag == "#EXT-X-TARGETDURATION":
                self.target_duration = int(value)
            elif tag == "#EXT-X-PART-INF":
                self.part_target = float(fields["PART-TARGET"])
            elif tag == "#EXT-X-SKIP":
                skipped = int(fields["SKIPPED-SEGMENTS"])
            elif tag == "#EXT-X-MAP":
                init = fields["URI"]
            elif tag == "#EXT-X-DISCONTINUITY":
                current.discontinuity = True
            elif tag == "#EXT-X-PROGRAM-DATE-TIME":
                current.starts_at = _unix_time(value)
            elif tag == "#EXT-X-PART":
                current.parts.append((fields["URI"], float(fields["DURATION"]), fields.get("INDEPENDENT") == "YES"))
            elif tag == "#EXTINF":
                current.duration = float(value.split(",")[0])
            elif line and not line.startswith("#"):
                current.uri, current.init = line, init
                self._append(current, skipped)
                current = Segment()
        if current.parts:
            current.init = init
            self._append(current, skipped)

    def _append(self, segment, skipped):
        segment.msn = self.media_sequence + skipped + len(self.segments)
        self.segments.append(segment)

    def whole(self):
        return [segment for segment in self.segments if segment.uri]

    def last_part(self):
        """(msn, index) of the newest part."""
        for segment in reversed(self.segments):
            if segment.parts:
                return segment.msn, len(segment.parts) - 1
        return self.segments[-1].msn, 0


def _attributes(text):
    fields, rest = {}, text
    while rest:
        key, _, rest = rest.partition("=")
        if rest.startswith('"'):
            value, _, rest = rest[1:].partition('"')
            rest = rest.removeprefix(",")
        else:
            value, _, rest = rest.partition(",")
        fields[key.strip()] = value
    return fields


def _unix_time(text):
    import datetime
    return datetime.datetime.fromisoformat(text.strip().replace("Z", "+00:00")).timestamp()


def decode(media, width=64, height=36):
    """The pictures of a recording, small, as rows of (r, g, b); fails when the decoder complains."""
    run = subprocess.run(["ffmpeg", "-nostdin", "-v", "warning", "-i", "pipe:0", "-vf", f"scale={width}:{height}:flags=area", "-fps_mode", "passthrough",
                          "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"], input=media, capture_output=True, timeout=120)
    complaint = run.stderr.decode(errors="replace").strip()
    if run.returncode or complaint:
        raise AssertionError("ffmpeg: " + complaint[-1500:])
    size = width * height * 3
    if not run.stdout or len(run.stdout) % size:
        raise AssertionError(f"{len(run.stdout)} bytes decoded")
    return [Image(run.stdout[at:at + size], width, height) for at in range(0, len(run.stdout), size)]


class Image:
    def __init__(self, data, width, height):
        self.data, self.width, self.height = data, width, height

    def at(self, x, y):
        """The colour at a place given as fractions of the picture."""
        offset = (int(y * self.height) * self.width + int(x * self.width)) * 3
        return tuple(self.data[offset:offset + 3])

    def shows(self, color, x=0.1, y=0.1, tolerance=24):
        return all(abs(seen - wanted) <= tolerance for seen, wanted in zip(self.at(x, y), color))


def packets(media):
    """(pts in seconds, duration in seconds, is key frame) of every picture of a recording; exact fractions of its time base."""
    with tempfile.NamedTemporaryFile(suffix=".mp4") as file:
        file.write(media)
        file.flush()
        text = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=time_base:packet=pts,duration,flags",
                               "-of", "csv", file.name], capture_output=True, text=True, check=True, timeout=60).stdout
    rows = [line.split(",") for line in text.split()]
    tick = next(fractions.Fraction(row[1]) for row in rows if row[0] == "stream")
    return [(int(row[1]) * tick, int(row[2]) * tick, "K" in row[3]) for row in rows if row[0] == "packet"]


def percentile(values, percent):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(percent / 100 * (len(ordered) - 1)))]


class SystemTest(unittest.TestCase):
    """A folder of its own for each test; what was started in it ends with it, the output stays when it failed."""

    def setUp(self):
        for program in ("streamer-supervisor", "streamer-worker", "streamer-demo-card"):
            if not (programs / program).exists():
                self.fail(f"{programs / program} is not built")
        base = os.environ.get("STREAMER_OUTPUT")
        if base:
            pathlib.Path(base).mkdir(parents=True, exist_ok=True)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=self._testMethodName[:40] + "-", dir=base))
        os.chmod(self.folder, 0o755)
        self.addCleanup(self._clean_up)

    def desktop(self, paint=True, **options):
        """Two monitors: a red one with a 1, and the moving card with a 2."""
        desktop = Desktop(self.folder / f"x{len(list(self.folder.iterdir()))}", **options)
        self.addCleanup(desktop.stop)
        desktop.start()
        if paint:
            desktop.paint(0, RED, 1)
            if desktop.monitors > 1:
                desktop.paint(1, number=2)
        return desktop

    def streamer(self, display=None, start=True, **changes):
        streamer = Streamer(self.folder, display, **changes)
        self.addCleanup(self._end, streamer)
        return streamer.start() if start else streamer

    def _end(self, streamer):
        children = children_of(streamer.process.pid) if streamer.process and streamer.process.poll() is None else []
        streamer.stop()
        left = [pid for pid in children if is_alive(pid)]
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        self.assertEqual(left, [], "processes left behind")
        self.assertNotIn("Sanitizer", streamer.log(10_000))

    def _failed(self):
        """Whether this test, or a part of it, failed so far."""
        result = self._outcome.result
        recorded = [test for test, _ in [*result.failures, *result.errors]]
        return any(getattr(test, "test_case", test) is self for test in recorded) or \
            any(error for _, error in getattr(self._outcome, "errors", []))  # Python up to 3.10

    def _clean_up(self):
        if not self._failed():
            shutil.rmtree(self.folder, ignore_errors=True)
            return
        log = self.folder / "supervisor.log"
        if log.exists():
            lines = [line[:300] for line in log.read_text(errors="replace").splitlines()[-60:]]
            print(f"--- end of {log}\n" + "\n".join(lines), flush=True)
