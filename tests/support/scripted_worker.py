#!/usr/bin/env python3
"""Stands in for streamer-worker and misbehaves as told: scripted_worker.py BEHAVIOUR REAL-WORKER ARGUMENTS-OF-A-WORKER...
Behaviours that end in the real worker replace themselves by it, so the stream can go on."""
import json
import os
import signal
import sys
import time

behaviour, real_worker, arguments = sys.argv[1], sys.argv[2], sys.argv[3:]


def option(name):
    return arguments[arguments.index(name) + 1]


def message(type_name, nonce=None, **fields):
    line = json.dumps({"type": type_name, "g": int(option("--generation")), "nonce": nonce or option("--nonce"), **fields})
    os.write(2, line.encode() + b"\n")


def heartbeat(nonce=None, parts=1):
    message("heartbeat", nonce, frames_captured=parts * 6, frames_encoded=parts * 6, frames_dropped=0, parts=parts, last_pts=parts,
            last_frame_age_ms=1, damage_events=0, input=0, encoder="libx264", fps=30, bitrate_kbps=1000, rss_kb=1000)


def become_the_real_worker():
    os.execv(real_worker, [real_worker, *arguments])


if arguments and arguments[0] == "probe":
    become_the_real_worker()

if behaviour == "garbage_first":  # binary garbage, half messages, terminal escapes, then an honest life
    os.write(2, bytes(range(256)) * 16 + b"\n{\"type\":\"heartbeat\"\n{}\n[]\nnull\n\x1b[2J\x1b]0;title\x07\n\xff\xfe\xfd\n" + b"[" * 3000 + b"\n")
    become_the_real_worker()
elif behaviour == "ten_megabytes_first":  # one line without an end
    for _ in range(160):
        os.write(2, b"x" * 65536)
    os.write(2, b"\n")
    become_the_real_worker()
elif behaviour == "silent":
    time.sleep(3600)
elif behaviour == "another_nonce":  # says everything right, but is not who it should be
    message("hello", "00", version="0.1.0")
    message("ready", "00")
    while True:
        heartbeat("00")
        time.sleep(0.25)
elif behaviour == "chatty_without_media":  # alive by its words, dead by its deeds
    message("hello", version=option("--version") if "--version" in arguments else os.environ.get("WORKER_VERSION", "0.1.0"))
    parts = 0
    while True:
        parts += 1
        heartbeat(parts=parts)
        os.write(2, b"[libx264] all is well\n")
        time.sleep(0.25)
elif behaviour == "noise_on_the_media_socket":
    message("hello", version="0.1.0")
    try:
        while True:
            os.write(3, os.urandom(4096))
    except OSError:
        pass
    time.sleep(3600)
elif behaviour == "flood":  # as many lines as it can
    message("hello", version="0.1.0")
    while True:
        os.write(2, b"warning: the same line again and again and again\n" * 500)
elif behaviour == "never_ends":  # deaf to every request to end
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    message("hello", version="0.1.0")
    while True:
        heartbeat()
        time.sleep(0.25)
elif behaviour.startswith("exit_"):
    sys.exit(int(behaviour.removeprefix("exit_")))
else:
    sys.exit(f"scripted_worker.py: unknown behaviour {behaviour}")
