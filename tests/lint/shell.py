"""Shell scripts parse, can be run, and shellcheck has nothing to say where it is installed."""
import os
import shutil
import subprocess

import tree

findings = []
scripts = [path for path in tree.files() if path.read_bytes()[:2] == b"#!" and b"sh" in path.read_bytes().split(b"\n")[0]]
for script in scripts:
    shell = "bash" if "bash" in tree.text(script).splitlines()[0] else "sh"
    if subprocess.run([shell, "-n", str(script)], capture_output=True).returncode:
        findings.append(f"{tree.name(script)}: {shell} cannot parse it")
    if not os.access(script, os.X_OK):
        findings.append(f"{tree.name(script)}: not executable; chmod +x")
if shutil.which("shellcheck"):
    run = subprocess.run(["shellcheck", "--format=gcc", "--severity=warning", *map(str, scripts)], capture_output=True, text=True)
    findings += [line.removeprefix(str(tree.project) + "/") for line in run.stdout.splitlines()]
tree.finish(findings, len(scripts))
