"""Group N: clients that are slow, hostile, many or gone, ports that are taken, addresses that vanish."""
import json
import os
import resource
import select
import signal
import socket
import statistics
import subprocess
import time

from alert_streamer import AlertStreamer
from certificates import install_pair, make_certificate, shown_certificate
from registry import Seen, Skip, row
from streamer import cpu_seconds, percentile, programs, resident_mb, wait_for

REQUEST = b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def connect(streamer, receive_bytes=None):
    connection = socket.socket()
    if receive_bytes:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    connection.settimeout(10)
    connection.connect(("127.0.0.1", streamer.port))
    return connection


def statuses(streamer, request, wanted=1, seconds=5):
    """The status lines of what comes back, until `wanted` came or the connection ends; and whether it ended."""
    with connect(streamer) as connection:
        connection.settimeout(seconds)
        text, ended = b"", False
        try:
            connection.sendall(request)
            while text.count(b"HTTP/1.1 ") < wanted:
                piece = connection.recv(1 << 20)
                if not piece:
                    ended = True
                    break
                text += piece
        except (ConnectionError, socket.timeout):
            ended = True
    return [int(part[:3]) for part in text.split(b"HTTP/1.1 ")[1:]], ended


def answers_ms(streamer, seconds):
    """How long /healthz takes meanwhile, a new connection each."""
    took, until = [], time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.monotonic()
        assert streamer.get("/healthz").status == 200
        took.append((time.monotonic() - began) * 1000)
        time.sleep(0.02)
    return took


def noise(stage):
    """An input whose segments are large."""
    path = stage.folder / "noise.mp4"
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=30,noise=alls=80:allf=t", "-t", "2", "-c:v", "libx264",
                    "-preset", "ultrafast", "-b:v", "8M", str(path)], check=True, timeout=30)
    return {"inputs": [{"type": "file", "path": str(path)}], "video": {"bitrate": 6000}}


def large_segment(stage, streamer):
    """The name of the newest segment of at least 200 kB."""
    def find():
        name = [line for line in streamer.playlist_text().splitlines() if line and line[0] != "#"][-1]
        return name if len(streamer.media(name)) >= 200_000 else None
    return wait_for(find, 15, "a segment of 200 kB")


def refused(stage, streamer, requests):
    """Each request of name -> (bytes, allowed statuses) is answered so, and the service goes on."""
    for name, (request, allowed) in requests.items():
        got, _ = statuses(streamer, request)
        stage.check(got and got[0] in allowed, f"{name}: {got}, allowed {allowed}")
    stage.check(streamer.get("/healthz").status == 200, "it answers afterwards")
    return Seen(f"{len(requests)} requests, each answered as it should")


def slow_headers(stage, count):
    streamer = stage.streamer()
    streamer.server = {"limits": {"header_timeout": 2, "connections_max": count + 100}}
    stage.live(streamer, segments=0)
    before, opened = resident_mb(streamer.process.pid), []
    try:
        for _ in range(count):
            connection = connect(streamer)
            connection.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
            opened.append(connection)
        grown = resident_mb(streamer.process.pid) - before
        began = time.monotonic()
        p99 = percentile(answers_ms(streamer, 1), 99)

        def closed():
            watcher = select.poll()
            for connection in opened:
                watcher.register(connection, select.POLLIN)
            return len(watcher.poll(0)) == count

        wait_for(closed, 10, "all are cut")
        took = time.monotonic() - began
    finally:
        for connection in opened:
            connection.close()
    stage.check_ms(p99, 50, "others waited")
    stage.check(grown * 1024 / count <= 64, f"{grown * 1024 / count:.0f} KiB each")
    return Seen(f"{count} connections cut after {took:.1f} s (limit 2 s), {grown * 1024 / count:.0f} KiB each, others p99 {p99:.0f} ms")


@row("N01", "headers that drip in, 300 connections (10 000 at full length)", "cut after the limit; others are served; at most 64 KiB each")
def n01(stage):
    return slow_headers(stage, stage.scale(300, 10_000))


@row("N02", "slow bodies, slow readers", "cut by the rule of progress; others unaffected")
def n02(stage):
    return Seen(f"{stage.gtest('test_http_server', 'Faults.N02*')} tests on the server")


@row("N03", "out of descriptors", "the reserve answers 503, accepting pauses and goes on, the loop rests")
def n03(stage):
    streamer = stage.streamer()
    stage.live(streamer, segments=0)
    pid = streamer.process.pid
    limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    used = len(os.listdir(f"/proc/{pid}/fd"))
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + 8, limits[1]))
    opened, answered = [], 0
    try:
        for _ in range(40):
            opened.append(connect(streamer))
        busy = cpu_seconds(pid)
        time.sleep(1)
        busy = cpu_seconds(pid) - busy
        for connection in opened:
            connection.settimeout(0.2)
            try:
                answered += b"503" in connection.recv(200)
            except (socket.timeout, ConnectionError):
                pass
    finally:
        for connection in opened:
            connection.close()
        resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
    stage.check(answered > 0, "nobody was told 503")
    stage.check(busy < 0.5, f"{busy:.2f} core meanwhile")
    wait_for(lambda: streamer.get("/healthz").status == 200, 3, "it accepts again")
    stage.check(streamer.status()["state"] == "healthy", "the stream goes on")
    return Seen(f"{answered} of 40 were told 503, {busy:.2f} core meanwhile, serves again")


@row("N05", "headers of 9 KiB, 1000 fields, addresses of 64 KiB, folded lines", "431, 414, 400; closed")
def n05(stage):
    streamer = stage.streamer()
    stage.live(streamer, segments=0)
    return refused(stage, streamer, {
        "9 KiB header": (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"a" * 9216 + b"\r\n\r\n", {431}),
        "1000 fields": (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"".join(b"A%d: 1\r\n" % i for i in range(1000)) + b"\r\n", {431}),
        "64 KiB address": (REQUEST % (b"/" + b"a" * 65536), {414, 431}),
        "folded line": (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\r\n b\r\n\r\n", {400}),
        "no host": (b"GET / HTTP/1.1\r\n\r\n", {400}),
        "garbage": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", {400}),
    })


@row("N06", "bodies of 2 MiB, two lengths, length and chunks", "413 or 400, closed: no smuggling")
def n06(stage):
    streamer = stage.streamer()
    stage.live(streamer, segments=0)
    head = b"PUT /api/config HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    seen = refused(stage, streamer, {
        "2 MiB": (head + b"Content-Length: 2097152\r\n\r\n", {413}),
        "two lengths": (head + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", {400}),
        "length and chunks": (head + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {400}),
        "a negative length": (head + b"Content-Length: -1\r\n\r\n", {400}),
        "a bomb of chunks": (head + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n", {400, 411, 413, 501}),
    })
    smuggled, ended = statuses(streamer, head + b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + REQUEST % b"/healthz", 2, 2)
    stage.check(len(smuggled) == 1 and ended, f"a second request in the body was answered: {smuggled}")
    return seen


@row("N07", "JSON of depth 100 000, huge numbers, keys twice", "4xx with a reason")
def n07(stage):
    streamer = stage.streamer()
    stage.live(streamer, segments=0)
    worst = 0
    for name, body in {"depth": b"[" * 30000, "number": b'{"streams": 1e999999}', "twice": b'{"log": {}, "log": {}}', "no JSON": b"\xff\xfe"}.items():
        began = time.monotonic()
        reply = streamer.get("/api/config", "PUT", body=body, headers={"Content-Type": "application/json"})
        worst = max(worst, time.monotonic() - began)
        stage.check(400 <= reply.status < 500 and reply.json().get("detail", reply.json().get("errors")), f"{name}: {reply.status}")
    stage.check(streamer.get("/healthz").status == 200, "it answers afterwards")
    return Seen(f"4 bodies refused with a reason, at most {worst * 1000:.0f} ms")


@row("N08", "paths with .., %2e%2e, %00, //, .tmp", "404 or 400")
def n08(stage):
    streamer = stage.streamer()
    stage.live(streamer, segments=0)
    paths = [b"/../etc/passwd", b"/hls/desktop/../../etc/passwd", b"/hls/desktop/%2e%2e/%2e%2e/etc/passwd", b"/hls/desktop/%00", b"/hls//desktop//",
             b"/hls/desktop/playlist.m3u8.tmp", b"/hls/desktop/..%2fplaylist.m3u8", b"/assets/../main.js", b"/%c0%ae%c0%ae/", b"/hls/desktop/\\..\\"]
    return refused(stage, streamer, {path.decode("latin1"): (REQUEST % path, {400, 404}) for path in paths})


@row("N09", "ranges: a thousand, negative, huge, beyond", "one range, the whole, or 416; bounded work")
def n09(stage):
    streamer = stage.streamer(hls={"segment_duration": 1})
    stage.live(streamer, segments=2)
    name = [line for line in streamer.playlist_text().splitlines() if line and line[0] != "#"][-1]
    worst = 0
    for header, allowed in {"bytes=0-0": {206}, "bytes=-1": {206}, "bytes=999999999999-": {416}, "bytes=5-2": {200, 416}, "lines=1-2": {200},
                            "bytes=" + ",".join(f"{i}-{i}" for i in range(1000)): {200, 206, 416, 431}, "bytes=0-18446744073709551615": {200, 206, 416}}.items():
        began = time.monotonic()
        reply = streamer.get(f"/hls/desktop/{name}", headers={"Range": header})
        worst = max(worst, time.monotonic() - began)
        stage.check(reply.status in allowed, f"{header[:40]}: {reply.status}")
    return Seen(f"7 kinds of ranges, at most {worst * 1000:.0f} ms")


@row("N10", "the segment leaves the window while it is being sent", "sent to its end")
def n10(stage):
    streamer = stage.streamer(hls={"segment_duration": 1, "window_segments": 3}, **noise(stage))
    stage.live(streamer, segments=3)
    name = large_segment(stage, streamer)
    with connect(streamer, receive_bytes=4096) as slow:
        slow.sendall(REQUEST % f"/hls/desktop/{name}".encode())
        text = slow.recv(2048)
        wait_for(lambda: name not in streamer.playlist_text(), 10, "the window has moved on")
        slow.settimeout(5)
        size = int(text.split(b"Content-Length: ")[1].split(b"\r\n")[0])
        wanted = text.index(b"\r\n\r\n") + 4 + size
        got = len(text)
        while got < wanted:
            piece = slow.recv(65536)
            if not piece:
                break
            got += len(piece)
    stage.check(got == wanted, f"{got} of {wanted} bytes")
    return Seen(f"all of its {size} bytes, read after it had left")


@row("N11", "HEAD, OPTIONS, TRACE, CONNECT, a thousand requests in one go", "right or 405; bounded")
def n11(stage):
    streamer = stage.streamer()
    stage.live(streamer, segments=0)
    seen = refused(stage, streamer, {method.decode(): (method + b" /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", allowed) for method, allowed in
                                     {b"HEAD": {200}, b"OPTIONS": {200, 204, 405}, b"TRACE": {405, 501}, b"CONNECT": {400, 405, 501}, b"BREW": {400, 405, 501}}.items()})
    got, _ = statuses(streamer, REQUEST % b"/healthz" * 1000, 1000, 10)
    stage.check(got == [200] * 1000, f"{got.count(200)} of 1000 in one go")
    return Seen(seen.text + "; 1000 in one go answered in order")


HANDSHAKE_WITHIN_S = 5


@row("N12", "TLS: garbage, a handshake that stops, renegotiation, an expired certificate on disk", f"cut within {HANDSHAKE_WITHIN_S} s; refused; the former certificate stays, and an alert tells", seconds=60)
def n12(stage):
    folder = stage.folder / "service"
    folder.mkdir()
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    install_pair(make_certificate(stage.folder), certificate, key)
    streamer = AlertStreamer(folder)
    streamer.server = {"tls": {"certificate": str(certificate), "key": str(key)}}
    streamer.trusted = str(certificate)
    streamer.start()
    stage.on_end(streamer.stop)
    first = certificate.read_text().strip()
    with connect(streamer) as garbage:
        garbage.sendall(bytes(range(256)) * 4)
        garbage.settimeout(HANDSHAKE_WITHIN_S)
        try:
            while garbage.recv(4096):
                pass
        except ConnectionError:
            pass
    hello = bytes.fromhex("16030100c8010000c40303")  # the beginning of a ClientHello
    began, stopped = time.monotonic(), [connect(streamer) for _ in range(50)]
    for connection in stopped:
        connection.sendall(hello)
    others = max(answers_ms(streamer, 1))
    for connection in stopped:
        connection.settimeout(HANDSHAKE_WITHIN_S * 2)
        stage.check(connection.recv(1) == b"", "a handshake that stopped was answered")
        connection.close()
    cut = time.monotonic() - began
    stage.check_ms(cut * 1000, HANDSHAKE_WITHIN_S * 1000, "cut late")
    again = subprocess.run(["openssl", "s_client", "-tls1_2", "-connect", f"127.0.0.1:{streamer.port}", "-CAfile", str(certificate)],
                           input="R\n", capture_output=True, text=True, timeout=15)
    stage.check("RENEGOTIATING" in again.stdout + again.stderr and "no renegotiation" in again.stdout + again.stderr, (again.stdout + again.stderr)[-300:])
    stage.check(streamer.get("/healthz").status == 200, "it does not answer afterwards")
    install_pair(make_certificate(stage.folder, "expired"), certificate, key)
    streamer.process.send_signal(signal.SIGHUP)
    wait_for(lambda: "the former certificate stays in use" in streamer.log(200), 15, "it is told")
    stage.check(shown_certificate(streamer.port) == first, "the expired certificate is shown")
    streamer.trusted = str(stage.folder / "certificate-right/certificate.pem")
    alert = wait_for(lambda: next((a for a in streamer.told()["active"] if a["rule"] == "certificate"), None), 15, "the alert")
    return Seen(f"50 handshakes cut after {cut:.1f} s, others answered within {others:.0f} ms; alert: {alert['title']}")


@row("N13", "the port is in use at the start", "says so and tries again; serves as soon as it is free")
def n13(stage):
    streamer = stage.streamer()
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", streamer.port))
        holder.listen()
        try:
            streamer.start(seconds=3)
        except AssertionError:
            pass  # it does not answer yet: that is the row
        stage.check(streamer.process.poll() is None, "it ended")
        said = wait_for(lambda: [line for line in streamer.log().splitlines() if str(streamer.port) in line and "use" in line], 3, "it says that the port is in use")
    began = time.monotonic()
    wait_for(streamer.answers, 5, "it serves")
    took = time.monotonic() - began
    return Seen(f"“{said[-1].split('] ')[-1][:90]}”; serves {took:.1f} s after the port was free", recovery_ms=took * 1000)


@row("N15", "clients that break off at any byte", "nothing is left of them")
def n15(stage):
    streamer = stage.streamer()  # nobody else watches it, or their descriptors would be counted
    streamer.start()
    streamer.wait_until_live()
    streamer.wait_for_segments(1)
    pid = streamer.process.pid
    before = len(os.listdir(f"/proc/{pid}/fd"))
    request = REQUEST % b"/api/status"
    for cut in range(len(request) + 1):
        with connect(streamer) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")  # a reset, not a farewell
            connection.sendall(request[:cut])
    wait_for(lambda: len(os.listdir(f"/proc/{pid}/fd")) <= before, 5, "all descriptors are back")
    stage.check(streamer.get("/healthz").status == 200, "it answers")
    return Seen(f"{len(request) + 1} resets, descriptors as before; {stage.gtest('test_http_server', 'Faults.N15*')} test on the server")


@row("N16", "500 viewers of one segment", "each gets it whole; p99 stated", light=False)
def n16(stage):
    streamer = stage.streamer(hls={"segment_duration": 1, "window_segments": 30}, **noise(stage))
    streamer.server = {"limits": {"connections_max": 2000}}
    stage.live(streamer, segments=2)
    name = large_segment(stage, streamer)
    size = len(streamer.media(name))
    poll, waiting, took = select.epoll(), {}, []
    began = time.monotonic()
    for _ in range(500):
        connection = connect(streamer)
        connection.sendall(REQUEST % f"/hls/desktop/{name}".encode())
        connection.setblocking(False)
        waiting[connection.fileno()] = [connection, 0, time.monotonic()]
        poll.register(connection, select.EPOLLIN)
    while waiting and time.monotonic() - began < 30:
        for descriptor, _ in poll.poll(1):
            viewer = waiting[descriptor]
            viewer[1] += len(viewer[0].recv(1 << 20))
            if viewer[1] >= size:
                took.append((time.monotonic() - viewer[2]) * 1000)
                poll.unregister(descriptor)
                viewer[0].close()
                del waiting[descriptor]
    stage.check(not waiting, f"{len(waiting)} did not get it")
    return Seen(f"{size} bytes each, p50 {statistics.median(took):.0f} ms, p99 {percentile(took, 99):.0f} ms")


@row("N17", "a reader of events that does not read", "bounded; dropped with a code")
def n17(stage):
    return Seen(f"{stage.gtest('test_http_server', 'Events.a_slow_consumer*')} test on the server")


VANISHED_WITHIN_S = 30  # TCP_USER_TIMEOUT and the keepalive of a session


def namespace(stage, suffix):
    """A network of this row's own; a function that runs a program in it."""
    stage.need_root("a network namespace")
    name = f"streamer-{suffix}{os.getpid()}"
    if subprocess.run(["ip", "netns", "add", name], capture_output=True).returncode:
        raise Skip("no network namespaces here")
    stage.on_end(lambda: subprocess.run(["ip", "netns", "delete", name], capture_output=True))

    def inside(*command, **options):
        return subprocess.run(["ip", "netns", "exec", name, *command], capture_output=True, text=True, timeout=10, **options)

    inside.name = name
    return inside


def set_up(inside, *commands):
    for command in commands:
        done = inside("ip", *command.split())
        if done.returncode:
            raise Skip(f"ip {command}: {done.stderr.strip()}")


def start_inside(stage, inside, addresses):
    """A service in that network."""
    streamer = stage.streamer()
    streamer.server = {"listen": [f"{address}:8080" for address in addresses], "insecure_lan": True}
    streamer.config_path.write_text(json.dumps(streamer.config()))
    for folder in ("run", "state"):
        (streamer.folder / folder).mkdir(mode=0o700, exist_ok=True)
    with open(streamer.log_path, "ab") as log:
        streamer.process = subprocess.Popen(["ip", "netns", "exec", inside.name, str(programs / "streamer-supervisor"), "run", "--config", str(streamer.config_path)],
                                            stdout=log, stderr=log, env=streamer.environment)
    wait_for(lambda: serves(inside, addresses[0]), 10, "it serves")
    return streamer


def serves(inside, address):
    return inside("curl", "-sf", "-m", "1", "-o", "/dev/null", f"http://{address}:8080/healthz").returncode == 0


VIEWERS = """
import socket, sys, time
kept = []
for request in (b"", b"GET /healthz HTTP/1.1\\r\\nHost: 192.0.2.1:8080\\r\\n\\r\\n", b"GET /api/events HTTP/1.1\\r\\nHost: 192.0.2.1:8080\\r\\n\\r\\n"):
    for _ in range(10):
        kept.append(socket.create_connection(("192.0.2.1", 8080), timeout=5))
        kept[-1].sendall(request)
print("connected", flush=True)
time.sleep(120)
"""


@row("N04", "30 clients vanish without a word: idle, answered, reading events", f"freed within {VANISHED_WITHIN_S} s", light=False, seconds=90)
def n04(stage):
    service, viewers = namespace(stage, "s"), namespace(stage, "v")
    set_up(service, "link set lo up", f"link add wire type veth peer name wire netns {viewers.name}", "addr add 192.0.2.1/24 dev wire", "link set wire up")
    set_up(viewers, "addr add 192.0.2.2/24 dev wire", "link set wire up")
    streamer = start_inside(stage, service, ["192.0.2.1", "127.0.0.1"])
    # Connections that wait for a first request have a limit of their own; here the vanishing is to be noticed.
    client = subprocess.Popen(["ip", "netns", "exec", viewers.name, "python3", "-c", VIEWERS], stdout=subprocess.PIPE, text=True)
    stage.on_end(lambda: (client.kill(), client.wait()))

    def held():
        return len(service("ss", "-Htn", "state", "established", "src", "192.0.2.1").stdout.splitlines())

    stage.check(client.stdout.readline().strip() == "connected", "the clients did not connect")
    before = held()
    stage.check(before >= 20, f"only {before} connections")
    set_up(viewers, "link set wire down")
    began = time.monotonic()
    wait_for(lambda: held() == 0, VANISHED_WITHIN_S * 2, "all connections are freed", every=0.2)
    took = time.monotonic() - began
    stage.check_ms(took * 1000, VANISHED_WITHIN_S * 1000, "freed late")
    stage.check(serves(service, "127.0.0.1"), "it does not serve others")
    return Seen(f"{before} connections freed after {took:.1f} s", recovery_ms=took * 1000)


@row("N14", "the address of a listener vanishes and comes back", "served again; the other address never stops", light=False)
def n14(stage):
    inside = namespace(stage, "a")
    set_up(inside, "link set lo up", "addr add 192.0.2.7/24 dev lo")
    start_inside(stage, inside, ["192.0.2.7", "127.0.0.1"])
    inside("ip", "addr", "del", "192.0.2.7/24", "dev", "lo")
    stage.check(not serves(inside, "192.0.2.7"), "the address is still there")
    stage.check(serves(inside, "127.0.0.1"), "the other listener stopped")
    time.sleep(1)
    inside("ip", "addr", "add", "192.0.2.7/24", "dev", "lo")
    began = time.monotonic()
    wait_for(lambda: serves(inside, "192.0.2.7"), 10, "it serves again")
    return Seen(f"served again {time.monotonic() - began:.1f} s after the address was back; the other listener went on")


@row("N18", "the API while a worker starts, hangs, crashes, cannot be reaped, is waited for, blocked, paused, stopped", "an answer within 50 ms at p99 in each", seconds=90)
def n18(stage):
    lives = "slow_first,real,real,exit_1,exit_78"
    streamer = stage.worker(stage.streamer(restart={"restart_delay": 0.6, "backoff_max": 0.6, "stable_after": 60}, timers={"kill": 0.5}), lives)
    streamer.start()
    watch = stage.watch_only(streamer)
    reached = {}

    def until(name, holds, seconds=15):
        began = time.time()
        watch.wait(lambda sample: holds(sample.status), seconds, name, after=began)
        time.sleep(0.5)
        reached[name] = [s.answered - s.at for s in watch.operator.samples if s.at >= began]

    def live(status):
        return status["on_air"] == "picture" and status["state"] in ("healthy", "degraded")

    until("start", live)
    hung = streamer.status()["worker_pid"]
    os.kill(hung, signal.SIGSTOP)
    until("hang", lambda status: live(status) and status["worker_pid"] != hung)
    let_go = stage.tools.ptrace_zombie(stage, streamer.status()["worker_pid"])
    os.kill(streamer.status()["worker_pid"], signal.SIGKILL)
    until("not to be reaped", lambda status: status["generation"] >= 3 and live(status))
    let_go()
    streamer.post("/api/streams/desktop/pause")
    until("pause", lambda status: status["state"] == "paused")
    streamer.post("/api/streams/desktop/resume")
    until("resume", live)
    os.kill(streamer.status()["worker_pid"], signal.SIGSEGV)
    until("wait", lambda status: status["state"] == "backoff")
    until("blocked", lambda status: status["state"] == "blocked")
    streamer.post("/api/streams/desktop/stop")
    until("stop", lambda status: status["state"] == "stopped")
    for name, took in reached.items():
        stage.check_ms(percentile(took, 99) * 1000, 50, f"the API in: {name}")
    worst = max(reached, key=lambda name: percentile(reached[name], 99))
    stage.check(not watch.operator.unanswered, f"not answered: {watch.operator.unanswered[:2]}")
    return Seen(f"{sum(map(len, reached.values()))} answers in {len(reached)} states, the slowest p99 {percentile(reached[worst], 99) * 1000:.0f} ms ({worst})")
