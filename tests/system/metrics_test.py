"""Prometheus reads it: the real promtool and the real server of Debian, against the running service; and every metric that the
dashboard and the rules in packaging/ name is there."""
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import time
import unittest
import urllib.parse
import urllib.request

from streamer import SystemTest, free_port, project, wait_for

NAME = re.compile(r"\b(?:desktop_streamer|process)_[a-z0-9_]+")
DASHBOARD = project / "packaging/grafana/desktop-streamer.json"
RULES = project / "packaging/prometheus/rules.yml"
SLACK = float(os.environ.get("STREAMER_TIME_SLACK", "1.5"))


def samples(text):
    """{"name{labels}": value} of the text format."""
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line and not line.startswith("#")}


def counters(text):
    """The samples that must never fall."""
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
    return {key: value for key, value in samples(text).items()
            if types.get(key.split("{")[0]) == "counter" or re.search(r"_(bucket|count|sum)(\{|$)", key)}


class Metrics(SystemTest):
    def prometheus(self, streamer):
        if not shutil.which("prometheus"):
            self.skipTest("prometheus is not installed")
        port = free_port()
        config = self.folder / "prometheus.yml"
        config.write_text(json.dumps({  # JSON is YAML
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(RULES)],
            "scrape_configs": [{"job_name": "desktop-streamer", "static_configs": [{"targets": [f"127.0.0.1:{streamer.port}"]}]}]}))
        with open(self.folder / "prometheus.log", "wb") as log:
            server = subprocess.Popen(["prometheus", f"--config.file={config}", f"--storage.tsdb.path={self.folder}/tsdb",
                                       f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log)
        self.addCleanup(self.end, server)

        def ask(path, **parameters):
            query = "?" + urllib.parse.urlencode(parameters) if parameters else ""
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}{query}", timeout=5) as answer:
                    return json.load(answer)["data"]
            except OSError:
                return None

        return ask

    @staticmethod
    def end(process):
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def test_what_is_scraped_is_valid_and_all_that_packaging_names_is_there(self):
        streamer = self.streamer()
        first = streamer.wait_until_live()
        os.kill(first["worker_pid"], signal.SIGKILL)  # a stream that never failed has no last recovery
        streamer.wait_until_live(after_generation=first["generation"])
        wait_for(lambda: "self_probe_ok{" in streamer.get("/metrics").text(), 30, "the service has played its stream")
        reply = streamer.get("/metrics")
        self.assertEqual(reply.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
        if shutil.which("promtool"):
            check = subprocess.run(["promtool", "check", "metrics"], input=reply.body, capture_output=True, timeout=30)
            self.assertEqual((check.returncode, check.stdout + check.stderr), (0, b""))
        there = {key.split("{")[0] for key in samples(reply.text())}
        for path in (DASHBOARD, RULES):
            expressions = "\n".join(re.findall(r'"(?:expr|definition|query)": "((?:[^"\\]|\\.)*)"', path.read_text()) + re.findall(r"expr: (.*)", path.read_text()))
            named = set(NAME.findall(expressions))
            self.assertGreater(len(named), 10, path.name)
            self.assertEqual(named - there, set(), f"{path.name} names metrics that are not there")

    def test_requests_are_counted_by_class_and_status(self):
        streamer = self.streamer()
        streamer.wait_until_live()
        streamer.wait_for_segments(1)
        before = samples(streamer.get("/metrics").text())
        streamer.get("/api/nothing")
        streamer.get("/hls/desktop/nothing.m4s")
        streamer.playlist()
        after = samples(streamer.get("/metrics").text())
        for wanted in ('class="api",code="404"', 'class="media",code="404"', 'class="playlist",code="200"'):
            key = f"desktop_streamer_http_requests_total{{{wanted}}}"
            self.assertEqual(after[key] - before.get(key, 0), 1, wanted)
        self.assertGreater(after["desktop_streamer_http_sent_bytes_total"], before["desktop_streamer_http_sent_bytes_total"])
        own = samples(streamer.get("/metrics").text())
        self.assertAlmostEqual(own["process_start_time_seconds"], time.time(), delta=60)
        self.assertAlmostEqual(own["process_open_fds"], len(os.listdir(f"/proc/{streamer.process.pid}/fd")), delta=3, msg="connections come and go")

    def test_how_late_parts_are_and_what_became_of_notices(self):
        streamer = self.streamer()
        streamer.wait_until_live()
        streamer.wait_for_segments(1)
        seen = samples(streamer.get("/metrics").text())
        name = "desktop_streamer_stream_part_late_seconds"
        buckets = [seen[f'{name}_bucket{{stream="desktop",le="{bound}"}}'] for bound in ("0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "+Inf")]
        self.assertEqual(buckets, sorted(buckets), "each holds those below")
        count = seen[f'{name}_count{{stream="desktop"}}']
        self.assertEqual(buckets[-1], count)
        self.assertEqual(count, seen['desktop_streamer_stream_parts_published_total{stream="desktop"}'])
        self.assertGreater(buckets[4], 0.9 * count, "most are published within half a second")
        for result in ("sent", "failed", "dropped"):
            self.assertEqual(seen[f'desktop_streamer_alert_notices_total{{sink="email",result="{result}"}}'], 0)
        self.assertEqual(seen["desktop_streamer_alert_notices_held_back_total"], 0)

    def test_counters_do_not_fall_when_workers_die(self):
        streamer = self.streamer()
        status = streamer.wait_until_live()
        before = counters(streamer.get("/metrics").text())
        for _ in range(2):
            os.kill(status["worker_pid"], signal.SIGKILL)
            status = streamer.wait_until_live(after_generation=status["generation"])
            after = counters(streamer.get("/metrics").text())
            fallen = {key: (before[key], after.get(key)) for key in before if after.get(key, -1) < before[key]}
            self.assertEqual(fallen, {})
            before = after
        self.assertEqual(before['desktop_streamer_incidents_total{stream="desktop",class="crash"}'], 2)
        self.assertEqual(before['desktop_streamer_stream_recovery_seconds_count{stream="desktop"}'], 2)

    def test_a_scrape_costs_little(self):
        streamer = self.streamer()
        streamer.wait_until_live()
        times = []
        for _ in range(100):
            started = time.perf_counter()
            reply = streamer.get("/metrics")
            times.append((time.perf_counter() - started) * 1e6)
        empty = []
        for _ in range(100):
            started = time.perf_counter()
            streamer.get("/healthz")
            empty.append((time.perf_counter() - started) * 1e6)
        cost = statistics.median(times) - statistics.median(empty)
        print(f"a scrape: {statistics.median(times):.0f} us over HTTP, {cost:.0f} us more than /healthz; {len(reply.body)} bytes")
        self.assertLess(cost, 5000 * SLACK)

    def test_the_rules_do_what_they_say(self):
        if not shutil.which("promtool"):
            self.skipTest("promtool is not installed")
        for command in (["check", "rules", str(RULES)], ["test", "rules", str(RULES.with_name("rules_test.yml"))]):
            run = subprocess.run(["promtool", *command], capture_output=True, text=True, timeout=60)
            self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def test_prometheus_scrapes_it_and_answers_queries(self):
        streamer = self.streamer()
        ask = self.prometheus(streamer)
        streamer.wait_until_live()

        def value(query):
            data = ask("/api/v1/query", query=query)
            return float(data["result"][0]["value"][1]) if data and data["result"] else None

        wait_for(lambda: value("up{job='desktop-streamer'}") == 1, 20, "a scrape", every=0.3)
        wait_for(lambda: value("desktop_streamer_stream_active{stream='desktop'}") == 1, 20, "the stream is active by Prometheus", every=0.3)
        wait_for(lambda: 3 < (value("rate(desktop_streamer_stream_parts_published_total[5s])") or 0) < 7, 20, "five parts of 0.2 s a second", every=0.3)
        groups = wait_for(lambda: (lambda data: data and all(rule["health"] == "ok" for rule in data["groups"][0]["rules"]) and data["groups"])(ask("/api/v1/rules")),
                          20, "the rules were evaluated", every=0.3)
        self.assertEqual([rule["name"] for rule in groups[0]["rules"] if rule["state"] == "firing"], [])
        target = ask("/api/v1/targets")["activeTargets"][0]
        print(f"Prometheus: a scrape took {target['lastScrapeDuration'] * 1000:.1f} ms")


if __name__ == "__main__":
    unittest.main()
