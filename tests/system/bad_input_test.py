"""Wrong settings and wrong requests get an error that names the place, the rule and the fix; what can go on goes on."""
import json
import os
import pathlib
import socket
import subprocess

from streamer import SystemTest, free_port, programs


class Configuration(SystemTest):
    def check(self, text=None, path=None, command="check", user=None):
        path = path or self.folder / "config.json"
        if text is not None:
            path.write_text(text)
        arguments = [str(programs / "streamer-supervisor"), command, "--config", str(path)]
        if user:
            arguments = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *arguments]
        run = subprocess.run(arguments, capture_output=True, text=True, timeout=15)
        return run.returncode, run.stdout + run.stderr

    def test_a_good_file_passes(self):
        code, said = self.check('{ // comment\n "streams": [ {"name": "desktop"} ] }\n')
        self.assertEqual(code, 0, said)

    def test_the_file_of_the_first_seed_passes(self):
        code, said = self.check(json.dumps({"fps": 30, "width": 1920, "height": 1080, "bitrate": 5000, "keyframe_interval": 2,
                                            "segment_duration": 2, "output_dir": str(self.folder / "hls"), "max_restarts": 10,
                                            "restart_delay": 5, "max_errors": 5, "error_window": 300}))
        self.assertEqual(code, 0, said)

    def test_a_misspelt_key_gets_its_line_and_the_right_word(self):
        code, said = self.check('{\n "streams": [ {\n  "name": "desktop",\n  "vidoe": {}\n } ]\n}\n')
        self.assertEqual(code, 78, said)
        self.assertIn("config.json:4", said)
        self.assertIn("/streams/0/vidoe", said)
        self.assertIn("video", said.replace("vidoe", ""))

    def test_a_value_out_of_range_gets_its_pointer_and_the_range(self):
        code, said = self.check('{"streams": [ {"name": "desktop", "video": {"fps": 1000}} ]}')
        self.assertEqual(code, 78, said)
        self.assertIn("/streams/0/video/fps", said)
        self.assertIn("120", said)

    def test_broken_json_gets_its_line(self):
        code, said = self.check('{\n "streams": [\n')
        self.assertEqual(code, 78, said)
        self.assertIn("config.json:", said)

    def test_a_missing_file_is_named(self):
        for command in ("check", "run"):
            code, said = self.check(path=self.folder / "nowhere.json", command=command)
            self.assertIn(code, (66, 77, 78), said)
            self.assertIn("nowhere.json", said)

    def test_a_file_that_may_not_be_read_is_a_matter_of_permission(self):
        path = self.folder / "secret.json"
        path.write_text("{}")
        path.chmod(0o600)
        if os.geteuid():
            self.skipTest("needs root, to become somebody else")
        # The programs must be reachable for that user.
        if subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", str(programs / "streamer-supervisor"), "--version"],
                          capture_output=True).returncode:
            self.skipTest("another user cannot reach the programs in this folder")
        for parent in self.folder.parents:
            if parent == pathlib.Path("/"):
                break
            if not parent.stat().st_mode & 0o001:
                self.skipTest("another user cannot reach the folder of this test")
        code, said = self.check(path=path, user=65534)
        self.assertIn(code, (77, 78), said)
        self.assertIn("secret.json", said)
        self.assertIn("may not", said)

    def test_a_listener_for_everybody_needs_to_be_wanted(self):
        text = '{"server": {"listen": ["0.0.0.0:%d"]%s}, "streams": [ {"name": "desktop"} ]}'
        code, said = self.check(text % (free_port(), ""))
        self.assertEqual(code, 78, said)
        self.assertIn("insecure_lan", said)
        code, said = self.check(text % (free_port(), ', "insecure_lan": true'))
        self.assertEqual(code, 0, said)

    def test_an_unknown_option_is_a_matter_of_usage(self):
        run = subprocess.run([str(programs / "streamer-supervisor"), "--no-such-option"], capture_output=True, text=True, timeout=10)
        self.assertEqual(run.returncode, 64, run.stderr)


class Requests(SystemTest):
    def raw(self, streamer, request, wait=3):
        with socket.create_connection(("127.0.0.1", streamer.port), timeout=wait) as connection:
            connection.sendall(request)
            answer = b""
            try:
                while b"\r\n\r\n" not in answer:
                    piece = connection.recv(65536)
                    if not piece:
                        break
                    answer += piece
            except (TimeoutError, ConnectionResetError):
                pass
        return int(answer.split()[1]) if answer.startswith(b"HTTP/") else answer

    def test_requests_that_are_wrong_are_refused_and_the_stream_goes_on(self):
        streamer = self.streamer()
        streamer.wait_until_live()
        host = b"Host: 127.0.0.1:%d\r\n" % streamer.port
        cases = [
            ("an unknown path", b"GET /nothing HTTP/1.1\r\n" + host + b"\r\n", {404}),
            ("a stream that is not there", b"GET /hls/nobody/playlist.m3u8 HTTP/1.1\r\n" + host + b"\r\n", {404}),
            ("a segment that is not there", b"GET /hls/desktop/seg-0-999.m4s HTTP/1.1\r\n" + host + b"\r\n", {404}),
            ("a way out of the folder", b"GET /hls/desktop/../../etc/passwd HTTP/1.1\r\n" + host + b"\r\n", {400, 404}),
            ("an encoded way out", b"GET /hls/desktop/%2e%2e%2f%2e%2e%2fetc%2fpasswd HTTP/1.1\r\n" + host + b"\r\n", {400, 404}),
            ("a zero byte", b"GET /hls/desktop/%00 HTTP/1.1\r\n" + host + b"\r\n", {400, 404}),
            ("an unknown method", b"BREW / HTTP/1.1\r\n" + host + b"\r\n", {400, 405, 501}),
            ("headers too long", b"GET / HTTP/1.1\r\n" + host + b"X-Long: " + b"x" * 70_000 + b"\r\n\r\n", {400, 431}),
            ("a target too long", b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n" + host + b"\r\n", {400, 414, 431}),
            ("no request at all", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 64 + b"\r\n\r\n", {400, b""}),
            ("a body too long", b"POST /api/start HTTP/1.1\r\n" + host + b"Content-Length: 99999999999\r\n\r\n", {400, 413}),
            ("two lengths", b"POST /api/start HTTP/1.1\r\n" + host + b"Content-Length: 0\r\nContent-Length: 5\r\n\r\nabcde", {400}),
            ("a part far in the future", b"GET /hls/desktop/playlist.m3u8?_HLS_msn=999999 HTTP/1.1\r\n" + host + b"\r\n", {400}),
            ("a part without its segment", b"GET /hls/desktop/playlist.m3u8?_HLS_part=1 HTTP/1.1\r\n" + host + b"\r\n", {400}),
            ("a number that is none", b"GET /hls/desktop/playlist.m3u8?_HLS_msn=abc HTTP/1.1\r\n" + host + b"\r\n", {400}),
        ]
        for what, request, allowed in cases:
            with self.subTest(what):
                self.assertIn(self.raw(streamer, request), allowed)
        self.assertEqual(streamer.status()["on_air"], "picture")
        self.assertEqual(streamer.status()["restart_count"], 0)

    def test_an_error_is_a_problem_document(self):
        streamer = self.streamer()
        reply = streamer.get("/api/nothing")
        self.assertEqual(reply.status, 404)
        self.assertIn("application/problem+json", reply.headers["Content-Type"])
        self.assertEqual(reply.json()["status"], 404)

    def test_clients_that_never_finish_their_request_cost_nothing_to_others(self):
        streamer = self.streamer()
        streamer.wait_until_live()
        slow = [socket.create_connection(("127.0.0.1", streamer.port)) for _ in range(50)]
        try:
            for connection in slow:
                connection.sendall(b"GET / HTTP/1.1\r\nHost:")
            self.assertTrue(streamer.answers())
            self.assertIn("#EXTM3U", streamer.playlist_text())
        finally:
            for connection in slow:
                connection.close()
