"""`cmake --install` puts everything where it belongs, and never overwrites settings."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from streamer import project

build = pathlib.Path(os.environ.get("STREAMER_BUILD", project / "build/release"))


class Install(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="install-"))
        self.addCleanup(shutil.rmtree, self.root)
        self.prefix = self.root / self._cached("CMAKE_INSTALL_PREFIX").lstrip("/")

    def _cached(self, key):
        for line in (build / "CMakeCache.txt").read_text().splitlines():
            if line.startswith(key + ":"):
                return line.partition("=")[2]
        self.fail(key + " is not in CMakeCache.txt")

    def install(self):
        run = subprocess.run(["cmake", "--install", str(build)], capture_output=True, text=True, env=dict(os.environ, DESTDIR=str(self.root)), timeout=60)
        self.assertEqual(run.returncode, 0, run.stderr)
        return run.stdout

    def test_programs_unit_account_and_settings_are_in_place(self):
        self.install()
        for program in ("streamer-supervisor", "streamer-worker"):
            path = self.prefix / "bin" / program
            self.assertTrue(os.access(path, os.X_OK), path)
        unit = (self.prefix / "lib/systemd/system/streamer-supervisor.service").read_text()
        self.assertIn(f"/{self.prefix.relative_to(self.root)}/bin/streamer-supervisor run --config /etc/desktop-streamer/config.json", unit)
        self.assertNotIn("@", unit.replace("@system-service", "").replace("@privileged", ""))
        for line in ("User=desktop-streamer", "Restart=always", "StartLimitIntervalSec=0", "OOMPolicy=continue"):
            self.assertIn(line, unit)
        self.assertIn("desktop-streamer", (self.prefix / "lib/sysusers.d/desktop-streamer.conf").read_text())
        manual = self.prefix / "share/doc/desktop-streamer"
        for page in re.findall(r"\]\(([\w/.]+)", (manual / "README.md").read_text()):
            self.assertTrue((manual / page).exists(), page)
        for page in ("man1/streamer-supervisor.1", "man1/streamer-worker.1", "man5/desktop-streamer-config.5"):
            self.assertIn(".Sh NAME", (self.prefix / "share/man" / page).read_text())
        self.assertIn("complete -F", (self.prefix / "share/bash-completion/completions/streamer-supervisor").read_text())
        config = self.root / "etc/desktop-streamer/config.json"
        self.assertEqual(config.read_bytes(), (project / "etc/config.json").read_bytes())
        run = subprocess.run([str(self.prefix / "bin/streamer-supervisor"), "check", "--config", str(config)], capture_output=True, text=True, timeout=15)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def test_settings_of_the_operator_are_kept(self):
        self.install()
        config = self.root / "etc/desktop-streamer/config.json"
        config.write_text("{} // mine\n")
        self.assertIn("Kept", self.install())
        self.assertEqual(config.read_text(), "{} // mine\n")

    def test_systemd_finds_nothing_wrong_with_the_unit(self):
        if not shutil.which("systemd-analyze"):
            self.skipTest("systemd-analyze is not installed")
        self.install()
        unit = self.root / "streamer-supervisor.service"
        text = (self.prefix / "lib/systemd/system/streamer-supervisor.service").read_text()
        # Its program is not installed on this machine, only below DESTDIR.
        unit.write_text(text.replace("/" + str(self.prefix.relative_to(self.root)), str(self.prefix)))
        run = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, timeout=60)
        said = [line for line in run.stderr.splitlines() if "streamer-supervisor" in line]
        self.assertEqual((run.returncode, said), (0, []), run.stderr)

    def test_the_service_is_closed(self):
        if not shutil.which("systemd-analyze"):
            self.skipTest("systemd-analyze is not installed")
        self.install()
        unit = self.prefix / "lib/systemd/system/streamer-supervisor.service"
        run = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", str(unit)], capture_output=True, text=True,
                             timeout=60)
        last = run.stdout.strip().splitlines()[-1] if run.stdout.strip() else run.stderr
        print("\n" + last, flush=True)
        self.assertEqual(run.returncode, 0, last)
