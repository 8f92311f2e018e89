"""Drills against the running service: over the API and by the command line, and the incidents they leave behind."""
import json
import pathlib
import subprocess
import tempfile
import threading
import time
import unittest

from streamer import Desktop, Streamer, is_alive, programs, wait_for

COMMAND = str(programs / "streamer-supervisor")


class DrillStreamer(Streamer):
    """With drills allowed and a folder for what is kept."""

    drill = True
    alerts = {}

    def config(self):
        config = super().config()
        if self.alerts:
            config.update(alerts=self.alerts, monitoring={"check_interval": 0.5})
        config["server"].update(state_dir=str(self.folder / "state"), runtime_dir=str(self.folder / "run"), drill=self.drill)
        return config

    def command(self, *arguments, timeout=60):
        return subprocess.run([COMMAND, *arguments, "--url", f"http://127.0.0.1:{self.port}"], capture_output=True, text=True,
                              timeout=timeout)

    def run_drill(self, fault):
        return self.get("/api/streams/desktop/drill", method="POST", headers={"Content-Type": "application/json"},
                        body=json.dumps({"fault": fault}).encode(), timeout=45)

    def incidents(self):
        return self.get("/api/streams/desktop/incidents").json()["incidents"]


class DrillTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.streamer = self.make()
        self.addCleanup(self.end)

    def make(self):
        return DrillStreamer(self.folder.name)

    def end(self):
        try:
            self.assertIn(self.streamer.stop(), (0, None), "the service ends well")
        finally:
            print(self.streamer.log(15))

    def measured(self, fault):
        """One drill that has to end well; its report."""
        before = self.streamer.wait_until_live()
        reply = self.streamer.run_drill(fault)
        self.assertEqual(reply.status, 200, reply.text())
        report = reply.json()
        print("drill", report)
        self.assertEqual(report["fault"], fault)
        self.assertEqual(report["verdict"], "recovered")
        self.assertEqual(report["hole_ms"], 0)
        self.assertGreaterEqual(report["recovery_ms"], report["detected_ms"])
        return before, report

    def check_replaced(self, before, report, failure_class):
        """The worker was replaced, and an incident tells of it."""
        self.assertEqual(report["failure_class"], failure_class)
        self.streamer.wait_until_live(after_generation=before["generation"])
        incident = self.streamer.get(f"/api/streams/desktop/incidents/{report['incident']}").json()
        self.assertEqual(incident["class"], failure_class)
        self.assertEqual(incident["generation"], before["generation"])
        self.assertTrue(incident["recovered"])
        steps = [step["step"] for step in incident["timeline"]]
        self.assertEqual(steps[0], "detected")
        self.assertEqual(steps[-1], "first_part")
        self.assertTrue("spawned" in steps or "promoted" in steps, steps)
        self.assertEqual(self.streamer.status()["last_incident"], report["incident"])
        wait_for(lambda: not is_alive(before["worker_pid"]), 5, "the old worker is gone")


class Faults(DrillTest):
    def test_a_killed_worker(self):
        self.streamer.start()
        before, report = self.measured("kill")
        self.assertLess(report["detected_ms"], 500)
        self.check_replaced(before, report, "crash")

    def test_a_stopped_worker(self):
        self.streamer.start()
        before, report = self.measured("stop")
        self.assertGreater(report["parts_bridged"], 0)
        self.check_replaced(before, report, "hang")

    def test_a_worker_that_exits(self):
        self.streamer.start()
        before, report = self.measured("exit")
        self.check_replaced(before, report, report["failure_class"])
        self.assertIn(report["failure_class"], ("crash", "clean_exit"))

    def test_a_worker_that_eats_memory(self):
        self.streamer.stream["limits"] = {"worker_memory_mb": 512, "for_seconds": 1}
        self.streamer.start()
        before, report = self.measured("oom")
        self.check_replaced(before, report, report["failure_class"])
        self.assertIn(report["failure_class"], ("oom", "out_of_memory", "resource_limit"))


    def test_a_full_disk_of_the_copies(self):
        copies = self.streamer.folder / "copies"
        self.streamer.stream["hls"] = {**self.streamer.stream.get("hls", {}), "output_dir": str(copies)}
        self.streamer.alerts = {"open_after": 1, "resolve_after": 1}
        self.streamer.start()
        self.streamer.wait_until_live()
        wait_for((copies / "playlist.m3u8").exists, 15, "the copies are written")
        seen = []

        def watch():
            while not replies:
                status = self.streamer.status()
                opened = [alert["rule"] for alert in self.streamer.get("/api/alerts").json()["active"]]
                seen.append((status["mirror_error"], status["state"], "disk" in opened))
                time.sleep(0.2)

        replies = []
        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            before, report = self.measured("diskfull")
        finally:
            replies.append(True)
            watcher.join()
        self.assertIsNone(report["failure_class"], "the worker has no part in it")
        self.assertEqual(report["parts_bridged"], 0)
        self.assertGreater(report["recovery_ms"] - report["detected_ms"], 1000)
        self.assertTrue(any("No space left" in error for error, _, _ in seen), seen)
        self.assertTrue(any(alert for _, _, alert in seen), "an alert tells of it")
        self.assertEqual({state for _, state, _ in seen}, {"healthy"}, "the stream goes on")
        after = self.streamer.status()
        self.assertEqual((after["worker_pid"], after["mirror_error"]), (before["worker_pid"], ""))

    def test_a_disk_that_is_not_used_cannot_be_full(self):
        self.streamer.start()
        self.streamer.wait_until_live()
        refused = self.streamer.run_drill("diskfull")
        self.assertEqual(refused.status, 409, refused.text())
        self.assertIn("hls.output_dir", refused.json()["detail"])


class FaultsOfTheDisplay(DrillTest):
    def make(self):
        self.desktop = Desktop(self.folder.name + "/x").start(next_display())
        self.addCleanup(self.desktop.stop)
        self.desktop.paint(1, number=7)
        return DrillStreamer(self.folder.name, self.desktop.display)

    def test_a_lost_display_and_a_frozen_capture(self):
        self.streamer.start()
        for fault, detected_ms_max in (("xlost", 1000), ("freeze", 6000)):
            with self.subTest(fault):
                before, report = self.measured(fault)
                self.assertLess(report["detected_ms"], detected_ms_max)
                self.assertLess(report["recovery_ms"] - report["detected_ms"], 1500)
                self.assertEqual(self.streamer.wait_until_live()["worker_pid"], before["worker_pid"], "the same worker")


def next_display():
    return next(f":{number}" for number in range(50, 60) if not pathlib.Path(f"/tmp/.X{number}-lock").exists())


class Orders(DrillTest):
    def test_the_command_line_prints_a_table_and_tells_by_its_exit_code(self):
        self.streamer.start()
        self.streamer.wait_until_live()
        drill = self.streamer.command("drill", "desktop", "kill")
        self.assertEqual(drill.returncode, 0, drill.stderr)
        self.assertRegex(drill.stdout, r"first new part +\d+ ms\n")
        self.assertRegex(drill.stdout, r"verdict +recovered\n")
        self.assertEqual(self.streamer.command("drill", "desktop", "explode").returncode, 64)
        self.assertEqual(self.streamer.command("drill", "other", "kill").returncode, 64)
        listed = self.streamer.command("incidents", "desktop")
        self.assertEqual(listed.returncode, 0, listed.stderr)
        self.assertIn("crash", listed.stdout)
        self.assertEqual(self.streamer.command("incidents").stdout, listed.stdout)
        self.assertEqual(self.streamer.command("incidents", "other").returncode, 64)
        self.streamer.stop()
        self.assertEqual(self.streamer.command("drill", "desktop", "kill").returncode, 69)

    def test_without_the_key_nothing_is_done_and_the_refusal_names_it(self):
        self.streamer.drill = False
        self.streamer.start()
        before = self.streamer.wait_until_live()
        drill = self.streamer.command("drill", "desktop", "kill")
        self.assertEqual(drill.returncode, 78)
        self.assertIn("server.drill", drill.stderr)
        self.assertEqual(self.streamer.status()["worker_pid"], before["worker_pid"])

    def test_a_second_drill_and_one_of_a_stopped_stream_are_refused(self):
        self.streamer.start()
        self.streamer.wait_until_live()
        replies = []
        first = threading.Thread(target=lambda: replies.append(self.streamer.run_drill("stop")))
        first.start()
        wait_for(lambda: "drill: stop" in self.streamer.log(), 5, "the first drill has begun")
        refused = self.streamer.run_drill("kill")
        self.assertEqual(refused.status, 409, refused.text())
        self.assertIn("running", refused.json()["detail"])
        first.join()
        self.assertEqual(replies[0].status, 200)
        self.streamer.post("/api/streams/desktop/stop")
        wait_for(lambda: self.streamer.status()["state"] == "stopped", 10, "stopped")
        self.assertEqual(self.streamer.run_drill("kill").status, 409)

    def test_incidents_outlive_the_service(self):
        self.streamer.start()
        _, report = self.measured("kill")
        self.streamer.stop()
        files = sorted(path.name for path in (self.streamer.folder / "state/incidents/desktop").iterdir())
        self.assertIn(report["incident"] + ".json", files)
        self.assertIn("availability.json", files)
        self.streamer.start()
        kept = wait_for(self.streamer.incidents, 5, "the incidents are read")
        self.assertEqual(kept[0]["id"], report["incident"])
        detailed = self.streamer.get("/api/health/detailed").json()
        self.assertEqual(detailed["incidents"][0]["id"], report["incident"])
        self.assertIsNotNone(detailed["mttr_seconds"])
        self.assertGreater(detailed["availability"]["30d"], 0.2)
        self.assertGreaterEqual(detailed["stream_availability"]["30d"], detailed["availability"]["30d"])


if __name__ == "__main__":
    unittest.main()
