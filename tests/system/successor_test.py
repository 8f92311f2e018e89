"""The supervisor dies too: what its successor goes on with. The real programs; the supervisor is killed and started again
as a service manager would."""
import json
import os
import pathlib
import signal
import subprocess
import time
import unittest

from streamer import SystemTest, is_alive, percentile, programs, wait_for
from viewer import Viewer


def kill_without_a_word(streamer):
    """SIGKILL; the ids of the workers it had."""
    workers = [int(line.split()[0]) for line in (streamer.folder / "run/workers").read_text().splitlines()]
    streamer.process.kill()
    streamer.process.wait()
    return workers


class Successor(SystemTest):
    def setUp(self):
        super().setUp()
        # What a worker leaves behind is seen here, whoever its parent is by then.
        self.hooks = self.folder / "hooks"
        self.hooks.mkdir()

    def streaming(self, segments=3, **changes):
        streamer = self.streamer(start=False, **changes)
        streamer.environment["STREAMER_TEST_HOOKS"] = str(self.hooks)
        streamer.start()
        streamer.wait_until_live()
        streamer.wait_for_segments(segments)
        return streamer

    def test_a_viewer_sees_one_stream_across_the_death_of_the_supervisor(self):
        streamer = self.streaming()
        viewer = Viewer(streamer)
        viewer.start()
        gaps = []
        for _ in range(5):
            time.sleep(1.2)
            before = streamer.playlist()
            bytes_before = {segment.uri: streamer.media(segment.uri) for segment in before.whole()}
            killed_at = time.monotonic()
            kill_without_a_word(streamer)
            streamer.start()
            after = streamer.playlist()
            gaps.append(time.monotonic() - killed_at)
            self.assertGreaterEqual(after.media_sequence, before.media_sequence)
            kept = [segment.uri for segment in after.whole()]
            self.assertEqual([segment.uri for segment in before.whole() if segment.msn >= after.media_sequence], kept[:len(before.whole())])
            for uri, body in bytes_before.items():
                self.assertEqual(streamer.media(uri), body, uri)
            generation = streamer.status()["generation"]
            streamer.wait_until_live(10, generation - 1)
        time.sleep(2)
        viewer.stop()
        self.assertGreaterEqual(viewer.arrivals[-1].msn, streamer.playlist().last_part()[0] - 1, "it watched to the end")
        print(f"serving again after {percentile(gaps, 50) * 1000:.0f} ms (median), {max(gaps) * 1000:.0f} ms (longest)")
        self.assertEqual(viewer.violations, [])
        self.assertEqual([refusal for refusal in viewer.refusals if isinstance(refusal[2], int)], [], "refused requests")
        self.assertNotIn("#EXT-X-DISCONTINUITY\n", streamer.playlist_text())
        self.assertLess(max(gaps), 2)
        parts = sorted({(arrival.msn, arrival.index): arrival for arrival in viewer.arrivals}.items())
        for (_, one), (_, other) in zip(parts, parts[1:]):
            self.assertAlmostEqual(one.ends_at, other.ends_at - other.duration, delta=0.002, msg="a hole in the timeline")

    def test_the_pictures_of_both_lives_decode_as_one(self):
        streamer = self.streaming(4)
        kill_without_a_word(streamer)
        streamer.start()
        streamer.wait_until_live()
        streamer.wait_for_segments(8)
        from streamer import decode, packets
        record = streamer.record()
        times = packets(record)
        for (pts, duration, _), (after, _, _) in zip(times, times[1:]):
            self.assertAlmostEqual(pts + duration, after, delta=0.001)
        self.assertEqual(len(decode(record)), len(times))

    def test_no_worker_outlives_its_supervisor(self):
        streamer = self.streaming(1)
        for stopped in (False, True):
            workers = kill_without_a_word(streamer) if not stopped else None
            if stopped:
                worker = streamer.status()["worker_pid"]
                os.kill(worker, signal.SIGSTOP)
                workers = kill_without_a_word(streamer)
                self.assertIn(worker, workers)
            wait_for(lambda: not any(is_alive(pid) for pid in workers), 1, "the workers are gone")
            streamer.start()
            streamer.wait_until_live()

    def test_a_worker_that_was_left_behind_is_killed(self):
        streamer = self.streaming(1)
        kill_without_a_word(streamer)
        # One that the kernel did not kill with its parent: started by us, stopped, and on the list.
        orphan = subprocess.Popen([str(programs / "streamer-worker"), "probe", "encoders"], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, start_new_session=True)
        os.kill(orphan.pid, signal.SIGSTOP)
        stranger = subprocess.Popen(["sleep", "60"])
        self.addCleanup(stranger.wait)
        self.addCleanup(stranger.kill)

        def record(pid):
            return f"{pid} {pathlib.Path(f'/proc/{pid}/stat').read_text().rsplit(')', 1)[1].split()[19]}\n"

        (streamer.folder / "run/workers").write_text(record(orphan.pid) + record(stranger.pid) + f"{os.getpid()} 1\nnonsense\n")
        streamer.start()
        self.assertEqual(orphan.wait(2), -signal.SIGKILL)
        self.assertIsNone(stranger.poll(), "another program on the list")
        streamer.wait_until_live()

    def test_a_second_instance_ends_with_75_and_disturbs_nothing(self):
        streamer = self.streaming(1)
        generation = streamer.status()["generation"]
        second = subprocess.run([str(programs / "streamer-supervisor"), "run", "--config", str(streamer.config_path)],
                                capture_output=True, text=True, env=streamer.environment, timeout=10)
        self.assertEqual(second.returncode, 75, second.stderr)
        self.assertIn(str(streamer.process.pid), second.stderr)
        self.assertIn("run/lock", second.stderr)
        self.assertEqual(streamer.status()["generation"], generation)

    def test_a_stream_that_was_stopped_stays_stopped(self):
        streamer = self.streaming(2)
        streamer.post("/api/streams/desktop/stop")
        wait_for(lambda: streamer.status()["state"] == "stopped", 5, "stopped")
        ended = streamer.playlist_text()
        self.assertIn("#EXT-X-ENDLIST", ended)
        time.sleep(0.5)
        kill_without_a_word(streamer)
        streamer.start()
        self.assertEqual(streamer.playlist_text(), ended)
        time.sleep(1)
        status = streamer.status()
        self.assertEqual((status["state"], status["desired"], status["worker_pid"]), ("stopped", "down", 0))
        streamer.post("/api/streams/desktop/start")
        streamer.wait_until_live()

    def test_an_orderly_end_leaves_the_window_and_no_endlist(self):
        streamer = self.streaming(3)
        before = streamer.playlist()
        began = time.monotonic()
        self.assertEqual(streamer.stop(), 0)
        self.assertLess(time.monotonic() - began, 6)
        streamer.start()
        after = streamer.playlist()
        self.assertFalse(after.ended)
        self.assertEqual([segment.uri for segment in after.whole()][:len(before.whole())], [segment.uri for segment in before.whole()])
        self.assertEqual(streamer.status()["desired"], "up")

    def test_an_outage_longer_than_the_window_is_a_discontinuity(self):
        streamer = self.streaming(3, hls={"segment_duration": 1, "part_duration": 0.2, "window_segments": 3})
        before = streamer.playlist()
        kill_without_a_word(streamer)
        time.sleep(5)
        streamer.start()
        streamer.wait_until_live()
        after = streamer.wait_for_segments(2)
        self.assertGreater(after.media_sequence + len(after.segments), before.media_sequence + len(before.segments))
        wait_for(lambda: any(segment.discontinuity for segment in streamer.playlist().segments)
                 or "DISCONTINUITY-SEQUENCE:1" in streamer.playlist_text(), 3, "a discontinuity")

    def test_another_frame_rate_begins_anew_at_a_higher_number(self):
        streamer = self.streaming(3)
        before = streamer.playlist()
        kill_without_a_word(streamer)
        streamer.stream["video"]["fps"] = 25
        streamer.start()
        streamer.wait_until_live()
        after = streamer.playlist()
        self.assertGreaterEqual(after.media_sequence, before.segments[-1].msn + 1)
        self.assertTrue(after.segments[0].discontinuity)

    def test_after_a_power_cut_numbers_go_on_and_files_of_others_stay(self):
        mirror = self.folder / "mirror"
        mirror.mkdir()
        (mirror / "holiday.mp4").write_text("not ours")
        streamer = self.streaming(3, hls={"output_dir": str(mirror)})
        wait_for(lambda: (mirror / "playlist.m3u8").exists(), 5, "a mirror")
        highest = streamer.playlist().segments[-1].msn
        kill_without_a_word(streamer)
        old = {file.name for file in mirror.glob("seg-*")}
        for file in sorted((self.folder / "run").rglob("*"), reverse=True):  # what was in memory is gone
            file.unlink() if file.is_file() else file.rmdir()
        streamer.start()
        streamer.wait_until_live()
        self.assertGreater(streamer.playlist().media_sequence, highest)
        streamer.wait_for_segments(2)
        wait_for(lambda: not old & {file.name for file in mirror.iterdir()}, 5, "old segments of ours are gone")
        self.assertEqual((mirror / "holiday.mp4").read_text(), "not ours")

    def test_a_damaged_state_file_and_journal_cost_what_they_held(self):
        streamer = self.streaming(2)
        kill_without_a_word(streamer)
        state = self.folder / "state/state.json"
        for text in ("", "{", json.dumps({"version": 99, "streams": {}}), "\x00" * 100):
            state.write_text(text)
            streamer.start()
            streamer.wait_until_live()
            kill_without_a_word(streamer)
            self.assertTrue((self.folder / "state/state.json.bad").exists())
        self.assertIn("is ignored", streamer.log(500))
        for journal in (self.folder / "run/window/desktop").glob("journal-*"):
            journal.write_bytes(b"rubbish" * 1000)
        streamer.start()
        streamer.wait_until_live()
        self.assertIn("begins anew", streamer.log(500))

    def test_an_exception_in_a_handler_does_not_end_the_service(self):
        streamer = self.streaming(1)
        pid = streamer.process.pid
        (self.hooks / "throw").touch()
        wait_for(lambda: "an exception reached the event loop" in streamer.log(), 3, "it is told")
        time.sleep(0.5)
        self.assertIsNone(streamer.process.poll())
        self.assertEqual(streamer.status()["on_air"], "picture")
        self.assertEqual(streamer.process.pid, pid)

    def test_a_loop_that_is_stuck_says_where_and_ends(self):
        streamer = self.streaming(1)
        (self.hooks / "block").touch()
        wait_for(lambda: streamer.process.poll() is not None, 20, "the dead man ended it")
        self.assertEqual(streamer.process.returncode, -signal.SIGABRT)
        log = streamer.log(200)
        self.assertIn("dead man: the event loop does not turn; step: ", log)
        self.assertIn("nanosleep", log)
        streamer.start()
        streamer.wait_until_live()

    def test_a_storm_of_hangups_is_one_reading_at_a_time(self):
        streamer = self.streaming(1)
        for _ in range(500):
            streamer.process.send_signal(signal.SIGHUP)
        wait_for(lambda: "the configuration was read again" in streamer.log(), 5, "read")
        time.sleep(1)
        self.assertLess(streamer.log(10_000).count("the configuration was read again"), 50)
        self.assertEqual(streamer.status()["on_air"], "picture")
        self.assertEqual(streamer.status()["generation"], 1)


if __name__ == "__main__":
    unittest.main()
