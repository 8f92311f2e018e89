"""Start, stop and restart by the API; a clean end; a second instance."""
import json
import signal
import socket
import subprocess
import time

from streamer import SystemTest, children_of, is_alive, programs, wait_for


class Control(SystemTest):
    def test_stop_ends_the_worker_and_start_brings_the_stream_back(self):
        streamer = self.streamer()
        before = streamer.wait_until_live()
        reply = streamer.post("/api/streams/desktop/stop")
        self.assertEqual(reply.status, 202, reply.text())
        stopped = wait_for(lambda: (lambda s: s["state"] == "stopped" and s)(streamer.status()), 8, "stopped")
        self.assertEqual(stopped["desired"], "down")
        self.assertFalse(is_alive(before["worker_pid"]))
        time.sleep(1)
        self.assertEqual(streamer.status()["worker_pid"], 0, "nothing is started while it is wanted down")
        self.assertEqual(streamer.health().status, 200, "a stream that nobody wants is no failure")

        self.assertEqual(streamer.post("/api/streams/desktop/start").status, 202)
        after = streamer.wait_until_live()
        self.assertGreater(after["generation"], before["generation"])
        self.assertGreaterEqual(after["media_sequence"], before["media_sequence"])
        self.assertFalse(streamer.playlist().ended)

    def test_restart_replaces_the_worker_without_charging_a_failure(self):
        streamer = self.streamer()
        before = streamer.wait_until_live()
        self.assertEqual(streamer.post("/api/streams/desktop/restart").status, 202)
        after = streamer.wait_until_live(10, before["generation"])
        self.assertNotEqual(after["worker_pid"], before["worker_pid"])
        self.assertFalse(streamer.playlist().ended)
        self.assertNotIn("#EXT-X-DISCONTINUITY\n", streamer.playlist_text())

    def test_the_seed_s_addresses_stop_and_start_everything(self):
        streamer = self.streamer()
        streamer.wait_until_live()
        self.assertEqual(streamer.post("/api/stop").status, 202)
        wait_for(lambda: streamer.status()["state"] == "stopped", 8, "stopped")
        self.assertEqual(streamer.post("/api/start").status, 202)
        streamer.wait_until_live()

    def test_a_foreign_page_cannot_stop_the_stream(self):
        streamer = self.streamer()
        streamer.wait_until_live()
        reply = streamer.get("/api/streams/desktop/stop", method="POST", body=b"", headers={"Origin": "http://evil.example"})
        self.assertEqual(reply.status, 403, reply.text())
        self.assertEqual(streamer.status()["desired"], "up")
        self.assertEqual(streamer.get("/api/streams/desktop/stop").status, 405, "GET changes nothing")
        self.assertEqual(streamer.post("/api/streams/nobody/stop").status, 404)

    def test_sigterm_and_sigint_end_everything(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            streamer = self.streamer()
            streamer.wait_until_live()
            children = children_of(streamer.process.pid)
            self.assertTrue(children)
            started = time.monotonic()
            streamer.process.send_signal(number)
            self.assertEqual(streamer.process.wait(10), 0, streamer.log())
            self.assertLess(time.monotonic() - started, 6.5)
            self.assertEqual([pid for pid in children if is_alive(pid)], [])

    def test_a_supervisor_that_is_killed_takes_its_worker_with_it(self):
        streamer = self.streamer()
        worker = streamer.wait_until_live()["worker_pid"]
        streamer.process.kill()
        streamer.process.wait()
        wait_for(lambda: not is_alive(worker), 3, "the worker ended at the end of its input")

    def test_the_pages_and_the_events(self):
        streamer = self.streamer()
        streamer.wait_until_live()
        page = streamer.get("/")
        self.assertEqual(page.status, 200)
        self.assertIn("text/html", page.headers["Content-Type"])
        for path in ("/api/status", "/api/health", "/metrics", "/healthz"):
            self.assertEqual(streamer.get(path).status, 200, path)
        health = streamer.health().json()
        for key in ("monitoring_active", "total_errors", "recent_errors", "current_state", "stream_active", "restart_count", "last_error",
                    "uptime_minutes", "mediamtx_running", "streams"):
            self.assertIn(key, health)
        self.assertEqual(health["current_state"], "PLAYING")
        import urllib.request
        with urllib.request.urlopen(streamer.url("/api/events"), timeout=10) as events:
            self.assertIn("text/event-stream", events.headers["Content-Type"])
            line = events.readline()
            self.assertTrue(line.startswith((b"event:", b"data:", b":", b"id:", b"retry:")), line)

    def test_metrics_are_valid_for_prometheus(self):
        import shutil
        if not shutil.which("promtool"):
            self.skipTest("promtool is not installed")
        streamer = self.streamer()
        streamer.wait_until_live()
        run = subprocess.run(["promtool", "check", "metrics"], input=streamer.get("/metrics").body, capture_output=True, timeout=30)
        self.assertEqual((run.returncode, run.stdout + run.stderr), (0, b""))

    def test_a_taken_port_is_named_and_taken_over_when_it_is_free(self):
        with socket.socket() as squatter:
            squatter.bind(("127.0.0.1", 0))
            squatter.listen()
            second = self.streamer(start=False)
            second.port = squatter.getsockname()[1]
            second.config_path.write_text(json.dumps(second.config()))
            with open(second.log_path, "wb") as log:
                second.process = subprocess.Popen([str(programs / "streamer-supervisor"), "--config", str(second.config_path)], stdout=log, stderr=log)
            wait_for(lambda: str(second.port) in second.log() and "in use" in second.log(), 5, "the log names the port and why")
            self.assertIsNone(second.process.poll(), "it goes on trying")
        wait_for(second.answers, 5, "it listens as soon as the port is free")

    def test_version_and_help(self):
        for program in ("streamer-supervisor", "streamer-worker"):
            for option in ("--help", "--version"):
                run = subprocess.run([str(programs / program), option], capture_output=True, text=True, timeout=10)
                self.assertEqual(run.returncode, 0, run.stderr)
                self.assertTrue(run.stdout.strip())

    def test_the_probe_lists_monitors_and_encoders(self):
        desktop = self.desktop()
        for what in ("monitors", "encoders"):
            run = subprocess.run([str(programs / "streamer-worker"), "probe", what], capture_output=True, text=True, timeout=20, env=desktop.environment())
            self.assertEqual(run.returncode, 0, run.stderr)
            answer = json.loads(run.stdout)
            self.assertIn("DUMMY1" if what == "monitors" else "libx264", json.dumps(answer))
