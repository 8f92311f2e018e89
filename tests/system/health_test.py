"""Health that is true: the service's own player, readiness, history and resources, against what a viewer and /proc say."""
import json
import os
import pathlib
import socket
import time
import unittest

from streamer import SystemTest, cpu_seconds, resident_mb, wait_for


def network_bytes():
    received = sent = 0
    for line in pathlib.Path("/proc/net/dev").read_text().splitlines()[2:]:
        name, _, fields = line.partition(":")
        if name.strip() != "lo":
            received += int(fields.split()[0])
            sent += int(fields.split()[8])
    return received, sent


class Events:
    """An event stream that is read as it comes."""

    def __init__(self, streamer):
        self.connection = socket.create_connection(("127.0.0.1", streamer.port), timeout=30)
        self.connection.sendall(b"GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.lines = self.connection.makefile("rb")

    def next(self, name, seconds):
        """The data of the next event of this name."""
        deadline = time.monotonic() + seconds
        event = None
        while time.monotonic() < deadline:
            self.connection.settimeout(max(0.1, deadline - time.monotonic()))
            try:
                line = self.lines.readline().decode().strip()
            except TimeoutError:
                break
            if line.startswith("event: "):
                event = line[7:]
            elif line.startswith("data: ") and event == name:
                return json.loads(line[6:])
        raise AssertionError(f"no event {name} within {seconds} s")

    def close(self):
        self.lines.close()
        self.connection.close()


class Health(SystemTest):
    def monitored(self, limits=None, **monitoring):
        """A streamer with settings of /monitoring; the others are as always."""
        streamer = self.streamer(start=False)
        plain = streamer.config
        streamer.config = lambda: {**plain(), "monitoring": monitoring}
        if limits:
            streamer.server["limits"] = limits
        return streamer.start()

    def probe(self, streamer):
        found = streamer.get("/api/health/detailed").json()["self_probe"]
        return found and found["streams"].get("desktop")

    def test_history_resources_and_the_probe_of_a_live_stream(self):
        streamer = self.monitored(self_probe_interval=1, cpu_warn_percent=1, check_interval=0.5)
        self.assertEqual(streamer.get("/readyz").status, 200 if streamer.health().status == 200 else 503)
        streamer.wait_until_live()
        pid, traffic, used, begun = streamer.process.pid, network_bytes(), cpu_seconds(streamer.process.pid), time.monotonic()

        good = wait_for(lambda: (lambda p: p and p["ok"] and p["key_frame"] and p)(self.probe(streamer)), 15, "the probe has seen a whole segment")
        print(f"\nself-probe: {good}", flush=True)
        self.assertEqual(good["error"], "")
        self.assertGreaterEqual(good["newest_part_age_ms"], 0)
        self.assertLess(good["newest_part_age_ms"], 1600)
        self.assertEqual(streamer.get("/readyz").status, 200)
        self.assertNotIn(b"{", streamer.get("/readyz").body)
        self.assertRegex(streamer.get("/metrics").text(), r'desktop_streamer_self_probe_ok\{stream="desktop"\} 1\n')

        # Nobody watches: the probe is no viewer, however often it asks.
        first = good["checked_at"]
        wait_for(lambda: (self.probe(streamer) or good)["checked_at"] > first, 10, "it probes again")
        self.assertEqual(streamer.status()["viewers"], 0)

        system = wait_for(lambda: (lambda s: s["cpu_high"] and s)(streamer.get("/api/status").json()["system"]), 10, "more than 1 % is high")
        self.assertRegex(system["cpu_high_since"], r"^\d{4}-\d\d-\d\dT")
        self.assertIn("processor use of the machine is high", streamer.log(200))

        time.sleep(max(0, 20 - (time.monotonic() - begun)))
        history = streamer.get("/api/history?range=10m").json()
        seconds = time.monotonic() - begun
        after, used_after = network_bytes(), cpu_seconds(pid)
        self._judge_history(history, streamer)
        self._judge_resources(streamer, pid, (used_after - used) / seconds)
        measured = [value for value in history["system"]["network_in_kbps"] if value is not None]
        expected = (after[0] - traffic[0]) * 8 / 1000 / seconds
        print(f"network in: {sum(measured) / len(measured):.1f} kbit/s in the history, {expected:.1f} by /proc/net/dev", flush=True)
        self.assertLessEqual(abs(sum(measured) / len(measured) - expected), max(50, expected))

    def _judge_history(self, history, streamer):
        at, desktop, system = history["at"], history["streams"]["desktop"], history["system"]
        self.assertGreaterEqual(len(at), 18)
        self.assertEqual([b - a for a, b in zip(at, at[1:])], [1] * (len(at) - 1))
        self.assertLessEqual(abs(at[-1] - time.time()), 5)
        for name, values in [*desktop.items(), *system.items()]:
            self.assertEqual(len(values), len(at), name)
        late = desktop["part_late_ms"][-10:]
        print(f"history: fps {desktop['fps'][-5:]}, on air {set(desktop['on_air'])}, parts late {late} ms, cpu {system['cpu_percent'][-5:]}", flush=True)
        self.assertEqual(desktop["on_air"][-1], "picture")
        self.assertTrue(all(value is None or 0 < value < 61 for value in desktop["fps"][-10:]))
        self.assertTrue(any(value is not None for value in late))
        self.assertTrue(all(0 <= value <= 100 for value in system["cpu_percent"] if value is not None))
        self.assertGreater(desktop["worker_rss_mb"][-1], 5)
        self.assertEqual(desktop["restart_count"][-1], 0)
        self.assertEqual(streamer.get("/api/history?range=1h").status, 400)
        self.assertEqual(streamer.get("/api/history?range=24h").json()["interval_seconds"], 60)

    def _judge_resources(self, streamer, pid, share):
        status = streamer.get("/api/status").json()
        system, worker = status["system"], status["streams"][0]["worker"]
        own, worker_pid = system["supervisor"], status["streams"][0]["worker_pid"]
        print(f"supervisor: {own['rss_mb']} MB, {own['cpu_percent']} % now, {share * 100:.1f} % on average, {own['fds']} descriptors, "
              f"{own['threads']} threads; load {system['load_average_1m']}", flush=True)
        self.assertLessEqual(abs(own["rss_mb"] - resident_mb(pid)), 2)
        self.assertLessEqual(abs(own["fds"] - len(os.listdir(f"/proc/{pid}/fd"))), 5)
        self.assertLessEqual(abs(worker["fds"] - len(os.listdir(f"/proc/{worker_pid}/fd"))), 5)
        self.assertEqual(worker["threads"], len(os.listdir(f"/proc/{worker_pid}/task")))
        self.assertLessEqual(abs(system["load_average_1m"] - os.getloadavg()[0]), 2)
        total = next(int(line.split()[1]) for line in pathlib.Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal:"))
        self.assertLessEqual(system["memory_available_mb"], total / 1024)
        disk = os.statvfs("/")
        self.assertLessEqual(abs(system["disk_free_mb"] - disk.f_bavail * disk.f_frsize / 2**20), 500)
        self.assertGreater(status["stream"]["total_size_mb"], 0)

    def test_a_service_that_takes_no_viewer_is_found_out(self):
        # Every connection is taken by those who listen: a viewer would wait, and so does the probe.
        streamer = self.monitored(limits={"connections_max": 3}, self_probe_interval=0.5)
        streamer.wait_until_live()
        wait_for(lambda: (self.probe(streamer) or {}).get("ok"), 10, "the probe is well")
        listeners = [Events(streamer) for _ in range(3)]
        try:
            told = listeners[0].next("self_probe", 15)
            print(f"\nfull house: {told['error']}", flush=True)
            self.assertFalse(told["ok"])
            self.assertIn("no answer within", told["error"])
            deadline = time.monotonic() + 25
            state = {}
            while state.get("state") != "degraded" and time.monotonic() < deadline:
                state = listeners[0].next("status", 10)["streams"][0]
            self.assertEqual(state["state"], "degraded")
            self.assertIn("self-probe", state["reason"])
            self.assertEqual(state["on_air"], "picture")
            listeners.pop().close()
            self.assertTrue(listeners[0].next("self_probe", 15)["ok"])
        finally:
            for listener in listeners:
                listener.close()
        wait_for(lambda: streamer.get("/readyz").status == 200, 10, "it is ready again")
        self.assertEqual(streamer.status()["state"], "healthy")

    def test_a_stopped_stream_is_not_probed_and_the_history_survives(self):
        streamer = self.monitored(self_probe_interval=0.5)
        streamer.wait_until_live()
        wait_for(lambda: (self.probe(streamer) or {}).get("ok"), 10, "the probe is well")
        streamer.post("/api/stop")
        wait_for(lambda: streamer.status()["state"] == "stopped", 10, "it is stopped")
        wait_for(lambda: self.probe(streamer) is None, 10, "nothing is probed")
        self.assertEqual(streamer.get("/readyz").status, 200, "nothing is wanted")
        before = wait_for(lambda: (lambda at: len(at) >= 3 and at)(streamer.get("/api/history").json()["at"]), 10, "three seconds of history")
        self.assertEqual(streamer.stop(), 0)
        streamer.start()
        after = wait_for(lambda: (lambda at: at and at[-1] > before[-1] + 1 and at)(streamer.get("/api/history").json()["at"]), 10, "it goes on")
        self.assertLessEqual(abs(after[0] - before[0]), 1)


if __name__ == "__main__":
    unittest.main()
