"""Group C: who may ask the service for what, and what a stranger, another website or a neighbour on the machine can do."""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

from alert_streamer import AlertStreamer
from registry import Seen, Skip, row
from streamer import children_of, programs, project, wait_for

SUPERVISOR = str(programs / "streamer-supervisor")
OPEN_PATHS = {"/healthz", "/readyz", "/{path}", "/api/login", "/api/logout", "/api/session"}  # {path}: the page


def guarded(stage):
    """A service that knows one viewer's token, and the header with it."""
    run = subprocess.run([SUPERVISOR, "token", "viewer", "--role", "viewer"], capture_output=True, text=True, timeout=20, check=True)
    lines = run.stdout.splitlines()
    streamer = stage.streamer()
    streamer.server = {"auth": {"tokens": [json.loads(lines[-1])]}}
    return streamer.start(), {"Authorization": "Bearer " + lines[0]}


def raw(streamer, request):
    """The status of a request that no client library would send."""
    with socket.create_connection(("127.0.0.1", streamer.port), timeout=5) as connection:
        connection.sendall(request)
        return int(connection.recv(65536).split()[1])


def walk(streamer, credentials):
    """Every route and method of the description, with names that are there."""
    described = streamer.get("/openapi.json", headers=credentials)
    assert described.status == 200, f"/openapi.json: {described.status} {described.text()[:200]}"
    for path, methods in described.json()["paths"].items():
        for method in methods:
            if method in ("get", "post", "put", "delete", "patch"):
                yield path, method.upper(), path.replace("{stream}", "desktop").replace("{", "").replace("}", "")


def check_configuration(stage, text, mode=0o600):
    path = stage.folder / "config.json"
    path.write_text(text)
    path.chmod(mode)
    run = subprocess.run([SUPERVISOR, "check", "--config", str(path)], capture_output=True, text=True, timeout=15)
    return run.returncode, run.stdout + run.stderr


@row("C01", "no credentials, on every route and method", "401, except what is open")
def c01(stage):
    streamer, bearer = guarded(stage)
    refused, opened = 0, set()
    for path, method, target in walk(streamer, bearer):
        reply = streamer.get(target, method)
        if reply.status == 401:
            refused += 1
        else:
            opened.add(path)
    tests = stage.gtest("test_http_server", "AuthServer.every_route*")
    stage.check(opened <= OPEN_PATHS, f"open: {sorted(opened - OPEN_PATHS)}")
    stage.check(refused > 20, f"only {refused} were refused")
    return Seen(f"{refused} refused, open: {', '.join(sorted(opened))}; {tests} test of the table of routes")


@row("C02", "a viewer's token on what an operator may do", "403, and nothing is done")
def c02(stage):
    streamer, bearer = guarded(stage)
    refused = []
    for path, method, target in walk(streamer, bearer):
        if method == "GET" or path in OPEN_PATHS or path == "/api/logout":
            continue
        status = streamer.get(target, method, bearer).status
        stage.check(status == 403, f"{method} {path}: {status}")
        refused.append(path)
    status = streamer.get("/api/status", headers=bearer).json()["streams"][0]
    stage.check(status["desired"] == "up" and status["restart_count"] == 0, "something was done")
    return Seen(f"{len(refused)} ways to change something refused")


@row("C03", "another website: a form, JSON as text/plain, Origin null or foreign, cross-site", "403 or 415, and nothing is done")
def c03(stage):
    streamer = stage.streamer().start()
    cases = [({"Content-Type": "application/x-www-form-urlencoded"}, b"a=1", 415), ({"Content-Type": "text/plain"}, b"{}", 415),
             ({"Content-Type": "multipart/form-data; boundary=x"}, b"--x--", 415), ({"Origin": "null"}, None, 403),
             ({"Origin": "http://evil.example"}, None, 403), ({"Origin": f"http://127.0.0.1:{streamer.port + 1}"}, None, 403),
             ({"Sec-Fetch-Site": "cross-site"}, None, 403), ({"Sec-Fetch-Site": "same-site"}, None, 403)]
    for headers, body, wanted in cases:
        status = streamer.get("/api/streams/desktop/stop", "POST", headers, body).status
        stage.check(status == wanted, f"{headers}: {status}, not {wanted}")
    stage.check(streamer.status()["desired"] == "up", "the stream was stopped")
    return Seen(f"{len(cases)} forged requests refused")


@row("C04", "DNS rebinding: a foreign Host", "421 for page, API, events and media")
def c04(stage):
    streamer = stage.streamer().start()
    targets = ("/", "/healthz", "/api/status", "/api/events", "/metrics", "/hls/desktop/playlist.m3u8")
    for target in targets:
        for request in (f"GET {target} HTTP/1.1\r\nHost: evil.example\r\n\r\n", f"GET http://evil.example{target} HTTP/1.1\r\nHost: localhost\r\n\r\n"):
            status = raw(streamer, request.encode())
            stage.check(status == 421, f"{request.splitlines()[0]}: {status}")
    return Seen(f"{len(targets)} targets, by Host and by an absolute address")


@row("C06", "passwords guessed 1000 times a minute", "at most 20 comparisons; who is logged in goes on")
def c06(stage):
    return Seen(f"{stage.gtest('test_http', 'LoginLimit.*')} tests of the limit, {stage.gtest('test_http_server', 'AuthServer.attempts*')} of the server")


@row("C07", "the time of comparing a password or a token", "no separation at 10^5 samples", light=False, alone=True, seconds=240)
def c07(stage):
    return Seen(f"{stage.gtest('credentials_timing', 'Timing.*')} measurements: Welch's t below 4.5 where a loop that ends early has thousands")


@row("C08", "markup in what workers, monitors, inputs, addresses and alerts say", "text on every view of the page; the policy holds", light=False)
def c08(stage):
    build = programs.parent
    scripts, built = build / "tests/browser", build / "dashboard/out"
    if not (scripts / "node_modules").exists() or not shutil.which("chromium"):
        raise Skip("Chromium or the browser tests are not there")
    environment = dict(os.environ, DASHBOARD_OUT=str(built), DASHBOARD_STUB=str(project / "dashboard/dev/stub.mjs"))
    run = subprocess.run(["node", "--test", "--test-reporter=tap", "--test-name-pattern=markup", "states.test.mjs"], cwd=scripts, env=environment,
                         capture_output=True, text=True, timeout=50)
    stage.check(run.returncode == 0, run.stdout[-600:])
    passed = re.search(r"^# pass (\d+)", run.stdout, re.MULTILINE)
    stage.check(passed and int(passed.group(1)) == 1, "no such test")
    return Seen(f"6 views in Chromium: shown as text, nothing ran; {stage.gtest('alerts_test', 'AlertText.*')} tests of mail and webhooks")


@row("C09", "the page in a frame of another site, content taken for another type", "the headers against it on every kind of answer")
def c09(stage):
    streamer = stage.streamer().start()
    targets = ("/", "/healthz", "/api/status", "/api/none", "/metrics", "/openapi.json", "/none")
    for target in targets:
        headers = streamer.get(target).headers
        stage.check(headers["X-Frame-Options"] == "DENY", f"{target}: X-Frame-Options {headers['X-Frame-Options']}")
        stage.check(headers["X-Content-Type-Options"] == "nosniff", f"{target}: no nosniff")
        stage.check("frame-ancestors 'none'" in (headers["Content-Security-Policy"] or ""), f"{target}: CSP {headers['Content-Security-Policy']}")
    return Seen(f"{len(targets)} kinds of answers, errors too")


SECRETS = {"camera": "CAMERAWORD7431", "mail": "MAILWORD7431", "signature": "SIGNWORD7431", "hook": "HOOKWORD7431"}


def secret_file(stage, name):
    path = stage.folder / name
    path.write_text(SECRETS[name])
    path.chmod(0o600)
    return str(path)


def told_to(pid):
    """What anybody who may look at the process reads of it."""
    for place in ("cmdline", "environ"):
        try:
            yield f"{place} of {pathlib.Path(f'/proc/{pid}/comm').read_text().strip()}", pathlib.Path(f"/proc/{pid}/{place}").read_bytes()
        except OSError:
            pass  # it has ended


@row("C10", "passwords and keys of inputs and receivers, with receivers that fail", "in no log, answer, file, argument, environment or core")
def c10(stage):
    run = subprocess.run([SUPERVISOR, "token", "operator", "--role", "operator"], capture_output=True, text=True, timeout=20, check=True)
    token, stored = run.stdout.splitlines()[0], json.loads(run.stdout.splitlines()[-1])
    camera = f"http://viewer:{SECRETS['camera']}@127.0.0.1:9/live?key={SECRETS['camera']}"
    streamer = AlertStreamer(stage.folder / "service", inputs=[{"type": "url", "url": camera}, {"type": "pattern"}])
    streamer.folder.mkdir()
    streamer.server = {"auth": {"tokens": [stored]}}
    streamer.webhook("", url_file=secret_file(stage, "hook"), secret_file=secret_file(stage, "signature"))
    (stage.folder / "hook").write_text(f"http://127.0.0.1:9/{SECRETS['hook']}")
    streamer.mail(9, username="me", password_file=secret_file(stage, "mail"), use_tls=False)
    streamer.start()
    stage.on_end(streamer.stop)
    bearer = {"Authorization": "Bearer " + token}
    found, looked = set(), 0

    def look(place, text):
        nonlocal looked
        looked += 1
        for secret in [*SECRETS.values(), token]:
            if secret.encode() in text:
                found.add(place)

    streamer.get("/api/alerts/test", "POST", {**bearer, "Content-Type": "application/json"}, b"")
    until = time.monotonic() + 6
    while time.monotonic() < until:
        for pid in [streamer.process.pid, *children_of(streamer.process.pid)]:
            for place, text in told_to(pid):
                look(place, text)
        time.sleep(0.05)
    cores = [line for pid in children_of(streamer.process.pid) for line in pathlib.Path(f"/proc/{pid}/limits").read_text().splitlines() if "core file" in line]
    stage.check(cores and all(line.split()[4] == "0" for line in cores), f"a worker may leave a core: {cores}")
    stage.check("LimitCORE=0" in (project / "packaging/systemd/streamer-supervisor.service.in").read_text(), "the packaged unit lets the service leave a core")
    for path, method, target in walk(streamer, bearer):
        if method == "GET" and path not in ("/api/events", "/api/logs/stream"):
            look(path, streamer.get(target, headers=bearer).body)
    sinks = [sink for sink in streamer.get("/api/alerts", headers=bearer).json()["sinks"] if sink["enabled"]]
    stage.check(all(sink["last_error"] for sink in sinks) and len(sinks) == 2, f"the receivers were not tried: {sinks}")
    streamer.stop()
    for path in streamer.folder.rglob("*"):
        if path.is_file() and path != streamer.config_path:
            look(str(path.relative_to(streamer.folder)), path.read_bytes())
    stage.check(not found, f"found in {sorted(found)}")
    return Seen(f"{looked} answers, files, arguments and environments; no core of service or worker")


@row("C11", "configuration that everybody may write, secret that everybody may read", "refused, with the fix")
def c11(stage):
    text = '{"streams": [{"name": "desktop"}]}'
    good, _ = check_configuration(stage, text)
    code, said = check_configuration(stage, text, 0o666)
    stage.check(good == 0, f"mode 600: {good}")
    stage.check(code == 78 and "chmod" in said, f"mode 666: {code} {said}")
    secret = stage.folder / "secret"
    secret.write_text("key")
    secret.chmod(0o644)
    folder = stage.folder / "service"
    folder.mkdir()
    streamer = AlertStreamer(folder).webhook("http://127.0.0.1:9/", secret_file=str(secret)).start()
    stage.on_end(streamer.stop)
    error = streamer.test_alerts()["webhook-1"]["error"]
    stage.check("chmod 0600" in error, f"secret of mode 644: {error}")
    return Seen(f"mode 600 is read, 666 ends with {code} and says chmod; a secret of mode 644 is not used: {error[-60:]}")


def guards(pid):
    """Of each thread: no new rights, and a filter of system calls."""
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        fields = dict(line.split(":\t", 1) for line in (task / "status").read_text().splitlines() if ":\t" in line)
        yield fields["NoNewPrivs"], fields["Seccomp"]


@row("C12", "a worker that was taken over: writes files, starts programs, opens connections", "refused by the kernel; the network is open only to a worker with an input that needs it")
def c12(stage):
    tests = stage.gtest("worker_sandbox_test", "*")
    streamer = stage.streamer()
    before, watch = stage.live(streamer)
    stage.check("sandbox:" not in streamer.log(200), "this machine cannot guard all of it")
    held = list(guards(before["worker_pid"]))
    stage.check(len(held) > 1 and set(held) == {("1", "2")}, f"threads without: {held}")
    streamer.stream["inputs"].append({"type": "url", "url": "http://127.0.0.1:9/live"})
    streamer.config_path.write_text(json.dumps(streamer.config()))
    changed_at = time.time()
    streamer.process.send_signal(signal.SIGHUP)
    after = watch.wait_live(changed_at, before["generation"])
    held = list(guards(after.status["worker_pid"]))
    stage.check(set(held) == {("1", "2")}, f"threads without, in the next: {held}")
    stage.seamless(watch)
    return Seen(f"{tests} tests in the sandbox; {len(held)} of {len(held)} threads of the worker are in it; an input of the network replaces the worker without a seam")


@row("C13", "control characters and line breaks in what a worker says", "escaped: no line of the log is forged, no terminal is told anything")
def c13(stage):
    return Seen(f"{stage.gtest('report_test', 'LogBuffer.*escapes*:LogFormat.*forge*')} tests of the lines")


@row("C14", "a listener for everybody, without credentials", "the service does not start, and names the setting")
def c14(stage):
    seen = []
    for address in ("0.0.0.0:18499", "[::]:18499", "192.0.2.1:18499"):
        code, said = check_configuration(stage, json.dumps({"server": {"listen": [address]}, "streams": [{"name": "desktop"}]}))
        if stage.check(code == 78 and "insecure_lan" in said, f"{address}: {code} {said}"):
            seen.append(address)
    return Seen(f"{len(seen)} addresses refused with 78, naming insecure_lan")


@row("C15", "what a stream published before it was stopped", "gone after the time of its window: 404")
def c15(stage):
    streamer = stage.streamer(hls={"segment_duration": 1, "window_segments": 3})
    streamer.start()
    streamer.wait_until_live()
    streamer.wait_for_segments(3)
    playlist = streamer.get("/hls/desktop/playlist.m3u8").text()
    segment = "/hls/desktop/" + [line for line in playlist.splitlines() if line and line[0] != "#"][-1]
    streamer.post("/api/streams/desktop/stop")
    ended = wait_for(lambda: "#EXT-X-ENDLIST" in streamer.get("/hls/desktop/playlist.m3u8").text(), 5, "the playlist ends")
    stage.check(ended and streamer.get(segment).status == 200, "viewers may watch to the end")
    stopped = time.monotonic()
    wait_for(lambda: streamer.get(segment).status == 404, 10, "the segment is gone")
    return Seen(f"{time.monotonic() - stopped:.1f} s after the stop, with a window of 3 s")


EXPOSURE_MAX = 2.5  # of 10, as systemd counts


@row("C16", "what the packaged unit leaves open to a service that was taken over", f"systemd's exposure level at most {EXPOSURE_MAX}")
def c16(stage):
    unit = programs.parent / "packaging/streamer-supervisor.service"
    if not shutil.which("systemd-analyze"):
        raise Skip("systemd-analyze is not installed")
    run = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", str(unit)], capture_output=True, text=True, timeout=20)
    level = re.search(r"exposure level for .*: ([0-9.]+)", run.stdout)
    if not level:
        raise Skip("systemd-analyze judges no unit offline here: " + run.stderr.strip()[:200])
    stage.check(float(level[1]) <= EXPOSURE_MAX, f"exposure {level[1]}")
    return Seen(f"exposure {level[1]} of 10")
