#!/usr/bin/env python3
"""Makes every fault of the table against the real programs, watches what happens, and prints the table.

  run.py                       the light rows: those that run with every change
  run.py P07 X01               these rows
  run.py --group P --all       all rows of a group, at full length
  run.py --slow                only the rows that are not light
  run.py --table FILE          also writes the table as a page (docs/faults.md)

Exit status 1 when a row failed. A row that this machine cannot run is skipped and says why. Each row is a process of its own;
the X server is shared where a row does not break it.
"""
import argparse
import concurrent.futures
import dataclasses
import datetime
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import traceback

here = pathlib.Path(__file__).resolve().parent
project = here.parent.parent
sys.path[:0] = [str(here), str(project / "tests/support")]
MODULES = ("process_rows", "display_rows", "encoder_rows", "disk_rows", "time_rows", "supervisor_rows", "alert_rows", "input_rows", "network_rows", "access_rows")
GROUPS = {"P": "Worker process", "X": "Display", "E": "Encoder", "D": "Disk", "T": "Time", "S": "Supervisor", "A": "Alert receivers", "I": "Inputs", "N": "Network", "C": "Access"}


def load_rows():
    import importlib

    import registry
    for module in MODULES:
        importlib.import_module(module)
    return dict(sorted(registry.rows.items()))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", help="ids such as P07")
    parser.add_argument("--group", action="append", help="a letter, may be given again")
    parser.add_argument("--light", action="store_true", help="the rows that run with every change (the default)")
    parser.add_argument("--slow", action="store_true", help="the other rows")
    parser.add_argument("--all", action="store_true", help="both, at full length")
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--alone", action="store_true", help="of these only the rows that nothing may run beside")
    only.add_argument("--beside", action="store_true", help="of these only the others")
    parser.add_argument("--list", action="store_true", help="print the rows and end")
    parser.add_argument("--table", help="file for the table as a page")
    parser.add_argument("--results", help="file of results (JSON) that is read and completed: the page then holds rows of several runs")
    parser.add_argument("--bin", default=os.environ.get("STREAMER_BIN", str(project / "build/release/bin")))
    parser.add_argument("--tools", help="folder of the built tools (default: beside --bin)")
    parser.add_argument("--output", help="folder for what failed rows leave")
    parser.add_argument("--jobs", type=int, default=2, help="rows at the same time, of those that do not measure short times")
    parser.add_argument("--single", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    given = parser.parse_args()
    given.tools = given.tools or str(pathlib.Path(given.bin).parent / "tests/faults")
    os.environ["STREAMER_BIN"] = given.bin = str(pathlib.Path(given.bin).resolve())
    return given


def choose(rows, given):
    if given.rows:
        unknown = [name for name in given.rows if name not in rows]
        if unknown:
            sys.exit(f"run.py: no row {', '.join(unknown)}; --list shows them")
        return [rows[name] for name in given.rows]
    chosen = [row for row in rows.values() if not given.group or row.group() in given.group]
    if given.alone or given.beside:
        chosen = [row for row in chosen if row.alone == given.alone]
    if given.all:
        return chosen
    return [row for row in chosen if row.light != given.slow]


# --- one row, in a process of its own


def perform(row, given):
    from registry import Result, Skip
    from stage import Stage
    stage = Stage(row, given.folder, given.tools, full=given.all or given.slow)
    started, seen, skipped = time.monotonic(), None, None
    try:
        seen = row.run(stage)
    except Skip as reason:
        skipped = str(reason)
    except Exception as failure:
        stage.failures.append(str(failure) if isinstance(failure, AssertionError) else repr(failure))
        traceback.print_exc()
    stage.end()
    if skipped and not stage.failures:
        return Result(row.id, "skipped", skipped, took_s=time.monotonic() - started)
    return stage.result(seen, time.monotonic() - started)


def single(rows, given):
    result = perform(rows[given.single], given)
    (pathlib.Path(given.folder) / "result.json").write_text(json.dumps(dataclasses.asdict(result)))


# --- all of them


class Director:
    def __init__(self, given):
        import unittest

        from streamer import Desktop
        self.given, self.lock, self.running = given, threading.Lock(), set()
        if given.output:
            pathlib.Path(given.output).mkdir(parents=True, exist_ok=True)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="faults-", dir=given.output))
        self.folder.chmod(0o755)
        self.desktop = Desktop(self.folder / "x")
        self.no_display = ""
        try:
            self.desktop.start()
            self.desktop.paint(1, number=2, extra=("--fps", "15"))
            os.environ["FAULTS_DISPLAY"] = self.desktop.display
        except unittest.SkipTest as reason:
            self.no_display = str(reason)

    def end(self, keep):
        self.desktop.stop()
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, row):
        from registry import Result
        folder = self.folder / row.id
        folder.mkdir()
        folder.chmod(0o755)
        command = [sys.executable, "-B", str(here / "run.py"), "--single", row.id, "--folder", str(folder), "--bin", self.given.bin,
                   "--tools", self.given.tools] + (["--all"] if self.given.all or self.given.slow else [])
        started = time.monotonic()
        from containment import Containment
        contained = Containment(row.id)
        with open(folder / "row.log", "wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, preexec_fn=contained.enter)
            try:
                process.wait(row.seconds)
            except subprocess.TimeoutExpired:
                self._give_up(process)
        left = contained.end()
        try:
            result = Result(**json.loads((folder / "result.json").read_text()))
        except (OSError, ValueError):
            tail = (folder / "row.log").read_text(errors="replace")[-400:]
            result = Result(row.id, "FAILED", took_s=time.monotonic() - started, failures=[f"the row itself ended without a result after {time.monotonic() - started:.0f} s: {tail}"])
        if left and result.verdict == "ok":
            result.verdict, result.failures = "FAILED", [f"{left} processes were left behind"]
        if result.verdict != "FAILED":
            shutil.rmtree(folder, ignore_errors=True)
        return result

    def _give_up(self, process):
        """The row and its process group at once: workers, in sessions of their own, end with their supervisor."""
        import signal
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except OSError:
            pass
        process.wait()


def report(row, result):
    figures = [f"{name} {value:.0f} ms" for name, value in (("detected", result.detection_ms), ("recovered", result.recovery_ms), ("api p99", result.api_p99_ms)) if value is not None]
    if result.hole_s is not None:
        figures.append(f"hole {result.hole_s:.3f} s")
    print(f"{result.verdict:8}{row.id}  {row.fault}: {result.seen}" + (f" ({', '.join(figures)})" if figures else "") + f" [{result.took_s:.1f} s]", flush=True)
    for failure in result.failures:
        print(f"            {failure}", flush=True)


def run_all(chosen, given):
    director = Director(given)
    results = {}

    def one(row):
        result = director.run(row)
        with director.lock:
            report(row, result)
            results[row.id] = result
    try:
        with concurrent.futures.ThreadPoolExecutor(max(1, given.jobs)) as pool:
            list(pool.map(one, sorted((row for row in chosen if not row.alone), key=lambda row: -row.seconds)))
        for row in chosen:
            if row.alone:
                one(row)
    finally:
        director.end(keep=any(result.verdict == "FAILED" for result in results.values()) or len(results) < len(chosen))
    return results


def figure(value, digits=0):
    return "" if value is None else f"{value:.{digits}f}"


def write_page(path, rows, results):
    from stage import SLACK
    counts = {verdict: sum(1 for result in results.values() if result.verdict == verdict) for verdict in ("ok", "FAILED", "skipped")}
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    lines = ["# Faults", "",
             "<!-- Generated by tests/faults/run.py --table: do not edit. -->", "",
             "What happens to a stream when something breaks, tried against the real programs: the worker of a service is killed, hung,",
             "starved or replaced by one that misbehaves; disks fill, displays die, clocks step. A viewer that reloads the playlist as a",
             "low-latency player does watches the timeline meanwhile, and the status is asked for fifty times a second.", "",
             "`./tests/faults/run.py` makes the light rows again, `--all` all of them, `--all --table docs/faults.md` this page.", "",
             f"Made {datetime.date.today().isoformat()} on {os.cpu_count()} cores, {memory:.0f} GiB of memory, Linux {os.uname().release.split('-')[0]}; "
             f"limits of time are multiplied by {SLACK:g}.",
             f"{counts['ok']} ok, {counts['FAILED']} failed, {counts['skipped']} skipped"
             + (f", {len(rows) - len(results)} not run" if len(rows) > len(results) else "") + ".", "",
             "Detection: from the fault to the service's own note of it. Recovery: from the fault to the wanted picture of a worker that",
             "lives, both ms. Hole: time that is missing or doubled in the published media, s. N: not run with every change."]
    for letter, title in GROUPS.items():
        lines += ["", f"## {title}", "", "| | fault | expected | seen | detection | recovery | hole | verdict |", "|---|---|---|---|---|---|---|---|"]
        for row in (row for row in rows.values() if row.group() == letter):
            result = results.get(row.id)
            name = row.id if row.light else row.id + " N"
            if result is None:
                lines.append(f"| {name} | {row.fault} | {row.expected} | | | | | not run |")
                continue
            seen = result.seen + ("; " if result.seen and result.failures else "") + "; ".join(failure[:160] for failure in result.failures)
            cells = [name, row.fault, row.expected, seen, figure(result.detection_ms), figure(result.recovery_ms), figure(result.hole_s, 3), result.verdict]
            lines.append("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |")
    pathlib.Path(path).write_text("\n".join(lines) + "\n")


def main():
    given = arguments()
    rows = load_rows()
    if given.single:
        return single(rows, given)
    chosen = choose(rows, given)
    if given.list:
        for row in chosen:
            print(f"{row.id}  {'light' if row.light else 'slow '}  {row.fault}: {row.expected}")
        return None
    started = time.monotonic()
    results = run_all(chosen, given)
    failed = [name for name, result in results.items() if result.verdict == "FAILED"]
    skipped = [name for name, result in results.items() if result.verdict == "skipped"]
    print(f"\n{len(results)} rows in {time.monotonic() - started:.0f} s: {len(results) - len(failed) - len(skipped)} ok, {len(failed)} failed"
          + (f" ({' '.join(sorted(failed))})" if failed else "") + f", {len(skipped)} skipped" + (f" ({' '.join(sorted(skipped))})" if skipped else ""))
    if given.results:
        from registry import Result
        path = pathlib.Path(given.results)
        before = {name: Result(**entry) for name, entry in json.loads(path.read_text()).items()} if path.exists() else {}
        results = {**before, **results}
        path.write_text(json.dumps({name: dataclasses.asdict(result) for name, result in results.items()}, indent=1))
    if given.table:
        write_page(given.table, rows, results)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
