"""Committed text is of no particular machine: no registry addresses in lock files, no absolute paths of someone's folders,
no trailing blanks, a newline at the end."""
import re

import tree

# Written in pieces, so that this file does not find itself.
MACHINE_PATH = re.compile(r"(?<![\w.$}/])/(wo" r"rk\b|home/\w|Users/\w|root/\w)[/\w]*")
TEMPORARY_PATH = re.compile(r"(?<![\w.$}:/-])/t" r"mp/(?!\.X11-unix)[\w]")
REGISTRY = re.compile(r'"resolved":|https?://[^"\s]*(regi' r'stry|artifact|npm\.pkg)', re.I)
# Text that speaks of such paths on purpose: the path of the first seed's configuration, examples of settings.
ALLOWED = re.compile(r"/home/NAME|/tmp/hls|/root/:0|/home/(user|operator|kiosk)\b")
BINARY = {".png", ".ico", ".jpg", ".mp4", ".m4s", ".h264"}

findings = []
seen = 0
for path in tree.files():
    name = tree.name(path)
    if path.suffix in BINARY or name.startswith("tests/fuzz/corpus/"):
        continue
    seen += 1
    content = tree.text(path)
    if name.endswith("package-lock.json") or name.endswith(".npmrc"):
        for number, line in enumerate(content.splitlines(), 1):
            if name.endswith(".json") and REGISTRY.search(line) or re.search(r"registry\s*=", line):
                findings.append(f"{name}:{number}: a package registry's address; .npmrc has omit-lockfile-registry-resolved")
        continue
    for number, line in enumerate(content.splitlines(), 1):
        cleaned = ALLOWED.sub("", line)
        if MACHINE_PATH.search(cleaned) or TEMPORARY_PATH.search(cleaned):
            findings.append(f"{name}:{number}: an absolute path of one machine: {line.strip()[:100]}")
        if line != line.rstrip() and path.suffix != ".md":
            findings.append(f"{name}:{number}: blanks at the end of the line")
    if content and not content.endswith("\n"):
        findings.append(f"{name}: no newline at the end")
tree.finish(findings, seen)
