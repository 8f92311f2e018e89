"""The manual pages are well formed (mandoc), and so is the one that is made from the tables of the configuration:
usage manual.py PROJECT-FOLDER [PROGRAM streamer-config-docs]."""
import shutil
import subprocess
import sys
import tempfile

import tree

if not shutil.which("mandoc"):
    tree.skip("mandoc is not installed")
findings = []
with tempfile.NamedTemporaryFile("wb", suffix=".5") as made:
    pages = [str(path) for path in tree.files(".1")]
    if len(sys.argv) > 2:
        made.write(subprocess.run([sys.argv[2], "man"], capture_output=True, check=True, timeout=30).stdout)
        made.flush()
        pages.append(made.name)
    for page in pages:
        run = subprocess.run(["mandoc", "-Tlint", "-W", "warning", page], capture_output=True, text=True, timeout=30)
        findings += [line.replace(made.name, "desktop-streamer-config.5") for line in run.stdout.splitlines()]
tree.finish(findings, len(pages))
