"""The scenes of the benchmarks, each by one word: sets itself up, runs the peer and ours in turn, prints both, the ratio, the goal and the
verdict. Exit status: 0 measured, whatever the verdicts; anything else: something could not be measured."""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import traceback

import begin
import convert
import healing
import latency
import memory
import peers
import processor
import quality
import recovery
import serving
import switching
import verdict
from streamer import Desktop, project

# By what they need: two monitors of 1920x1080; small ones; nothing; the server's core for itself.
LARGE = {**processor.scenes, **recovery.scenes, **begin.scenes, **memory.scenes}
SMALL = healing.scenes
ALONE = {**quality.scenes, **convert.scenes, **{name: lambda folder, options, scene=scene: scene(folder, options.kills) for name, scene in switching.scenes.items()},
         **{name: lambda folder, options, scene=scene: scene(folder, options.watch) for name, scene in latency.scenes.items()}}
SCENES = [*LARGE, *SMALL, *ALONE, *serving.scenes]


def measure(name, call):
    """The verdict; None: it could not be measured."""
    try:
        return call()
    except KeyboardInterrupt:
        raise
    except BaseException:  # a scene that needs something says so with SystemExit
        print(f"{name}: not measured", flush=True)
        traceback.print_exc()
        return None


def with_monitors(folder, names, scenes, width, height, arguments):
    """name: verdict."""
    if not names:
        return {}
    folder.mkdir()
    desktop = Desktop(folder / "x", width, height).start()
    try:
        desktop.paint(1)
        return {name: measure(name, lambda scene=scenes[name]: scene(folder, desktop, *arguments)) for name in names}
    finally:
        desktop.stop()


def machine():
    version = subprocess.run(["ffmpeg", "-version"], capture_output=True, text=True).stdout.split()[2]
    commit = subprocess.run(["git", "-C", str(project), "describe", "--always", "--dirty"], capture_output=True, text=True).stdout.strip() or "unknown"
    return f"machine: {os.cpu_count()} cores, load {os.getloadavg()[0]:.2f}; commit {commit}; ffmpeg {version}"


def main():
    options = argparse.ArgumentParser(description="Scenes: " + " ".join(SCENES) + " all")
    options.add_argument("which", nargs="*", default=[], metavar="scene", help="default: all")
    options.add_argument("--rounds", type=int, default=3, help="turns of each; medians count")
    options.add_argument("--seconds", type=float, default=20, help="of one measurement of processor time; half of it of serving")
    options.add_argument("--kills", type=int, default=10)
    options.add_argument("--watch", type=float, default=30, help="seconds of each run of latency, and of memory: 600 for the record, 3600 for the long one")
    chosen = options.parse_args()
    which = chosen.which if chosen.which not in ([], ["all"]) else SCENES
    unknown = sorted(set(which) - set(SCENES))
    if unknown:
        options.error(f"unknown: {', '.join(unknown)}; there are {', '.join(SCENES)}")
    print(machine(), flush=True)
    seen = {}
    with tempfile.TemporaryDirectory(prefix="streamer-bench-") as name:
        folder = pathlib.Path(name)
        seen.update(with_monitors(folder / "large", [name for name in which if name in LARGE], LARGE, peers.WIDTH, peers.HEIGHT, (chosen,)))
        seen.update(with_monitors(folder / "small", [name for name in which if name in SMALL], SMALL, healing.WIDTH, healing.HEIGHT, (chosen.kills,)))
        seen.update({name: measure(name, lambda scene=ALONE[name]: scene(folder, chosen)) for name in which if name in ALONE})
    seen.update({name: measure(name, lambda name=name: serving.run([name], chosen.rounds, max(5, int(chosen.seconds / 2)))) for name in which if name in serving.scenes})
    for said, kind in (("reached", True), ("missed", False), ("not measured", None)):
        names = [name for name, good in seen.items() if good is kind]
        if names:
            print(f"{said}: {', '.join(names)}")
    print(f"load at the end: {os.getloadavg()[0]:.2f}")
    sys.exit(1 if None in seen.values() else 0)


if __name__ == "__main__":
    main()
