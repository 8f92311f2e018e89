"""Credentials: made by the command line, put into the configuration, asked for by the running service."""
import base64
import json
import os
import shutil
import socket
import subprocess
import time
import unittest

from streamer import SystemTest, programs, wait_for

supervisor = str(programs / "streamer-supervisor")


def make(kind, name, role, password=None):
    """(what to send, entry for the configuration) of `streamer-supervisor passwd|token`."""
    run = subprocess.run([supervisor, kind, name, "--role", role], input=password, capture_output=True, text=True, timeout=20)
    if run.returncode:
        raise AssertionError(f"{kind}: {run.returncode} {run.stderr}")
    lines = run.stdout.splitlines()
    return (password or lines[0]), json.loads(lines[-1])


def run_cli(*arguments, **environment):
    return subprocess.run([supervisor, *arguments], capture_output=True, text=True, timeout=30, env={**os.environ, **environment})


class Auth(SystemTest):
    @classmethod
    def setUpClass(cls):
        cls.operator_token, operator_token = make("token", "admin", "operator")
        cls.viewer_token, viewer_token = make("token", "bot", "viewer")
        cls.password, otto = make("passwd", "otto", "operator", "otto's long password")
        _, vera = make("passwd", "vera", "viewer", "vera's long password")
        cls.auth = {"users": [otto, vera], "tokens": [operator_token, viewer_token]}

    def guarded(self, **auth):
        streamer = self.streamer(start=False)
        streamer.server = {"auth": {**self.auth, **auth}}
        plain = streamer.get
        streamer.plain = plain  # without credentials

        def get(path, method="GET", headers=None, body=None, timeout=15):
            return plain(path, method, {"Authorization": "Bearer " + self.operator_token, **(headers or {})}, body, timeout)

        streamer.get = get
        streamer.start()
        streamer.wait_until_live()
        return streamer

    def login(self, streamer, name, password):
        body = json.dumps({"username": name, "password": password}).encode()
        return streamer.plain("/api/login", "POST", {"Content-Type": "application/json"}, body, 45)  # a busy machine

    def test_the_service_asks_for_credentials_and_knows_them(self):
        streamer = self.guarded()
        for path in ("/api/status", "/api/health", "/metrics", "/api/config", "/api/events", "/hls/desktop/playlist.m3u8"):
            refused = streamer.plain(path)
            self.assertEqual(refused.status, 401, path)
            self.assertIn("WWW-Authenticate", refused.headers)
            self.assertEqual(refused.headers["Content-Type"], "application/problem+json")
        for path in ("/healthz", "/", "/api/session"):
            self.assertEqual(streamer.plain(path).status, 200, path)

        reply = self.login(streamer, "vera", "vera's long password")
        self.assertEqual(reply.status, 204, reply.text())
        cookie = {"Cookie": reply.headers["Set-Cookie"].split(";")[0]}
        self.assertEqual(streamer.plain("/api/status", headers=cookie).status, 200)
        refused = streamer.plain("/api/streams/desktop/restart", "POST", cookie)
        self.assertEqual(refused.status, 403)
        self.assertIn("operator", refused.json()["detail"])
        self.assertEqual(streamer.plain("/api/session", headers=cookie).json(),
                         {"auth_required": True, "authenticated": True, "username": "vera", "role": "viewer"})

        # The same session at the successor of a supervisor that was killed.
        streamer.process.kill()
        streamer.process.wait()
        streamer.start()
        self.assertEqual(streamer.plain("/api/status", headers=cookie).status, 200, "nobody is logged out by a crash")
        self.assertEqual(streamer.plain("/api/logout", "POST", cookie).status, 204)
        self.assertEqual(streamer.plain("/api/status", headers=cookie).status, 401)

        # No secret of this test is in any output or file of the service.
        shown = streamer.get("/api/config").text() + streamer.get("/api/status").text() + streamer.get("/api/logs").text() + streamer.log(10_000)
        kept = b"".join(path.read_bytes() for path in (streamer.folder / "state").rglob("*") if path.is_file())
        for secret in (self.password, self.operator_token, "vera's long password", self.auth["users"][0]["password_hash"],
                       self.auth["tokens"][0]["token_hash"]):
            self.assertNotIn(secret, shown)
            self.assertNotIn(secret.encode(), kept)

    def test_players_open_a_protected_stream(self):
        streamer = self.guarded()
        streamer.wait_for_segments(2)
        address = f"http://vera:vera%27s%20long%20password@127.0.0.1:{streamer.port}/hls/desktop/playlist.m3u8"
        for url in (address, f"http://token:{self.viewer_token}@127.0.0.1:{streamer.port}/hls/desktop/playlist.m3u8"):
            run = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v", "-read_intervals", "%+1", "-show_entries",
                                  "packet=pts_time", "-of", "csv=p=0", url], capture_output=True, text=True, timeout=30)
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertGreater(len(run.stdout.split()), 10)
        self.assertIn("private", streamer.get("/hls/desktop/" + streamer.playlist().whole()[0].uri).headers["Cache-Control"])

    @unittest.skipUnless(shutil.which("cvlc"), "VLC is not installed")
    def test_vlc_opens_a_protected_stream(self):
        streamer = self.guarded()
        streamer.wait_for_segments(2)
        recording = streamer.folder / "vlc.ts"
        streamer.folder.chmod(0o777)
        command = ["cvlc", "-q", "--no-audio", f"http://vera:vera%27s%20long%20password@127.0.0.1:{streamer.port}/hls/desktop/playlist.m3u8",
                   f"--sout=#std{{access=file,mux=ts,dst={recording}}}", "vlc://quit"]
        user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
        with open(streamer.folder / "vlc.log", "wb") as log:
            player = subprocess.Popen(user + command, stdout=log, stderr=log, env={**os.environ, "HOME": str(streamer.folder), "DISPLAY": ""})
        try:
            wait_for(lambda: recording.exists() and recording.stat().st_size > 50_000, 20, "VLC records")
        finally:
            player.kill()
            player.wait()

    def test_public_media_and_a_reload(self):
        streamer = self.guarded(public_media=True)
        self.assertEqual(streamer.plain("/hls/desktop/playlist.m3u8").status, 200)
        self.assertEqual(streamer.plain("/api/status").status, 401)
        worker = streamer.status()["worker_pid"]
        streamer.server["auth"]["public_media"] = False
        streamer.config_path.write_text(json.dumps(streamer.config()))
        reply = streamer.post("/api/config/reload")
        self.assertEqual(reply.status, 200, reply.text())
        self.assertEqual(reply.json()["applied"], ["server.auth.public_media: true -> false"])
        self.assertEqual(streamer.plain("/hls/desktop/playlist.m3u8").status, 401)
        self.assertEqual(streamer.status()["worker_pid"], worker, "nothing was restarted")

    def test_the_self_probe_sees_a_protected_stream(self):
        streamer = self.guarded()

        def probed():
            probe = streamer.get("/api/health/detailed").json().get("self_probe") or {}
            return (probe.get("streams") or {}).get("desktop")

        self.assertEqual(wait_for(probed, 15, "it has looked")["error"], "")

    def test_guessing_is_slowed_down_and_costs_little(self):
        streamer = self.guarded(login_attempts=3, login_delay=30, login_delay_max=60)
        answers = [self.login(streamer, "otto", f"guess number {i}").status for i in range(50)]
        self.assertEqual(answers[:3], [401] * 3)
        self.assertEqual(set(answers[3:]), {429})
        refused = self.login(streamer, "otto", self.password)
        self.assertEqual(refused.status, 429)
        self.assertIn(int(refused.headers["Retry-After"]), range(1, 31))
        self.assertEqual(streamer.get("/api/status").status, 200, "who has credentials is served")

    def test_comparing_passwords_does_not_hold_up_the_stream(self):
        streamer = self.guarded(login_attempts=20)
        connections = []
        for i in range(15):
            body = json.dumps({"username": "otto", "password": f"guess number {i}"})
            connection = socket.create_connection(("127.0.0.1", streamer.port))
            connection.sendall(f"POST /api/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
            connections.append(connection)
        slowest = 0
        for _ in range(20):
            began = time.monotonic()
            self.assertEqual(streamer.plain("/healthz").status, 200)
            slowest = max(slowest, time.monotonic() - began)
        for connection in connections:
            self.assertIn(connection.recv(100)[9:12], (b"401", b"429", b"503", b"504"))  # 504: a machine too busy to compare 15 in 40 s
            connection.close()
        print(f"slowest answer while 15 passwords are compared: {slowest * 1000:.1f} ms")
        self.assertLess(slowest, 0.2, "one hash takes as long")

    def test_the_commands_take_a_token(self):
        streamer = self.guarded()
        url = ("--url", streamer.url(""))
        refused = run_cli("status", *url)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("DESKTOP_STREAMER_TOKEN", refused.stderr)
        secret = streamer.folder / "token"
        secret.write_text(self.viewer_token + "\n")
        for arguments, environment in ((("--token", self.viewer_token), {}), (("--token-file", str(secret)), {}),
                                       ((), {"DESKTOP_STREAMER_TOKEN": self.viewer_token})):
            run = run_cli("status", *url, *arguments, **environment)
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertIn("desktop", run.stdout)
        self.assertEqual(run_cli("restart", *url, "--token", self.viewer_token).returncode, 77, "not allowed")
        self.assertEqual(run_cli("restart", *url, "--token", self.operator_token).returncode, 0)
        self.assertEqual(run_cli("status", *url, "--token-file", "/nonexistent").returncode, 64)

    def test_credentials_that_nobody_should_have_are_not_made(self):
        for arguments, password in ((("passwd", "otto"), "short\n"), (("passwd", "ot to"), "long enough\n"), (("token", ""), ""),
                                    (("token", "bot", "--role", "root"), "")):
            run = subprocess.run([supervisor, *arguments], input=password, capture_output=True, text=True, timeout=20)
            self.assertEqual((run.returncode, run.stdout), (64, ""), arguments)
            self.assertTrue(run.stderr)

    def test_basic_may_only_look(self):
        streamer = self.guarded()
        basic = {"Authorization": "Basic " + base64.b64encode(f"otto:{self.password}".encode()).decode()}
        self.assertEqual(streamer.plain("/api/status", headers=basic).status, 200)
        self.assertEqual(streamer.plain("/api/stop", "POST", basic).status, 401)
        self.assertEqual(streamer.status()["desired"], "up")
