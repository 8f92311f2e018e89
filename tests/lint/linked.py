"""The programs load what they use and nothing else: usage linked.py PROJECT-FOLDER PROGRAM...
libcurl (a delivery process) and libavdevice (an input that needs it) are loaded when they are wanted, see the decisions."""
import pathlib
import re
import shutil
import subprocess
import sys

import tree

EVERYBODY = {"libc", "libm", "libgcc_s", "libstdc++", "ld-linux-x86-64", "ld-linux-aarch64"}
ALLOWED = {
    "streamer-supervisor": {"libcrypto", "libssl", "libspdlog", "libfmt", "libz"},
    "streamer-worker": {"libavformat", "libavcodec", "libavutil", "libswscale", "libx264", "libyuv", "libxcb", "libxcb-shm", "libxcb-xfixes",
                        "libxcb-damage", "libxcb-dpms", "libxcb-randr", "libxcb-screensaver", "libXau", "libseccomp"},
}

if not shutil.which("readelf"):
    tree.skip("readelf is not installed")
findings = []
for path in sys.argv[2:]:
    name = pathlib.Path(path).name
    table = subprocess.run(["readelf", "--dynamic", "--wide", path], capture_output=True, text=True, check=True, timeout=30).stdout
    loaded = set(re.findall(r"\(NEEDED\).*\[(.+?)\.so", table))
    findings += [f"{name} loads {library}: use it where it is loaded on demand, or allow it here" for library in sorted(loaded - EVERYBODY - ALLOWED[name])]
tree.finish(findings, len(sys.argv) - 2)
