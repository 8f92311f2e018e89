"""The configuration over the API: read, checked, written, applied; and never lost."""
import json
import os
import signal
import subprocess
import unittest

from streamer import SystemTest, programs, wait_for

JSON = {"Content-Type": "application/json"}


class ConfigApi(SystemTest):
    def put(self, streamer, document, query="", **headers):
        body = document if isinstance(document, str) else json.dumps(document, indent=1)
        return streamer.get("/api/config" + query, "PUT", {**JSON, **headers}, body.encode())

    def running(self, **server):
        streamer = self.streamer(start=False)
        streamer.server = server
        streamer.start()
        streamer.wait_until_live()
        return streamer

    def test_a_change_is_written_and_applied_without_a_restart_where_that_is_possible(self):
        streamer = self.running()
        shown = streamer.get("/api/config").json()
        self.assertEqual((shown["path"], shown["error"], shown["writable"]), (str(streamer.config_path), "", True))
        before = streamer.config_path.read_text()
        generation = streamer.status()["generation"]

        config = shown["config"]
        config["streams"][0]["video"]["bitrate"] = 900
        config["streams"][0]["hls"]["window_segments"] = 12
        dry = self.put(streamer, config, "?dry_run=true")
        self.assertEqual(dry.status, 200, dry.text())
        self.assertEqual(streamer.config_path.read_text(), before, "a dry run writes nothing")

        reply = self.put(streamer, config, **{"If-Match": f'"{shown["revision"]}"'})
        self.assertEqual(reply.status, 200, reply.text())
        self.assertEqual(reply.json(), dry.json())
        self.assertEqual(reply.json()["applied"], ["desktop: video.bitrate: 1500 -> 900"])
        self.assertEqual(reply.json()["needs_restart"], ["desktop: hls.window_segments: 10 -> 12"])
        self.assertEqual(json.loads(streamer.config_path.read_text())["streams"][0]["video"]["bitrate"], 900)
        self.assertEqual((streamer.folder / "config.json.last_good").read_text(), before)
        streamer.wait_until_live(10, generation)
        self.assertNotIn("#EXT-X-DISCONTINUITY\n", streamer.playlist_text())

        after = streamer.get("/api/config").json()
        self.assertEqual(after["revision"], reply.json()["revision"])
        self.assertEqual(after["config"]["streams"][0]["hls"]["window_segments"], 12)
        stale = self.put(streamer, config, **{"If-Match": f'"{shown["revision"]}"'})
        self.assertEqual(stale.status, 412, stale.text())
        # What waits for a restart still waits, and is told again.
        self.assertEqual(streamer.post("/api/config/reload").json()["needs_restart"], ["desktop: hls.window_segments: 10 -> 12"])

    def test_every_error_is_told_with_its_place_and_nothing_changes(self):
        streamer = self.running()
        before = streamer.config_path.read_bytes()
        wrong = '{"streams": [{"name": "desktop",\n"video": {"fps": 0,\n"colour": 1}}]}'
        reply = self.put(streamer, wrong)
        self.assertEqual(reply.status, 422, reply.text())
        self.assertEqual(reply.headers["Content-Type"], "application/problem+json")
        errors = reply.json()["errors"]
        self.assertEqual([(e["place"], e["pointer"]) for e in errors], [("line 2", "/streams/0/video/fps"), ("line 3", "/streams/0/video/colour")])
        self.assertEqual((errors[0]["problem"], errors[0]["allowed"]), ("is 0", "a whole number from 1 to 120"))
        self.assertTrue(errors[1]["problem"].startswith("unknown key"))
        self.assertEqual(self.put(streamer, "{").json()["errors"][0]["place"], "line 1")
        self.assertEqual(streamer.get("/api/config", "PUT", {"Content-Type": "text/plain"}, b"{}").status, 415)
        self.assertEqual(self.put(streamer, "{}", Origin="http://evil.example").status, 403)
        self.assertEqual(self.put(streamer, "{}", "?dry_run=maybe").status, 400)
        self.assertEqual(self.put(streamer, "x" * 70_000).status, 413)
        self.assertEqual(streamer.config_path.read_bytes(), before)
        self.assertFalse((streamer.folder / "config.json.last_good").exists())

    def test_secrets_are_hidden_and_kept_and_comments_too(self):
        streamer = self.streamer(start=False)
        document = {**streamer.config(), "alerts": {"email_alerts": {"password": "mail secret"}}}
        plain = streamer.config
        streamer.config = lambda: {**plain(), "alerts": document["alerts"]}
        streamer.start()
        shown = streamer.get("/api/config")
        self.assertNotIn("mail secret", shown.text())
        self.assertEqual(shown.json()["config"]["alerts"]["email_alerts"]["password"], "(secret)")
        document["alerts"]["email_alerts"] = {"password": "(secret)", "username": "me"}
        reply = self.put(streamer, "// ours\n" + json.dumps(document))
        self.assertEqual(reply.status, 200, reply.text())
        self.assertNotIn("mail secret", reply.text())
        written = streamer.config_path.read_text()
        self.assertTrue(written.startswith("// ours\n"))
        self.assertEqual(json.loads(written.partition("\n")[2])["alerts"]["email_alerts"], {"password": "mail secret", "username": "me"})
        self.assertNotIn("mail secret", streamer.log(10_000))

    def edit(self, streamer, *changes, query="", **headers):
        body = json.dumps({"changes": changes}).encode()
        return streamer.get("/api/streams/desktop/inputs" + query, "PATCH", {**JSON, **headers}, body)

    def test_inputs_are_edited_while_the_stream_runs(self):
        streamer = self.running()
        before = streamer.wait_until_live()
        file_before = json.loads(streamer.config_path.read_text())
        add = {"op": "add", "input": {"type": "slate", "text": "Back soon"}}
        dry = self.edit(streamer, add, query="?dry_run=true")
        self.assertEqual(dry.status, 200, dry.text())
        self.assertEqual(json.loads(streamer.config_path.read_text()), file_before, "a dry run writes nothing")

        camera = {"type": "url", "url": "rtsp://ann:hunter22@127.0.0.1:9/1", "options": {"rtsp_transport": "tcp"}}
        reply = self.edit(streamer, add, {"op": "add", "priority": 1, "input": camera})
        self.assertEqual(reply.status, 200, reply.text())
        self.assertEqual((len(reply.json()["applied"]), reply.json()["needs_restart"]), (1, []))
        wait_for(lambda: [one["type"] for one in streamer.status()["inputs"]] == ["pattern", "url", "slate"], 5, "the new list")
        written = json.loads(streamer.config_path.read_text())
        self.assertEqual(written["streams"][0]["inputs"], [{"type": "pattern"}, camera, add["input"]])
        self.assertEqual({**written["streams"][0], "inputs": None}, {**file_before["streams"][0], "inputs": None}, "the rest stays as it was written")

        # The password is nowhere, and comes back when the address is sent as it was shown.
        for path in ("/api/config", "/api/status", "/api/logs", "/metrics"):
            self.assertNotIn("hunter22", streamer.get(path).text(), path)
        self.assertNotIn("hunter22", streamer.log(10_000))
        shown = streamer.get("/api/config").json()
        hidden = shown["config"]["streams"][0]["inputs"][1]
        self.assertEqual(hidden["url"], "rtsp://(secret)@127.0.0.1:9/1")
        moved = self.edit(streamer, {"op": "update", "priority": 1, "input": {**hidden, "timeout": 3}}, {"op": "move", "priority": 1, "to": 2},
                          **{"If-Match": f'"{shown["revision"]}"'})
        self.assertEqual(moved.status, 200, moved.text())
        inputs = json.loads(streamer.config_path.read_text())["streams"][0]["inputs"]
        self.assertEqual((inputs[2]["url"], inputs[2]["timeout"]), (camera["url"], 3))

        self.assertEqual(self.edit(streamer, {"op": "remove", "priority": 2}, **{"If-Match": f'"{shown["revision"]}"'}).status, 412)
        wrong = self.edit(streamer, {"op": "update", "priority": 0, "input": {"type": "url", "url": "camera"}}, {"op": "remove", "priority": 1})
        self.assertEqual(wrong.status, 422)
        self.assertEqual([(e["place"], e["pointer"]) for e in wrong.json()["errors"]], [("the changes", "/changes/0/input/url")])
        self.assertEqual(streamer.get("/api/streams/nobody/inputs", "PATCH", JSON, b"{}").status, 404)

        self.assertEqual(self.edit(streamer, {"op": "remove", "priority": 2}).status, 200)
        after = streamer.wait_until_live()
        self.assertEqual((after["worker_pid"], after["generation"]), (before["worker_pid"], before["generation"]), "the worker went on")
        self.assertNotIn("#EXT-X-DISCONTINUITY\n", streamer.playlist_text())

    def test_a_file_that_was_broken_by_hand_is_reported_and_mended(self):
        streamer = self.running()
        good = streamer.config_path.read_text()
        self.assertEqual(self.put(streamer, good).status, 200)
        streamer.config_path.write_text("{ broken")
        reply = streamer.post("/api/config/reload")
        self.assertEqual(reply.status, 422, reply.text())
        self.assertEqual(reply.json()["errors"][0]["pointer"], "/")
        shown = streamer.get("/api/config").json()
        self.assertIn("not valid JSON", shown["error"])
        self.assertEqual(shown["config"]["streams"][0]["name"], "desktop", "the last good one is in force")
        # The broken one does not take the place of the good one that is kept.
        self.assertEqual(self.put(streamer, good, **{"If-Match": f'"{shown["revision"]}"'}).status, 200)
        self.assertEqual((streamer.folder / "config.json.last_good").read_text(), good if good.endswith("\n") else good)
        self.assertEqual(streamer.get("/api/config").json()["error"], "")
        # By signal it is the same.
        streamer.config_path.write_text("{ broken")
        os.kill(streamer.process.pid, signal.SIGHUP)
        wait_for(lambda: streamer.get("/api/config").json()["error"], 5, "the error is shown")

    def test_a_file_changed_by_hand_is_not_overwritten(self):
        streamer = self.running()
        revision = streamer.get("/api/config").json()["revision"]
        streamer.config_path.write_text(streamer.config_path.read_text() + "\n// mine\n")
        self.assertEqual(self.put(streamer, streamer.config(), **{"If-Match": revision}).status, 412)
        self.assertIn("// mine", streamer.config_path.read_text())

    def test_the_mode_of_the_file_stays_and_a_link_stays_a_link(self):
        streamer = self.streamer(start=False)
        real = streamer.folder / "real.json"
        real.write_text(json.dumps(streamer.config()))
        real.chmod(0o640)
        streamer.config_path.symlink_to(real)
        streamer.start()
        real.chmod(0o640)
        self.assertEqual(self.put(streamer, streamer.config()).status, 200)
        self.assertTrue(streamer.config_path.is_symlink())
        self.assertEqual(real.stat().st_mode & 0o777, 0o640)
        self.assertTrue((streamer.folder / "real.json.last_good").exists())

    def test_without_a_file_nothing_is_written(self):
        streamer = self.streamer(start=False)
        streamer.start()
        streamer.stop()
        with open(streamer.log_path, "ab") as log:
            streamer.process = subprocess.Popen([str(programs / "streamer-supervisor"), "run", "--listen", f"127.0.0.1:{streamer.port}"],
                                                stdout=log, stderr=log, env=streamer.environment)
        if os.path.exists("/etc/desktop-streamer/config.json"):
            self.skipTest("this machine has a configuration of its own")
        wait_for(streamer.answers, 10, "it answers")
        shown = streamer.get("/api/config").json()
        self.assertEqual((shown["path"], shown["writable"]), ("", False))
        for reply in (self.put(streamer, streamer.config()), streamer.post("/api/config/reload")):
            self.assertEqual(reply.status, 409, reply.text())
            self.assertIn("without a configuration file", reply.json()["detail"])

    @unittest.skipUnless(os.geteuid() == 0, "needs root to become somebody else")
    def test_a_folder_that_the_service_may_not_write_is_named(self):
        streamer = self.streamer(start=False)
        for name in ("run", "state"):
            (streamer.folder / name).mkdir(mode=0o700)
            os.chown(streamer.folder / name, 65534, 65534)
        streamer.config_path.write_text(json.dumps(streamer.config()))
        with open(streamer.log_path, "ab") as log:
            streamer.process = subprocess.Popen(
                ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", str(programs / "streamer-supervisor"), "run", "--config",
                 str(streamer.config_path)], stdout=log, stderr=log, env=streamer.environment)
        wait_for(streamer.answers, 10, "it answers")
        self.assertFalse(streamer.get("/api/config").json()["writable"])
        reply = self.put(streamer, streamer.config())
        self.assertEqual(reply.status, 409, reply.text())
        self.assertIn("may not be written", reply.json()["detail"])
        self.assertEqual(self.put(streamer, streamer.config(), "?dry_run=true").status, 200)
