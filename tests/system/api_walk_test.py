"""Walks GET /openapi.json of a running service: every route, every method, every kind of error. Every answer is compared with the schema
that the description gives it, and fields that it does not name are errors. No route is named here that the description could name."""
import copy
import gzip
import http.client
import json
import os
import signal
import socket
import subprocess
import time
import unittest

from streamer import SystemTest, programs, wait_for

try:
    import jsonschema
except ImportError:
    jsonschema = None

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
PROBLEM = "application/problem+json"


def strict(schemas):
    """The same, but what is not described is an error."""
    schemas = copy.deepcopy(schemas)
    for schema in schemas.values():
        if schema.get("properties"):
            schema["additionalProperties"] = False
    return schemas


class Answer:
    def __init__(self, answer):
        self.status, self.headers, self.body = answer.status, answer.headers, answer.read()

    def type(self):
        return (self.headers.get("Content-Type") or "").split(";")[0]

    def json(self):
        return json.loads(self.body)


@unittest.skipUnless(jsonschema, "python3-jsonschema is not installed")
class ApiWalk(SystemTest):
    def setUp(self):
        super().setUp()
        self.out = self.folder / "hls"
        self.service = self.streamer(start=False, hls={"output_dir": str(self.out)}, standby="off")
        self.service.server.update(drill=True, hosts=["Stream.example.org"])
        self.service.start()
        self.service.wait_until_live()
        self.service.wait_for_segments(1)
        self.description = self.service.get("/openapi.json").json()
        self.schemas = strict(self.description["components"]["schemas"])

    def ask(self, method, target, body=None, headers=None, host=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=50)
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            connection.putheader("Host", host or f"127.0.0.1:{self.service.port}")
            for name, value in {**({"Content-Type": "application/json", "Content-Length": str(len(body))} if body is not None else {}),
                                **(headers or {})}.items():
                connection.putheader(name, value)
            connection.endheaders(body or None)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def head_of_stream(self, target):
        """Of an answer that does not end."""
        connection = http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=10)
        connection.request("GET", target)
        answer = connection.getresponse()
        head = answer.status, answer.headers.get("Content-Type", "").split(";")[0]
        connection.close()
        return head

    def validate(self, value, schema, where):
        whole = {**schema, "components": {"schemas": self.schemas}}
        errors = sorted(jsonschema.Draft202012Validator(whole).iter_errors(value), key=lambda e: list(map(str, e.path)))
        self.assertEqual([f"{'/'.join(map(str, e.path))}: {e.message[:300]}" for e in errors[:5]], [], where)

    def operations(self):
        for path, methods in self.description["paths"].items():
            for method, operation in methods.items():
                yield path, method.upper(), operation

    def incident(self):
        """The id of an incident that is over."""
        if not hasattr(self, "_incident"):
            worker = self.service.status()["worker_pid"]
            generation = self.service.status()["generation"]
            os.kill(worker, signal.SIGKILL)
            self.service.wait_until_live(20, generation)
            self._incident = wait_for(lambda: self.service.status()["last_incident"], 5, "an incident")
        return self._incident

    def target(self, path, stream="desktop"):
        """The path with values that exist."""
        target = path.replace("{stream}", stream).replace("{path}", "")
        if "{name}" in target:
            name = self.service.playlist().segments[-1].init if target.startswith("/hls/") else self.incident()
            target = target.replace("{name}", name)
        return target

    def check_described(self, operation, answer, where):
        """The status is one of those that are described, and the body is as it says."""
        self.assertIn(str(answer.status), operation["responses"], where)
        content = operation["responses"][str(answer.status)].get("content")
        if not content:
            return self.assertEqual(answer.body, b"", where)
        self.assertIn(answer.type(), content, where)
        if answer.type().endswith("json"):
            self.validate(answer.json(), content[answer.type()]["schema"], where)

    def check_problem(self, answer, status, where):
        self.assertEqual(answer.status, status, (where, answer.body[:300]))
        self.assertEqual(answer.type(), PROBLEM, where)
        problem = answer.json()
        self.validate(problem, {"$ref": "#/components/schemas/Problem"}, where)
        self.assertEqual(problem["status"], status, where)
        self.assertGreater(len(problem["detail"]), 10, where)

    def test_every_get_answers_what_is_described(self):
        self.incident()
        seen = 0
        for path, method, operation in self.operations():
            if method != "GET":
                continue
            with self.subTest(path=path):
                target = self.target(path)
                if "text/event-stream" in operation["responses"]["200"]["content"]:
                    self.assertEqual(self.head_of_stream(target), (200, "text/event-stream"))
                    continue
                answer = wait_for(lambda: (lambda a: a.status != 503 and a)(self.ask("GET", target)), 30, target)
                self.check_described(operation, answer, target)
                if not path.endswith(".jpg"):  # there may be no picture yet
                    self.assertEqual(answer.status, 200, answer.body[:300])
                seen += 1
                head = self.ask("HEAD", target)
                self.assertEqual((head.status, head.body), (answer.status, b""), f"HEAD {target}")
        print(f"\n{seen} answers compared with their schemas", flush=True)
        self.assertGreater(seen, 12)

    def test_every_other_method_is_refused_and_says_which_are_not(self):
        tried = 0
        for path, operations in self.description["paths"].items():
            target = self.target(path)
            allowed = sorted({method.upper() for method in operations} | {"OPTIONS"} | ({"HEAD"} if "get" in operations else set()))
            for method in METHODS:
                if method.lower() in operations:
                    continue
                with self.subTest(path=path, method=method):
                    answer = self.ask(method, target, b"{}" if method != "GET" else None)
                    self.check_problem(answer, 405, f"{method} {target}")
                    self.assertEqual(sorted(answer.headers["Allow"].split(", ")), allowed)
                    tried += 1
            with self.subTest(path=path, method="OPTIONS"):
                options = self.ask("OPTIONS", target)
                self.assertEqual((options.status, sorted(options.headers["Allow"].split(", "))), (204, allowed))
            self.check_problem(self.ask("BREW", target), 501, f"BREW {target}")
            self.check_problem(self.ask("TRACE", target), 405, f"TRACE {target}")
        print(f"\n{tried} methods refused", flush=True)

    def test_it_answers_to_its_names(self):
        for host in ("stream.example.org", "STREAM.example.org.:8443", "localhost", "[::1]:80", "192.0.2.7", socket.gethostname()):
            self.assertEqual(self.ask("GET", "/api/status", host=host).status, 200, host)
        for host in ("example.org", "a.stream.example.org", "stream.example.org.evil.example"):
            self.check_problem(self.ask("GET", "/api/status", host=host), 421, host)

    def test_every_route_refuses_what_is_not_for_it(self):
        for path, method, operation in self.operations():
            target, where = self.target(path), f"{method} {path}"
            body = b'{"fault": "kill"}' if method != "GET" else None
            with self.subTest(route=where):
                self.check_problem(self.ask(method, target, body, host="evil.example"), 421, where + ", a foreign Host")
                for status in ("400", "404", "405", "421", "500"):
                    self.assertIn(status, operation["responses"], where)
                if "{stream}" in path:
                    self.check_problem(self.ask(method, self.target(path, "nobody"), body), 404, where + ", an unknown stream")
                    self.check_problem(self.ask(method, self.target(path, "No%20Name"), body), 404, where + ", no stream name")
                if path.startswith("/api/"):
                    self.check_problem(self.ask(method, target, body, {"Accept": "audio/ogg, video/mp4;q=0.5"}), 406, where + ", Accept")
                self.check_problem(self.ask(method, target + "?" + "x" * 5000), 414, where + ", a long address")
                self.check_problem(self.ask(method, target, body, {"X-Long": "x" * 9000}), 431, where + ", a long header")
                if method == "GET":
                    continue
                self.check_problem(self.ask(method, target, body, {"Origin": "http://evil.example"}), 403, where + ", a foreign Origin")
                self.check_problem(self.ask(method, target, body, {"Sec-Fetch-Site": "cross-site"}), 403, where + ", a foreign page")
                self.check_problem(self.ask(method, target, b"a=b", {"Content-Type": "application/x-www-form-urlencoded"}), 415, where)
                # A document of many lines is told with the places of its errors.
                self.check_problem(self.ask(method, target, b'{"a": '), 422 if method == "PUT" else 400, where + ", half an object")
                self.check_problem(self.ask(method, target, b"{}", {"Content-Length": "99999999"}), 413, where + ", a large body")
        self.assertEqual(self.service.status()["desired"], "up", "nothing of that was done")
        self.assertFalse(self.service.status()["paused"])

    def test_every_route_asks_for_the_credentials_that_it_says(self):
        tokens = {}
        entries = []
        for role in ("viewer", "operator"):
            made = subprocess.run([str(programs / "streamer-supervisor"), "token", role, "--role", role], capture_output=True, text=True, timeout=20, check=True)
            tokens[role] = {"Authorization": "Bearer " + made.stdout.splitlines()[0]}
            entries.append(json.loads(made.stdout.splitlines()[-1]))
        self.incident()
        name = self.service.playlist().segments[-1].init
        self.service.stop()
        self.service.server["auth"] = {"tokens": entries}
        self.service.start()
        asked = 0
        for path, method, operation in self.operations():
            target = path.replace("{stream}", "desktop").replace("{path}", "").replace("{name}", name if path.startswith("/hls/") else self.incident())
            where, body = f"{method} {path}", b"{}" if method != "GET" else None
            with self.subTest(route=where):
                if not operation["security"]:
                    self.assertNotEqual(self.ask(method, target, body).status, 403, where)
                    continue
                refused = self.ask(method, target, body)
                self.check_problem(refused, 401, where)
                self.assertIn("WWW-Authenticate", refused.headers)
                self.check_described(operation, refused, where)
                self.check_problem(self.ask(method, target, body, {"Authorization": "Bearer wrong"}), 401, where)
                asked += 1
                if method != "GET":
                    viewer = self.ask(method, target, body, tokens["viewer"])
                    self.check_problem(viewer, 403, where + " by a viewer")
                    self.check_described(operation, viewer, where)
        self.assertEqual(self.ask("GET", "/api/status", headers=tokens["viewer"]).status, 200)
        print(f"\n{asked} routes asked for credentials", flush=True)

    def test_values_of_queries_and_bodies_that_cannot_be_are_told(self):
        stream = "/api/streams/desktop"
        playlist = "/hls/desktop/playlist.m3u8"
        rows = [("GET", "/api/logs?level=loud", 400), ("GET", "/api/logs?limit=-1", 400), ("GET", "/api/logs?limit=1001", 400),
                ("GET", "/api/logs?stream=NO", 400), ("GET", "/api/logs?since=" + "x" * 65, 400), ("GET", stream + "/incidents?limit=x", 400),
                ("GET", stream + "/incidents/none", 404), ("GET", stream + "/incidents/none/picture.jpg", 404),
                ("GET", playlist + "?_HLS_msn=x", 400), ("GET", playlist + "?_HLS_part=1", 400), ("GET", playlist + "?_HLS_msn=999999", 400),
                ("GET", playlist + "?_HLS_msn=1&_HLS_msn=2", 400), ("GET", "/hls/desktop/none.m4s", 404), ("GET", "/api/none", 404),
                ("GET", "/none", 404), ("GET", "/api/%2e%2e/status", 400), ("GET", "/api/status?a=%00", 400),
                ("POST", stream + "/drill", 400), ("POST", stream + "/drill", 422, {"fault": "flood"}),
                ("POST", stream + "/drill", 400, {"fault": "kill", "more": 1})]
        rows += [("POST", stream + "/inputs/switch", 400), ("POST", stream + "/inputs/switch", 400, {"priority": "first"}),
                 ("POST", stream + "/inputs/switch", 400, {"priority": 0, "more": 1}), ("POST", stream + "/inputs/switch", 422, {"priority": 16}),
                 ("POST", stream + "/inputs/switch", 422, {"priority": -1}), ("PATCH", stream + "/inputs", 422, {}),
                 ("PATCH", stream + "/inputs", 422, {"changes": [{"op": "remove", "priority": 9}]}), ("PATCH", stream + "/inputs?dry_run=perhaps", 400, {})]
        if "/api/history" in self.description["paths"]:
            rows.append(("GET", "/api/history?range=1y", 400))
        if "/api/config" in self.description["paths"]:
            rows += [("PUT", "/api/config?dry_run=perhaps", 400, {}), ("PUT", "/api/config?dry_run=true", 422, {"streams": 5})]
        for method, target, status, *body in rows:
            with self.subTest(target=target):
                self.check_problem(self.ask(method, target, json.dumps(body[0]).encode() if body else None), status, f"{method} {target}")

    def test_every_command_does_what_is_described(self):
        def order(path, body=None, method="POST"):
            operation = self.description["paths"][path][method.lower()]
            answer = self.ask(method, self.target(path), body)
            self.check_described(operation, answer, path)
            return answer

        old = self.out / "seg-0-1.m4s"
        old.write_bytes(b"x" * 100)
        foreign = self.out / "holiday.mp4"
        foreign.write_bytes(b"y")
        # A segment that is closed meanwhile prunes as well.
        removed = order("/api/streams/{stream}/cleanup").json()
        self.assertFalse(old.exists())
        self.assertTrue(foreign.exists())
        self.assertIn((removed["removed_files"], removed["freed_bytes"]), [(1, 100), (0, 0)])
        self.assertTrue(self.service.get("/hls/desktop/playlist.m3u8").status == 200 and (self.out / "playlist.m3u8").exists())

        self.assertEqual(order("/api/streams/{stream}/pause").status, 202)
        wait_for(lambda: self.service.status()["state"] == "paused", 5, "paused")
        self.validate(self.service.get("/api/status").json(), {"$ref": "#/components/schemas/Status"}, "the status while paused")
        self.assertEqual(order("/api/streams/{stream}/resume").status, 202)
        self.service.wait_until_live()
        for verb in ("stop", "start", "restart"):
            self.assertEqual(order("/api/streams/{stream}/" + verb).status, 202)
            if verb == "stop":
                wait_for(lambda: self.service.status()["state"] == "stopped", 8, "stopped")
                self.validate(self.service.get("/api/status").json(), {"$ref": "#/components/schemas/Status"}, "the status while stopped")
            else:
                self.service.wait_until_live()
        switch = "/api/streams/{stream}/inputs/switch"
        added = order("/api/streams/{stream}/inputs", b'{"changes": [{"op": "add", "input": {"type": "pattern"}}]}', "PATCH")
        self.assertEqual((added.status, len(added.json()["applied"])), (200, 1), added.body)
        self.assertEqual(order(switch, b'{"priority": 1}').status, 202)
        wait_for(lambda: self.service.status()["active_input"] == 1, 5, "the other input")
        wait_for(lambda: self.service.status()["switches"], 5, "the switch is remembered")
        self.validate(self.service.get("/api/status").json(), {"$ref": "#/components/schemas/Status"}, "the status with a choice by hand")
        self.assertEqual(order(switch, b'{"priority": null}').status, 202)
        self.assertEqual(order("/api/streams/{stream}/inputs", b'{"changes": [{"op": "remove", "priority": 1}]}', "PATCH").status, 200)
        self.service.wait_until_live()
        drill = order("/api/streams/{stream}/drill", b'{"fault": "kill"}')
        self.assertEqual((drill.status, drill.json()["verdict"]), (200, "recovered"))
        done = {path for path in self.description["paths"] if path.endswith(("/cleanup", "/pause", "/resume", "/stop", "/start", "/restart", "/drill", "/switch"))}
        for path, method, _ in self.operations():
            if method == "POST" and path not in done:
                with self.subTest(path=path):
                    order(path)

    def test_text_is_compressed_for_who_asks_and_media_never(self):
        packed = {"Accept-Encoding": "gzip"}
        status = self.ask("GET", "/api/status", headers=packed)
        self.assertEqual((status.headers["Content-Encoding"], status.headers["Vary"]), ("gzip", "Accept-Encoding"))
        self.validate(json.loads(gzip.decompress(status.body)), {"$ref": "#/components/schemas/Status"}, "compressed status")
        self.assertIsNone(self.ask("GET", "/api/status").headers["Content-Encoding"])
        self.assertIsNone(self.ask("GET", "/api/status", headers={"Accept-Encoding": "gzip;q=0, br"}).headers["Content-Encoding"])
        self.assertIsNone(self.ask("GET", "/healthz", headers=packed).headers["Content-Encoding"], "too short to be worth it")
        self.assertIn(b"# TYPE", gzip.decompress(self.ask("GET", "/metrics", headers=packed).body))
        self.service.wait_for_segments(4)
        self.service.post("/api/streams/desktop/stop")  # the playlist stands still
        wait_for(lambda: self.service.playlist().ended, 8, "the playlist ended")
        target = "/hls/desktop/playlist.m3u8"
        plain, small = self.ask("GET", target), self.ask("GET", target, headers=packed)
        self.assertEqual(gzip.decompress(small.body), plain.body)
        self.assertEqual((small.headers["Vary"], plain.headers["Vary"]), ("Accept-Encoding", "Accept-Encoding"))
        self.assertNotEqual(small.headers["ETag"], plain.headers["ETag"])
        for headers, status in (({"If-None-Match": plain.headers["ETag"]}, 304), ({"If-None-Match": small.headers["ETag"]}, 200),
                                ({"If-None-Match": small.headers["ETag"], **packed}, 304), ({"If-None-Match": plain.headers["ETag"], **packed}, 200)):
            self.assertEqual(self.ask("GET", target, headers=headers).status, status, headers)
        head = self.ask("HEAD", target, headers=packed)
        self.assertEqual(head.headers["Content-Length"], str(len(small.body)))
        segment = self.ask("GET", "/hls/desktop/" + self.service.playlist().whole()[-1].uri, headers=packed)
        self.assertIsNone(segment.headers["Content-Encoding"])
        print(f"\nplaylist {len(plain.body)} bytes, {len(small.body)} compressed; status {len(gzip.decompress(status_body(self)))}"
              f" and {len(status_body(self))}", flush=True)

    def test_events_go_on_where_a_client_left_off(self):
        first = self.read_events({}, 3)
        self.assertTrue(first["retry"], "how long to wait before coming back is said")
        seen = first["ids"][0]
        time.sleep(1.5)
        second = self.read_events({"Last-Event-ID": seen}, 4)
        number = int(seen.rsplit("-", 1)[1])
        self.assertEqual([int(i.rsplit("-", 1)[1]) for i in second["ids"][:4]], list(range(number + 1, number + 5)), "none is missing, none comes twice")
        self.assertNotIn("dropped", second["names"])
        self.service.process.kill()
        self.service.process.wait()
        self.service.start()
        third = self.read_events({"Last-Event-ID": seen}, 2)
        self.assertEqual(third["names"][0], "dropped")
        self.assertEqual(json.loads(third["data"][0]), {"code": "restarted", "events": None})

    def read_events(self, headers, count):
        connection = http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=20)
        connection.request("GET", "/api/events", headers=headers)
        answer = connection.getresponse()
        found = {"retry": None, "ids": [], "names": [], "data": []}
        fields = {"id": "ids", "event": "names", "data": "data"}
        while len(found["data"]) < count:
            field, _, value = answer.readline().decode().rstrip("\n").partition(": ")
            if field == "retry":
                found["retry"] = value
            elif field in fields:
                found[fields[field]].append(value)
        connection.close()
        return found


def status_body(test):
    return test.ask("GET", "/api/status", headers={"Accept-Encoding": "gzip"}).body


if __name__ == "__main__":
    unittest.main()
