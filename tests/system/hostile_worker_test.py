"""A worker that misbehaves costs neither the supervisor nor, where it can go on, the stream."""
import json
import os
import shlex
import time

from streamer import SystemTest, children_of, is_alive, programs, project, resident_mb, wait_for


class HostileWorker(SystemTest):
    def scripted(self, behaviour, **changes):
        wrapper = self.folder / "worker"
        command = [str(project / "tests/support/scripted_worker.py"), behaviour, str(programs / "streamer-worker")]
        wrapper.write_text(f"#!/bin/sh\nexec python3 {shlex.join(command)} \"$@\"\n")
        wrapper.chmod(0o755)
        streamer = self.streamer(start=False, timers={"hello": 1.5, "first_media": 2, "term": 0.5, "kill": 0.5}, **changes)
        streamer.arguments = ["--worker", str(wrapper)]
        return streamer.start()

    def check_is_calm(self, streamer, seconds=2):
        """The loop turns and the memory stays."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            started = time.monotonic()
            self.assertTrue(streamer.answers())
            self.assertLess(time.monotonic() - started, 0.5)
            time.sleep(0.05)
        self.assertLess(resident_mb(streamer.process.pid), 40)

    def test_garbage_on_its_error_output_does_not_stop_the_stream(self):
        streamer = self.scripted("garbage_first")
        streamer.wait_until_live()
        self.check_is_calm(streamer)
        self.assertEqual(streamer.status()["restart_count"], 0)
        log = streamer.log(1000)
        self.assertNotIn("\x1b]0;", log, "escapes reach the terminal")
        json.loads(streamer.get("/api/status").body.decode("utf-8"))

    def test_a_line_of_ten_megabytes_does_not_stop_the_stream(self):
        streamer = self.scripted("ten_megabytes_first")
        streamer.wait_until_live()
        self.check_is_calm(streamer)
        self.assertEqual(streamer.status()["restart_count"], 0)
        self.assertLess(len(streamer.log(100_000)), 1_000_000)

    def expect_replacement(self, behaviour, seconds=15):
        streamer = self.scripted(behaviour)
        first = wait_for(lambda: (lambda s: s["worker_pid"] and s)(streamer.status()), 5, "a worker", every=0.02)
        wait_for(lambda: streamer.status()["generation"] > first["generation"], seconds, "another worker")
        wait_for(lambda: not is_alive(first["worker_pid"]), 5, "the first one is gone")
        self.assertEqual(streamer.health().status, 503)
        self.check_is_calm(streamer)
        return streamer

    def test_a_silent_worker_is_replaced(self):
        self.expect_replacement("silent")

    def test_a_worker_with_another_nonce_is_not_believed(self):
        self.expect_replacement("another_nonce")

    def test_words_without_media_are_no_life(self):
        self.expect_replacement("chatty_without_media")

    def test_noise_on_the_media_socket_ends_the_worker(self):
        self.expect_replacement("noise_on_the_media_socket")

    def test_a_flood_of_lines_does_not_hold_up_the_supervisor(self):
        streamer = self.expect_replacement("flood")
        self.assertLess(len(streamer.log(10_000_000)), 5_000_000, "the log is bounded too")

    def test_a_worker_that_cannot_be_asked_to_end_is_killed(self):
        streamer = self.scripted("never_ends")
        worker = wait_for(lambda: streamer.status()["worker_pid"], 5, "a worker")
        time.sleep(0.5)
        children = children_of(streamer.process.pid)
        streamer.process.terminate()
        self.assertEqual(streamer.process.wait(8), 0)
        self.assertEqual([pid for pid in {worker, *children} if is_alive(pid)], [])

    def test_a_worker_that_says_its_settings_cannot_work_is_not_tried_for_ever(self):
        streamer = self.scripted("exit_78")
        blocked = wait_for(lambda: (lambda s: s["state"] == "blocked" and s)(streamer.status()), 8, "blocked")
        self.assertTrue(blocked["reason"])
        generation = blocked["generation"]
        time.sleep(2)
        self.assertLessEqual(streamer.status()["generation"], generation + 1)

    def test_a_worker_that_crashes_at_once_is_tried_with_growing_waits(self):
        streamer = self.scripted("exit_70", restart={"max_restarts": 1000, "restart_delay": 0.2, "backoff_max": 30, "stable_after": 60})
        time.sleep(4)
        status = streamer.status()
        self.assertLessEqual(status["generation"], 9, "0, 0.2, 0.4, 0.8, 1.6 s")
        self.assertGreaterEqual(status["generation"], 3)
        self.check_is_calm(streamer, 1)

    def test_a_worker_that_is_not_there_is_named(self):
        streamer = self.streamer(start=False)
        streamer.arguments = ["--worker", str(self.folder / "missing")]
        streamer.start()
        blocked = wait_for(lambda: (lambda s: s["state"] == "blocked" and s)(streamer.status()), 8, "blocked")
        self.assertIn("missing", blocked["reason"])
        os.symlink(programs / "streamer-worker", self.folder / "missing")
        streamer.post("/api/streams/desktop/start")
        streamer.wait_until_live(45)
