"""The command line by hand: doctor on machines where something is wrong, status and logs of a running service, probes, the
manual and the completion; and what the API says of encoders and monitors."""
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
import unittest

from streamer import SystemTest, children_of, free_port, is_alive, processes_of, programs, project, wait_for

supervisor, worker = str(programs / "streamer-supervisor"), str(programs / "streamer-worker")


def run(*arguments, env=None, timeout=30):
    return subprocess.run(arguments, capture_output=True, text=True, timeout=timeout, env=env, stdin=subprocess.DEVNULL)


def clean_environment(**more):
    """Nothing of the session that runs the tests."""
    unwanted = ("DISPLAY", "XAUTHORITY", "DESKTOP_STREAMER_TOKEN", "RUNTIME_DIRECTORY", "STATE_DIRECTORY", "XDG_RUNTIME_DIR", "XDG_STATE_HOME")
    return {**{key: value for key, value in os.environ.items() if key not in unwanted}, **more}


class Doctor(SystemTest):
    def doctor(self, config=None, *arguments, env=None, code=None):
        """Its findings by what they are about: (verdict, detail, fix)."""
        if config is not None:
            path = self.folder / "doctor.json"
            path.write_text(json.dumps(config))
            arguments = ("--config", str(path), *arguments)
        env = env or clean_environment(RUNTIME_DIRECTORY=str(self.folder / "run"), STATE_DIRECTORY=str(self.folder / "state"))
        began = time.monotonic()
        ended = run(supervisor, "doctor", "--json", *arguments, env=env)
        self.assertLess(time.monotonic() - began, 25, "no check may hang")
        answer = json.loads(ended.stdout)
        self.assertEqual(ended.returncode, answer["exit_code"], ended.stdout + ended.stderr)
        if code is not None:
            self.assertEqual(ended.returncode, code, ended.stdout)
        for check in answer["checks"]:
            self.assertEqual(bool(check["fix"]), check["verdict"] != "ok", check)
        return {check["what"]: (check["verdict"], check["detail"], check["fix"]) for check in answer["checks"]}

    def config(self, **stream):
        return {"server": {"listen": [f"127.0.0.1:{free_port()}"]},
                "streams": [{"name": "desktop", "inputs": [{"type": "pattern"}], **stream}]}

    def test_a_machine_in_order_passes(self):
        desktop = self.desktop()
        inputs = [{"type": "x11", "display": desktop.display, "monitor": "second"}]
        found = self.doctor(self.config(inputs=inputs), code=0)
        for what in ("configuration", "worker", f"display {desktop.display}", "monitor of desktop", "picture of desktop", "encoder libx264",
                     "memory files", "state directory"):
            self.assertEqual(found[what][0], "ok", (what, found[what]))
        self.assertIn("DUMMY0", found[f"display {desktop.display}"][1])
        self.assertIn('"second" is DUMMY1 640x360+640+0', found["monitor of desktop"][1])
        self.assertIn("640x360", found["picture of desktop"][1])
        self.assertFalse((self.folder / "run").exists(), "nothing is made")
        # For people: a line each, the verdict first.
        ended = run(supervisor, "doctor", "--config", str(self.folder / "doctor.json"), env=clean_environment())
        for line in ended.stdout.splitlines():
            self.assertRegex(line, r"^(ok|warn|fail) +\S")

    def test_a_monitor_that_is_not_there_and_a_cookie_that_is_wrong(self):
        cookie = self.folder / "cookie"
        desktop = self.desktop(paint=False, cookie=cookie)
        inputs = [{"type": "x11", "display": desktop.display, "monitor": "HDMI-9", "xauthority": str(cookie)}]
        found = self.doctor(self.config(inputs=inputs), code=69)
        self.assertEqual(found[f"display {desktop.display}"][0], "ok")
        verdict, detail, fix = found["monitor of desktop"]
        self.assertEqual(verdict, "fail")
        self.assertIn("DUMMY1", detail)
        self.assertIn("monitor", fix)
        empty = self.folder / "empty"
        empty.write_bytes(b"")
        found = self.doctor(self.config(inputs=[{**inputs[0], "xauthority": str(empty)}]), code=77)
        self.assertIn("xhost", found[f"display {desktop.display}"][2])

    def test_inputs_are_tried_and_those_that_fail_are_a_warning(self):
        inputs = [{"type": "device", "format": "lavfi", "device": "testsrc=size=320x180:rate=25"},
                  {"type": "url", "url": f"tcp://ann:hunter22@127.0.0.1:{free_port()}"}, {"type": "file", "path": "/nowhere/clip.mp4"}]
        found = self.doctor(self.config(inputs=inputs), code=0)
        verdicts = {what: verdict for what, (verdict, _, _) in found.items() if what.startswith("input ")}
        self.assertEqual(sorted(verdicts.values()), ["ok", "warn", "warn"], found)
        self.assertNotIn("hunter22", str(found))
        self.assertIn("320x180", next(detail for what, (verdict, detail, _) in found.items() if what.startswith("input ") and verdict == "ok"))

    def test_without_a_display_it_says_what_to_do(self):
        found = self.doctor(self.config(inputs=[{"type": "x11"}]), code=69)
        self.assertIn("no display is named", found["display $DISPLAY"][1])
        found = self.doctor(self.config(inputs=[{"type": "x11", "display": ":4711"}]), code=69)
        self.assertIn("no X server listens there", found["display :4711"][1])

    def test_an_x_server_that_hangs_holds_up_nothing(self):
        desktop = self.desktop(paint=False)
        os.kill(desktop.pid, signal.SIGSTOP)
        self.addCleanup(os.kill, desktop.pid, signal.SIGCONT)
        found = self.doctor(self.config(inputs=[{"type": "x11", "display": desktop.display}]), code=69)
        self.assertIn("no answer within", found[f"display {desktop.display}"][1])
        self.assertEqual(found["encoder libx264"][0], "ok")
        workers = set(processes_of("streamer-worker"))
        in_service = {child for supervisor in processes_of("streamer-supervisor") for child in children_of(supervisor)}
        left = {pid for pid in workers - in_service if is_alive(pid)}
        self.assertEqual(left, set(), "no probe is left behind")

    def test_a_wrong_configuration_is_named_with_its_place_and_the_rest_is_looked_at(self):
        found = self.doctor({"streams": [{"name": "desktop", "video": {"fps": 0}}]}, "--listen", f"127.0.0.1:{free_port()}", code=78)
        self.assertIn("/streams/0/video/fps", " ".join(detail for _, detail, _ in found.values()) +
                      json.dumps(json.loads(run(supervisor, "doctor", "--json", "--config", str(self.folder / "doctor.json")).stdout)))
        self.assertEqual(found["worker"][0], "ok")
        found = self.doctor(None, "--config", str(self.folder / "none.json"), code=78)
        self.assertIn("encoder libx264", found)

    def test_a_taken_port_is_named_with_its_holder(self):
        with socket.socket() as squatter:
            squatter.bind(("127.0.0.1", 0))
            squatter.listen()
            listen = f"127.0.0.1:{squatter.getsockname()[1]}"
            verdict, detail, fix = self.doctor(self.config(), "--listen", listen, code=69)["port " + listen]
            self.assertEqual(verdict, "fail")
            self.assertIn(f"process {os.getpid()}", detail)
            self.assertIn("python", detail)
            self.assertIn("--listen", fix)
        self.assertEqual(self.doctor(self.config(), "--listen", listen, code=0)["port " + listen][:2], ("ok", "free"))

    def test_the_running_service_may_hold_its_port(self):
        streamer = self.streamer()
        found = self.doctor(streamer.config(), code=0)
        self.assertEqual(found[f"port 127.0.0.1:{streamer.port}"][:2],
                         ("ok", f"held by the running service (process {streamer.process.pid})"))

    def test_a_worker_that_is_missing_of_another_version_or_broken(self):
        found = self.doctor(self.config(), "--worker", str(self.folder / "nothing"), code=69)
        self.assertIn("is not there", found["worker"][1])
        self.assertEqual(found["encoders"][0], "fail")
        other = self.folder / "worker"
        for script, said in (("echo streamer-worker 9.9", "9.9"), ("echo libyuv.so.0: cannot open >&2; exit 127", "libyuv.so.0"),
                             ("exec sleep 60", "did not answer")):
            other.write_text("#!/bin/sh\n" + script + "\n")
            other.chmod(0o755)
            verdict, detail, _ = self.doctor(self.config(), "--worker", str(other), code=69)["worker"]
            self.assertEqual(verdict, "fail")
            self.assertIn(said, detail)

    def test_directories_that_cannot_be_used(self):
        blocked = self.folder / "file"
        blocked.write_text("")
        shared = self.folder / "shared"
        shared.mkdir()
        shared.chmod(0o777)
        config = self.config(hls={"output_dir": str(blocked / "hls")})
        config["server"].update(runtime_dir=str(shared), state_dir=str(blocked))
        found = self.doctor(config)
        self.assertIn("chmod go-w", found["runtime directory"][2])
        self.assertIn("is not a directory", found["state directory"][1])
        self.assertEqual(found["output of desktop"][0], "fail")


class Client(SystemTest):
    def client(self, *arguments, **options):
        return run(supervisor, *arguments, env=clean_environment(), **options)

    def test_status_is_a_table(self):
        streamer = self.streamer()
        streamer.wait_until_live()
        url = ("--url", streamer.url(""))
        ended = self.client("status", *url)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        heading, row = ended.stdout.splitlines()[1:3]
        self.assertEqual(heading.split()[:4], ["STREAM", "STATE", "FOR", "ON"])
        self.assertTrue(row.startswith("desktop"), row)
        self.assertIn("libx264", row)
        self.assertEqual(json.loads(self.client("status", "--json", *url).stdout)["streams"][0]["name"], "desktop")
        self.assertEqual(self.client("status", "--names", *url).stdout, "desktop\n")
        unknown = self.client("status", "nobody", *url)
        self.assertEqual((unknown.returncode, unknown.stderr), (64, 'there is no stream "nobody"; there are: desktop\n'))
        self.assertEqual(self.client("stop", "nobody", *url).returncode, 64)
        self.assertEqual(self.client("restart", "desktop", *url).returncode, 0)

    def test_an_input_is_put_on_air_and_given_back(self):
        streamer = self.streamer(inputs=[{"type": "pattern"}, {"type": "slate", "text": "Back soon"}, {"type": "pattern"}])
        streamer.wait_until_live()
        url = ("--url", streamer.url(""))
        table = self.client("status", "desktop", *url).stdout
        self.assertRegex(table, r"(?m)^desktop +0 +pattern +on air ")
        held = self.client("switch", "desktop", "2", *url)
        self.assertEqual(held.returncode, 0, held.stderr)
        self.assertRegex(held.stdout, r"(?m)^desktop +2 +pattern +.*by hand")
        wait_for(lambda: streamer.status()["active_input"] == 2, 10, "input 2 on air")
        given_back = self.client("switch", "desktop", *url)
        self.assertEqual(given_back.returncode, 0, given_back.stderr)
        self.assertIsNone(streamer.status()["override_input"])
        for words, code, said in ((("desktop", "9"), 64, "0 to 3"), (("nobody", "0"), 64, "no stream"), (("desktop", "-1"), 64, "")):
            ended = self.client("switch", *words, *url)
            self.assertEqual(ended.returncode, code, ended.stderr)
            self.assertIn(said, ended.stderr)

    def test_errors_are_one_line_that_says_what_to_do(self):
        nowhere = f"http://127.0.0.1:{free_port()}"
        for words in (("status",), ("logs",), ("stop",), ("incidents",), ("drill", "desktop", "kill"), ("switch", "desktop", "1")):
            ended = self.client(*words, "--url", nowhere)
            self.assertEqual(ended.returncode, 69, words)
            self.assertEqual(len(ended.stderr.splitlines()), 1, ended.stderr)
            self.assertIn("is it running", ended.stderr)
        for url in ("ftp://127.0.0.1:8080", "http://127.0.0.1:port"):
            ended = self.client("status", "--url", url)
            self.assertEqual((ended.returncode, len(ended.stderr.splitlines())), (64, 1), ended.stderr)

    def test_a_service_that_is_silent_or_another_one(self):
        answers = {"401": (b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", 77, "--token"),
                   "html": (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<ht>", 69, "another program"),
                   "noise": (b"220 mail ready\r\n", 69, "--url")}
        for answer, code, said in answers.values():
            with socket.socket() as server:
                server.bind(("127.0.0.1", 0))
                server.listen()
                seen = []

                def serve():
                    connection, _ = server.accept()
                    with connection:
                        seen.append(connection.recv(4096))
                        connection.sendall(answer)

                thread = threading.Thread(target=serve)
                thread.start()
                ended = self.client("status", "--token", "sesame", "--url", f"http://127.0.0.1:{server.getsockname()[1]}")
                thread.join()
            self.assertEqual(ended.returncode, code, ended.stderr)
            self.assertIn(said, ended.stderr)
            self.assertIn(b"Authorization: Bearer sesame\r\n", seen[0])

    def test_logs_are_filtered(self):
        streamer = self.streamer()
        streamer.wait_until_live()
        url = ("--url", streamer.url(""))
        ended = self.client("logs", "-n", "5", *url)
        lines = ended.stdout.splitlines()
        self.assertEqual((ended.returncode, len(lines)), (0, 5), ended.stderr)
        for line in lines:
            self.assertRegex(line, r"^\d{4}-\d\d-\d\dT[\d:.]+Z  (trace|debug|info|warn|error) +\S")
        self.assertTrue(all("desktop/" in line for line in self.client("logs", "--stream", "desktop", *url).stdout.splitlines()))
        self.assertEqual(self.client("logs", "--since", "2099-01-01T00:00:00Z", *url).stdout, "")
        self.assertGreater(len(self.client("logs", "--since", "10m", *url).stdout), 100)
        for wrong in (("--since", "yesterday"), ("--level", "loud"), ("-n", "0"), ("-n", "1001"), ("--stream", "A b")):
            self.assertEqual(self.client("logs", *wrong, *url).returncode, 64, wrong)

    def test_logs_follow_over_a_restart_of_the_service(self):
        streamer = self.streamer()
        streamer.wait_until_live()
        with open(self.folder / "followed", "wb") as out, open(self.folder / "told", "wb") as err:
            follower = subprocess.Popen([supervisor, "logs", "-f", "--url", streamer.url("")], stdout=out, stderr=err, env=clean_environment())
        self.addCleanup(follower.wait)
        self.addCleanup(follower.kill)

        def followed():
            return (self.folder / "followed").read_text()

        wait_for(lambda: "serving http" in followed(), 5, "what was logged before")
        streamer.post("/api/streams/desktop/stop")
        wait_for(lambda: re.search(r"desktop/\d+.*stop", followed()), 5, "what is logged now")
        streamer.stop()
        wait_for(lambda: "trying again" in (self.folder / "told").read_text(), 5, "it says that the service is away")
        streamer.start()
        wait_for(lambda: followed().count("serving http") == 2, 10, "what the next process logs")
        self.assertIn("connected again", (self.folder / "told").read_text())
        lines = followed().splitlines()
        self.assertEqual(len(lines), len(set(lines)), "no line twice")
        self.assertIsNone(follower.poll())


class Api(SystemTest):
    def ask(self, streamer, path):
        """The answer; while the first probe runs, 503 with Retry-After."""
        seen = []

        def answered():
            reply = streamer.get(path)
            seen.append(reply.status)
            if reply.status == 200:
                return reply.json()
            self.assertEqual(reply.status, 503, reply.text())
            self.assertTrue(int(reply.headers["Retry-After"]) > 0)
            return None

        answer = wait_for(answered, 12, path)
        return answer, seen

    def test_encoders_are_tried_once_and_the_answer_is_kept(self):
        streamer = self.streamer()
        answer, seen = self.ask(streamer, "/api/encoders")
        self.assertEqual(seen[0], 503, "nothing is probed before somebody asks")
        names = {encoder["name"]: encoder for encoder in answer["encoders"]}
        self.assertEqual(set(names["libx264"]), {"name", "kind", "ok", "reason", "took_ms"})
        self.assertEqual((names["libx264"]["ok"], names["libx264"]["kind"], names["h264_vaapi"]["kind"]), (True, "software", "hardware"))
        self.assertRegex(answer["checked_at"], r"^\d{4}-\d\d-\d\dT.*Z$")
        self.assertEqual(streamer.get("/api/encoders").json(), answer, "the same answer, from memory")

    def test_monitors_of_the_running_worker_else_of_a_probe(self):
        desktop = self.desktop()
        streamer = self.streamer(desktop.display)
        streamer.wait_until_live()
        monitors = streamer.get("/api/monitors").json()["monitors"]
        self.assertEqual([(m["name"], m["captured"], m["source"], m["stream"]) for m in monitors],
                         [("DUMMY0", False, "worker", "desktop"), ("DUMMY1", True, "worker", "desktop")])
        streamer.post("/api/stop")
        wait_for(lambda: streamer.status()["state"] == "stopped", 8, "stopped")
        answer, _ = self.ask(streamer, "/api/monitors")
        self.assertEqual([(m["name"], m["captured"]) for m in answer["monitors"]], [("DUMMY0", False), ("DUMMY1", True)])

    def test_a_display_that_hangs_is_told_and_the_service_goes_on(self):
        desktop = self.desktop(paint=False)
        os.kill(desktop.pid, signal.SIGSTOP)
        self.addCleanup(os.kill, desktop.pid, signal.SIGCONT)
        streamer = self.streamer(desktop.display)
        self.assertEqual(streamer.get("/api/monitors").status, 503)
        slowest, until = 0, time.monotonic() + 10

        def answered():
            nonlocal slowest
            began = time.monotonic()
            self.assertEqual(streamer.get("/healthz").status, 200)
            slowest = max(slowest, time.monotonic() - began)
            reply = streamer.get("/api/monitors")
            return reply.json() if reply.status == 200 else None

        answer = wait_for(answered, until - time.monotonic(), "the probe ends by itself")
        self.assertEqual(answer["monitors"], [])
        self.assertIn("no answer within", answer["errors"][0]["reason"])
        self.assertLess(slowest, 1, "the event loop does not wait")


class Probe(SystemTest):
    def probe(self, *arguments):
        ended = run(worker, "probe", *arguments, env=clean_environment())
        return ended.returncode, json.loads(ended.stdout)

    def test_inputs(self):
        film = self.folder / "film.mp4"
        subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=320x180:rate=25:duration=1", str(film)], check=True,
                       timeout=60)
        code, answer = self.probe("input", json.dumps({"type": "file", "path": str(film)}))
        self.assertEqual((code, answer["ok"], answer["width"], answer["height"], answer["fps"], answer["codec"]), (0, True, 320, 180, 25, "h264"))
        code, answer = self.probe("input", json.dumps({"type": "file", "path": str(self.folder / "none")}))
        self.assertEqual((code, answer["ok"]), (69, False))
        self.assertIn("No such file", answer["error"])
        for fault in ("frozen", "black", "corrupt"):
            code, answer = self.probe("input", json.dumps({"type": "file", "path": str(film)}), "--disprove", fault)
            self.assertEqual((code, answer["ok"]), (0, True), f"{fault}: {answer}")
        dark = self.folder / "dark.mp4"
        subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=black:size=320x180:rate=25:duration=1", "-pix_fmt", "yuv420p", str(dark)], check=True)
        for fault, said in (("frozen", "its picture does not change"), ("black", "its pictures are black")):
            code, answer = self.probe("input", json.dumps({"type": "file", "path": str(dark)}), "--disprove", fault)
            self.assertEqual(code, 69, answer)
            self.assertIn(f"it ended, and {said}", answer["error"])
        self.assertEqual(self.probe("input", json.dumps({"type": "file", "path": str(dark)}), "--disprove", "corrupt")[0], 0)
        code, answer = self.probe("input", '{"type": "pattern"}')
        self.assertEqual((code, answer["ok"]), (0, True))
        for wrong in ((), ("monsters",), ("input",), ("input", "{"), ("input", '{"colour": 1}'), ("encoders", "--display", ":0"),
                      ("encoders", "--limit-ms", "600001"), ("encoders", "--limit-ms", "0"), ("monitors", "--display"), ("encoders", "--disprove", "black"),
                      ("input", json.dumps({"type": "file", "path": str(film)}), "--disprove", "ugly")):
            self.assertEqual(self.probe(*wrong)[0], 64, wrong)

    def test_an_input_that_says_nothing_is_given_up(self):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            began = time.monotonic()
            code, answer = self.probe("input", json.dumps({"type": "url", "url": f"http://me:hush@127.0.0.1:{silent.getsockname()[1]}/live"}),
                                      "--limit-ms", "1500")
        self.assertLess(time.monotonic() - began, 5)
        self.assertEqual(code, 69)
        self.assertIn("did not answer within", answer["error"])
        self.assertNotIn("hush", answer["error"])


class Pages(unittest.TestCase):
    """What --help says is in the manual and in the completion."""

    def commands(self):
        top = run(supervisor, "--help").stdout
        names = re.findall(r"^  ([a-z]+) ", top.partition("ubcommands:")[2], re.M)
        self.assertIn("doctor", names)
        return {"": top, **{name: run(supervisor, name, "--help").stdout for name in names}}

    def test_every_command_and_option(self):
        page = (project / "packaging/man/streamer-supervisor.1").read_text()
        completion = (project / "packaging/completion/streamer-supervisor").read_text()
        for name, text in self.commands().items():
            self.assertRegex(page, rf"Cm .*\b{name}\b")
            self.assertRegex(completion, rf"\b{name}\b")
            for option in set(re.findall(r"--([a-z-]+)", text)):
                self.assertRegex(page, rf"Fl .*-{option}\b", name)
                self.assertRegex(completion, rf"--{option}\b", name)

    def test_the_worker_s(self):
        page = (project / "packaging/man/streamer-worker.1").read_text()
        for option in set(re.findall(r"--([a-z-]+)", run(worker, "--help").stdout)):
            self.assertRegex(page, rf"Fl .*-{option}\b")


class Completion(SystemTest):
    def complete(self, *words):
        """What bash offers for the last of the words; bash breaks words at colons."""
        broken = [piece for word in words for piece in (re.split(r"(:)", word) if ":" in word else [word]) if piece or not word]
        script = (f"source {project}/packaging/completion/streamer-supervisor; COMP_WORDS=(\"$@\"); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); "
                  "_streamer_supervisor; printf '%s\\n' \"${COMPREPLY[@]}\"")
        ended = run("bash", "-c", script, "bash", supervisor, *broken, env=clean_environment())
        self.assertEqual(ended.stderr, "")
        return ended.stdout.split()

    def test_commands_options_and_the_names_of_the_running_streams(self):
        self.assertEqual(self.complete("do"), ["doctor"])
        self.assertEqual(self.complete("doctor", "--js"), ["--json"])
        self.assertEqual(self.complete("logs", "--level", "w"), ["warn"])
        self.assertEqual(self.complete("drill", "desktop", "k"), ["kill"])
        self.assertEqual(self.complete("switch", "desktop", "1"), ["1"])
        streamer = self.streamer()
        self.assertEqual(self.complete("stop", "--url", streamer.url(""), "d"), ["desktop"])
        self.assertEqual(self.complete("drill", "--url", f"http://127.0.0.1:{free_port()}", "x"), ["xlost"])
