"""The log of the service: nothing a worker writes drowns it or breaks its readers, no secret gets into it, and no place that it is
written to can hold up the service."""
import fcntl
import json
import os
import re
import shlex
import signal
import subprocess
import time
import unittest

from streamer import Streamer, SystemTest, programs, project, wait_for

F_SETPIPE_SZ = 1031
SECRETS = ("hunter2", "s3cr3t")


class Logged(Streamer):
    log_settings = {}

    def config(self):
        return {**super().config(), "log": self.log_settings}

    def lines(self):
        return self.log(100_000).splitlines()

    def remembered(self, query="limit=1000"):
        return self.get("/api/logs?" + query).json()["logs"]


class Journaled(Logged):
    """Its standard error is a journal, as under systemd."""

    def start(self, seconds=15):
        for name in ("run", "state"):
            (self.folder / name).mkdir(mode=0o700, exist_ok=True)
        self.config_path.write_text(json.dumps(self.config()))
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([str(project / "tests/support/journal.sh"), str(self.folder / "journal.json"),
                                             str(programs / "streamer-supervisor"), "run", "--config", str(self.config_path), *self.arguments],
                                            stdout=log, stderr=log, env=self.environment)
        wait_for(lambda: self.process.poll() is not None or self.answers(), seconds, "/healthz answers")
        if self.process.poll() == 77:
            raise unittest.SkipTest(self.log().strip())
        return self


class Logs(SystemTest):
    def logged(self, log=None, behaviour=None, kind=Logged, start=True, **changes):
        streamer = kind(self.folder, **changes)
        self.addCleanup(self._end, streamer)
        streamer.log_settings = log or {}
        if behaviour:
            wrapper = self.folder / "worker"
            command = [str(project / "tests/support/scripted_worker.py"), behaviour, str(programs / "streamer-worker")]
            wrapper.write_text(f"#!/bin/sh\nexec python3 {shlex.join(command)} \"$@\"\n")
            wrapper.chmod(0o755)
            streamer.arguments = ["--worker", str(wrapper)]
        return streamer.start() if start else streamer

    def test_a_flood_is_summed_up_and_harmless_and_without_secrets(self):
        streamer = self.logged({"sample_lines": 7, "sample_window": 1}, "talkative_first")
        streamer.wait_until_live()
        summed = wait_for(lambda: [line for line in streamer.lines() if "more lines like this" in line], 5, "the summary")
        self.assertEqual(len(summed), 1, summed)
        count = int(re.search(r"\.\.\. and (\d+) more lines like this in 1 s: queue 0 is full", summed[0])[1])
        written = [line for line in streamer.lines() if re.search(r"\] queue \d+ is full", line)]
        self.assertEqual(len(written), 7)
        self.assertEqual(count + len(written), 5000)
        remembered = [line for line in streamer.remembered() if "queue" in line["text"]]
        self.assertEqual(len(remembered), 8)
        self.assertEqual({(line["stream"], line["generation"]) for line in remembered}, {("desktop", 1)})
        said = next(line for line in streamer.lines() if "rtsp://" in line)
        self.assertIn(r"opening rtsp://(secret)@cam/1?token=(secret) failed: \x1b[31mno\x1b[0m \xff\xfe", said)
        everywhere = "\n".join(streamer.lines()) + "".join(
            streamer.get(path).text() for path in ("/api/logs", "/api/status", "/api/health/detailed", "/api/streams/desktop/incidents", "/metrics"))
        for secret in SECRETS:
            self.assertNotIn(secret, everywhere)
        for character in ("\x1b", "\x00", "\r"):
            self.assertNotIn(character, everywhere)
        self.assertEqual(streamer.status()["restart_count"], 0)
        self.assertIn('log_lines_held_back_total{stream="desktop"} 4993\n', streamer.get("/metrics").text())

    def test_a_refused_configuration_shows_no_secret(self):
        streamer = self.logged()
        config = streamer.config()
        config["streams"][0]["inputs"] = [{"type": "rtsp://admin:hunter2@cam/1"}]
        streamer.config_path.write_text(json.dumps(config))
        streamer.process.send_signal(signal.SIGHUP)
        wait_for(lambda: "was not loaded" in streamer.log(), 5, "it is refused")
        self.assertIn("rtsp://(secret)@cam/1", streamer.log())
        self.assertNotIn("hunter2", streamer.log() + streamer.get("/api/status").text())

    def test_json_lines_have_fields_in_the_file_too(self):
        path = self.folder / "service.log"
        streamer = self.logged({"format": "json", "file": str(path)})
        streamer.wait_until_live()
        streamer.stop()
        lines = [json.loads(line) for line in streamer.lines()]
        self.assertTrue(all({"at", "level", "text"} <= set(line) for line in lines))
        self.assertTrue([line for line in lines if line.get("stream") == "desktop" and line.get("generation") == 1])
        self.assertTrue(all(line["at"].endswith("Z") for line in lines))
        self.assertEqual(path.read_text().splitlines(), streamer.lines())
        self.assertEqual(path.stat().st_mode & 0o007, 0)

    def test_a_dead_folder_is_told_once_and_survived(self):
        folder = self.folder / "missing"
        streamer = self.logged({"file": str(folder / "service.log"), "level": "debug"})
        streamer.wait_until_live()
        told = [line for line in streamer.lines() if "log.file" in line]
        self.assertEqual(len(told), 1, told)
        self.assertIn("cannot be opened: No such file or directory; the log goes on without it", told[0])
        folder.mkdir()

        def is_back():
            streamer.post("/api/streams/desktop/restart")  # something to log
            return "is written again" in streamer.log()

        wait_for(is_back, 15, "it is written again", every=0.5)
        self.assertRegex(streamer.log(1000), r"log.file .*service.log is written again; \d+ lines are missing there")
        self.assertTrue((folder / "service.log").read_text())

    def test_a_reader_that_does_not_read_holds_up_nothing(self):
        path = self.folder / "service.log"
        streamer = self.logged({"file": str(path), "level": "debug"}, start=False)
        reading, writing = os.pipe()
        self.addCleanup(os.close, reading)
        fcntl.fcntl(writing, F_SETPIPE_SZ, 4096)
        for name in ("run", "state"):
            (self.folder / name).mkdir(mode=0o700)
        streamer.config_path.write_text(json.dumps(streamer.config()))
        streamer.process = subprocess.Popen([str(programs / "streamer-supervisor"), "run", "--config", str(streamer.config_path)], stdout=writing,
                                            stderr=writing, env=streamer.environment)
        os.close(writing)
        wait_for(streamer.answers, 10, "/healthz answers")
        streamer.wait_until_live()
        longest = 0
        deadline = time.monotonic() + 30
        while path.stat().st_size < 8192 and time.monotonic() < deadline:
            streamer.post("/api/streams/desktop/restart")
            started = time.monotonic()
            self.assertTrue(streamer.answers())
            longest = max(longest, time.monotonic() - started)
            time.sleep(0.1)
        self.assertLess(longest, 0.5)
        self.assertGreaterEqual(path.stat().st_size, 8192, "twice what the pipe holds")
        self.assertGreaterEqual(len(streamer.remembered()), len(path.read_text().splitlines()) - 1)
        started = time.monotonic()
        streamer.stop()
        self.assertLess(time.monotonic() - started, 8)

    def test_the_journal_gets_stream_generation_and_priority(self):
        streamer = self.logged(behaviour="talkative_first", kind=Journaled)
        streamer.wait_until_live()
        generation = streamer.status()["generation"]
        streamer.stop()
        records = [json.loads(line) for line in (self.folder / "journal.json").read_text().splitlines()]
        ours = [record for record in records if record.get("SYSLOG_IDENTIFIER") == "streamer-supervisor"]
        self.assertGreater(len(ours), 5)
        self.assertEqual({record["_TRANSPORT"] for record in ours}, {"journal"}, "not by standard error")
        worker = [record for record in ours if record.get("STREAM") == "desktop" and record.get("GENERATION") == str(generation)]
        self.assertTrue(worker)
        warning = next(record for record in worker if "queue" in record["MESSAGE"])
        self.assertEqual((warning["PRIORITY"], warning["LEVEL"]), ("4", "warn"))
        self.assertTrue(warning["MESSAGE"].startswith(f"[desktop/{generation}] queue "))
        self.assertTrue(all(isinstance(record["MESSAGE"], str) for record in ours), "no binary messages")
        self.assertNotIn("hunter2", json.dumps(records))


if __name__ == "__main__":
    unittest.main()
