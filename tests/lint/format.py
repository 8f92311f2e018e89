"""Every C++ file is as clang-format 14 writes it; other majors write some lines differently."""
import re
import shutil
import subprocess

import tree

VERSION = "14"

program = shutil.which("clang-format-" + VERSION) or shutil.which("clang-format")
if not program:
    tree.skip(f"clang-format-{VERSION} is not installed")
version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
if not re.search(rf"version {VERSION}\.", version):
    tree.skip(f"clang-format {VERSION} is wanted, here is: {version.strip()}")

paths = tree.files(".h", ".cpp")
run = subprocess.run([program, "--dry-run", "-Werror", *map(str, paths)], capture_output=True, text=True, cwd=tree.project)
wrong = sorted({line.split(":")[0] for line in run.stderr.splitlines() if "clang-format-violations" in line})
findings = [f"{path.removeprefix(str(tree.project) + '/')}: not formatted; run: clang-format-{VERSION} -i on it" for path in wrong]
if run.returncode and not findings:
    findings = [run.stderr.strip()]
tree.finish(findings, len(paths))
