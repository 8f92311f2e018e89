"""clang-tidy 14 with the checks of .clang-tidy over all sources: usage tidy.py PROJECT-FOLDER BUILD-FOLDER."""
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys

import tree

program = shutil.which("clang-tidy-14") or shutil.which("clang-tidy")
if not program:
    tree.skip("clang-tidy-14 is not installed")
build = pathlib.Path(sys.argv[2])
compiled = {entry["file"] for entry in json.loads((build / "compile_commands.json").read_text())}
sources = [path for path in tree.files(".cpp") if str(path) in compiled]


def check(path):
    run = subprocess.run([program, "-p", str(build), "--quiet", "--extra-arg=-Wno-unknown-warning-option", str(path)],
                         capture_output=True, text=True)
    return [line for line in run.stdout.splitlines() if ": error:" in line or ": warning:" in line]


with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    results = list(pool.map(check, sources))
tree.finish(sorted({line for lines in results for line in lines}), len(sources))
