"""BGRA to I420 at 1920x1080: libswscale beside ours, for the whole picture and for 3 % of it (goal 4). The loop is convert.cpp, which
takes turns within one process."""
import json
import statistics
import subprocess

import verdict
from streamer import programs

GOAL = 1 / 5  # of libswscale, the whole picture


def convert(_folder, options):
    runs = [json.loads(subprocess.run([str(programs / "streamer-convert")], capture_output=True, text=True, check=True, timeout=120).stdout) for _ in range(options.rounds)]
    took = {name: statistics.median(run[name] for run in runs) / 1000 for name in runs[0]}
    print(f"  convert: copy of the pixels {took['memcpy']:.2f} ms, ours for a rectangle of 3 % {took['small']:.3f} ms, {took['small'] / took['whole']:.3f} of the whole", flush=True)
    return verdict.ratio("convert", [took["whole"]], [took["swscale"]], "ms", GOAL, "libswscale")


scenes = {"convert": convert}
