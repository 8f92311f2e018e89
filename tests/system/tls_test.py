"""HTTPS: real clients against the running service, certificates that are renewed while it runs, and files that do not do."""
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import time
import unittest

from certificates import install_pair, make_certificate, shown_certificate
from streamer import SystemTest, programs, wait_for

supervisor = str(programs / "streamer-supervisor")


def run_cli(*arguments):
    return subprocess.run([supervisor, *arguments], capture_output=True, text=True, timeout=30)


class Tls(SystemTest):
    def pair(self, name):
        """A new certificate and its key, as files of this test."""
        folder = self.folder / name
        folder.mkdir()
        return make_certificate(folder)

    def secured(self, **server):
        streamer = self.streamer(start=False)
        self.certificate, self.key = streamer.folder / "certificate.pem", streamer.folder / "key.pem"
        self.install(*self.pair("first"))
        streamer.server = {"tls": {"certificate": str(self.certificate), "key": str(self.key)}, **server}
        streamer.trusted = str(self.certificate)
        streamer.start()
        streamer.wait_until_live()
        return streamer

    def install(self, certificate, key):
        install_pair((certificate, key), self.certificate, self.key)

    def shown(self, streamer):
        return shown_certificate(streamer.port)

    def test_players_and_commands_work_and_the_service_probes_itself(self):
        streamer = self.secured()
        playlist = streamer.wait_for_segments(2)
        self.assertGreater(len(streamer.media(playlist.whole()[0].uri)), 1000)
        for program in ("curl", "ffmpeg"):
            if not shutil.which(program):
                self.skipTest(f"{program} is not installed")
        url = streamer.url("/hls/desktop/playlist.m3u8")
        curl = subprocess.run(["curl", "-sS", "--cacert", streamer.trusted, "--tlsv1.2", "-w", "%{http_version} %{ssl_verify_result}", "-o", "/dev/null", url],
                              capture_output=True, text=True, timeout=30)
        self.assertEqual((curl.returncode, curl.stdout), (0, "1.1 0"), curl.stderr)
        played = subprocess.run(["ffmpeg", "-nostdin", "-v", "warning", "-tls_verify", "1", "-ca_file", streamer.trusted, "-i", url, "-t", "2", "-f", "null", "-"],
                                capture_output=True, text=True, timeout=60)
        self.assertEqual(played.returncode, 0, played.stderr)
        root = streamer.url("")
        status = run_cli("status", "--url", root, "--ca", streamer.trusted)
        self.assertEqual(status.returncode, 0, status.stderr)
        self.assertIn("desktop", status.stdout)
        for arguments, words in ((("--url", root), "is not trusted"), (("--url", root.replace("https", "http")), "speaks HTTPS"),
                                 (("--url", root, "--ca", "/nothing"), "/nothing")):
            refused = run_cli("status", *arguments)
            self.assertNotEqual(refused.returncode, 0, arguments)
            self.assertIn(words, refused.stderr)
        logs = run_cli("logs", "--url", root, "--ca", streamer.trusted)
        self.assertIn(f"serving https://127.0.0.1:{streamer.port}/", logs.stdout, logs.stderr)
        probe = wait_for(lambda: ((streamer.get("/api/health/detailed").json().get("self_probe") or {}).get("streams") or {}).get("desktop"), 20, "it has probed itself")
        self.assertEqual(probe["error"], "")
        doctor = run_cli("doctor", "--config", str(streamer.config_path))
        self.assertIn("held by the running service", doctor.stdout)

    def test_a_name_that_the_certificate_is_not_for_is_refused_unless_it_is_the_very_one(self):
        streamer = self.secured()
        certificate, key = make_certificate(self.folder / "first", "other_name")
        os.chmod(key, 0o600)
        streamer.server["tls"] = {"certificate": str(certificate), "key": str(key)}
        streamer.config_path.write_text(json.dumps(streamer.config()))
        streamer.process.send_signal(signal.SIGHUP)
        wait_for(lambda: self.shown(streamer) == certificate.read_text().strip(), 10, "the files of the new configuration are in use")
        self.assertEqual(run_cli("status", "--url", streamer.url(""), "--ca", str(certificate)).returncode, 0)
        with self.assertRaises(ssl.SSLCertVerificationError):
            with socket.create_connection(("127.0.0.1", streamer.port)) as wire:
                ssl.create_default_context(cafile=str(certificate)).wrap_socket(wire, server_hostname="127.0.0.1")

    def test_a_renewed_certificate_is_used_without_a_restart_and_a_wrong_one_is_not(self):
        streamer = self.secured()
        pid, first = streamer.process.pid, self.certificate.read_text().strip()
        context = ssl.create_default_context(cafile=streamer.trusted)
        old = context.wrap_socket(socket.create_connection(("127.0.0.1", streamer.port), timeout=5), server_hostname="127.0.0.1")
        ask = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        old.sendall(ask)
        self.assertIn(b"200 OK", old.recv(4096))
        self.install(*self.pair("second"))
        second = self.certificate.read_text().strip()
        self.assertNotEqual(first, second)
        wait_for(lambda: self.shown(streamer) == second, 25, "the renewed certificate is in use")  # read every 10 s
        old.sendall(ask)
        self.assertIn(b"200 OK", old.recv(4096), "a connection goes on")
        old.close()
        # The key of another certificate: the former pair stays, and it is said.
        self.key.write_text(pathlib.Path(self.pair("third")[1]).read_text())
        streamer.process.send_signal(signal.SIGHUP)
        wait_for(lambda: "is not the key of the certificate" in streamer.log(), 10, "the wrong key is told")
        self.assertEqual(self.shown(streamer), second)
        self.assertEqual((streamer.process.pid, streamer.process.poll()), (pid, None))
        self.assertEqual(streamer.health().status, 200)
        alert = wait_for(lambda: next((one for one in streamer.get("/api/alerts").json()["active"] if one["rule"] == "certificate"), None), 60, "an alert tells")
        self.assertIn("is not the key of the certificate", json.dumps(alert))

    def test_who_begins_no_handshake_holds_nobody(self):
        streamer = self.secured(limits={"header_timeout": 1})
        silent = [socket.create_connection(("127.0.0.1", streamer.port)) for _ in range(100)]
        began = time.monotonic()
        self.assertEqual(streamer.get("/healthz").status, 200)
        self.assertLess(time.monotonic() - began, 1.0)
        for one in silent:
            one.settimeout(5)
            self.assertEqual(one.recv(1), b"")
            one.close()

    def test_files_that_do_not_do_are_named_before_anything_is_served(self):
        streamer = self.secured()
        streamer.stop()
        for change, words in ((lambda: os.chmod(self.key, 0o644), "chmod 0600"),
                              (lambda: self.key.write_text("no key"), "holds no private key"),
                              (lambda: self.certificate.unlink(), str(self.certificate))):
            change()
            for arguments in (("check", "--config", str(streamer.config_path)), ("run", "--config", str(streamer.config_path))):
                refused = subprocess.run([supervisor, *arguments], capture_output=True, text=True, timeout=20, env=streamer.environment)
                self.assertEqual(refused.returncode, 78, refused.stderr)
                self.assertIn("/server/tls", refused.stderr)
                self.assertIn(words, refused.stderr)
            os.chmod(self.key, 0o600)


if __name__ == "__main__":
    unittest.main()
