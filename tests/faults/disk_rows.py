"""Group D: the disk. What viewers get comes from memory; the files are a mirror that may fail."""
import os
import pathlib
import signal
import subprocess
import time

from registry import Seen, Skip, row
from stage import ms
from streamer import Playlist, decode, is_alive, wait_for

NO_SPACE, IO_ERROR, READ_ONLY, QUOTA = 28, 5, 30, 122


def mirror_error(sample):
    return bool(sample.status["mirror_error"])


def listed_files_are_whole(stage, folder):
    """Every file of the mirrored playlist is there and decodes."""
    path = folder / "playlist.m3u8"
    if not stage.check(path.exists(), "the mirror has no playlist"):
        return 0
    segments = Playlist(path.read_text()).whole()
    missing = [segment.uri for segment in segments if not (folder / segment.uri).exists()]
    stage.check(not missing, f"listed and not there: {missing[:3]}")
    if segments and not missing:
        decode((folder / segments[-1].init).read_bytes() + b"".join((folder / segment.uri).read_bytes() for segment in segments))
    return len(segments)


def mirrored(stage, folder, display=None, shim=False, **changes):
    """A live stream with files in `folder`: (streamer, status, watch, rules of the supervisor)."""
    streamer = stage.streamer(display, hls={"output_dir": str(folder)}, **changes)
    rules = stage.shim_supervisor(streamer) if shim else None
    before, watch = stage.live(streamer)
    wait_for(lambda: (folder / "playlist.m3u8").exists(), 8, "the files of the mirror")
    return streamer, before, watch, rules


def unhurt(stage, streamer, before, watch):
    """The stream went on as if nothing was."""
    after = streamer.status()
    stage.check(after["worker_pid"] == before["worker_pid"], "the worker was replaced")
    strange = watch.operator.first(lambda s: not s.is_live(), watch.began)
    stage.check(strange is None, f"it said {strange.status['state']}, {strange.status['on_air']}" if strange else "")
    stage.seamless(watch)


def fill(folder, block=4096):
    with open(folder / "ballast", "ab", buffering=0) as ballast:
        try:
            while True:
                ballast.write(b"\0" * block)
        except OSError:
            pass


def keep_full(watch, folder, seconds, until=None):
    end = time.monotonic() + seconds
    while time.monotonic() < end and not (until and until()):
        fill(folder)
        time.sleep(0.05)


@row("D01", "no space in a segment", "the stream goes on from memory; no truncated segment is listed; the mirror resumes when there is room; one alert")
def d01(stage):
    folder = stage.mount("-t", "tmpfs", "-o", "size=8m", "none")
    streamer, before, watch, _ = mirrored(stage, folder, "shared", video={"bitrate": 6000})
    fault_at = time.time()
    keep_full(watch, folder, 15, lambda: watch.operator.first(mirror_error, fault_at))
    told = watch.wait(mirror_error, 1, "the status names the full disk", fault_at)
    stage.check("space" in told.status["mirror_error"].lower(), told.status["mirror_error"])
    keep_full(watch, folder, 3)
    (folder / "ballast").unlink()
    freed_at = time.time()
    well = watch.wait(lambda s: not mirror_error(s), 12, "it mends itself", freed_at)
    count = listed_files_are_whole(stage, folder)
    unhurt(stage, streamer, before, watch)
    return Seen(f"{told.status['mirror_error'].rsplit('/', 1)[-1]}; {count} whole segments listed afterwards", ms(told.at - fault_at), ms(well.at - freed_at))


@row("D02", "no space in the playlist or at rename", "the old playlist is whole and served")
def d02(stage):
    folder = stage.folder / "files"
    folder.mkdir()
    streamer, before, watch, rules = mirrored(stage, folder, shim=True)
    rules.set(f"rename path={folder}/playlist errno={NO_SPACE}", f"renameat path={folder}/playlist errno={NO_SPACE}")
    fault_at = time.time()
    told = watch.wait(mirror_error, 6, "the status tells", fault_at)
    old = (folder / "playlist.m3u8").read_text() if (folder / "playlist.m3u8").exists() else ""
    stage.check(old.startswith("#EXTM3U") and old.endswith("\n"), "the old playlist is not whole")
    stage.check(not list(folder.glob("*.tmp")), "temporary files are left")
    rules.clear()
    freed_at = time.time()
    well = watch.wait(lambda s: not mirror_error(s), 12, "it mends itself", freed_at)
    listed_files_are_whole(stage, folder)
    unhurt(stage, streamer, before, watch)
    return Seen(told.status["mirror_error"].rsplit("/", 1)[-1], ms(told.at - fault_at), ms(well.at - freed_at))


@row("D03", "quota, read-only, input/output error", "mirror paused, the stream goes on, one alert, tried again every 5 s", seconds=90)
def d03(stage):
    folder = stage.mount("-t", "tmpfs", "-o", "size=32m", "none")
    streamer, before, watch, rules = mirrored(stage, folder, shim=True)
    words, slowest = [], 0.0

    def remount(how):
        subprocess.run(["mount", "-o", f"remount,{how}", str(folder)], check=True)

    for name, make, mend in (("quota", lambda: rules.set(f"write path={folder} errno={QUOTA}"), rules.clear),
                             ("input/output", lambda: rules.set(f"write path={folder} errno={IO_ERROR}", f"fsync path={folder} errno={IO_ERROR}"), rules.clear),
                             ("read-only", lambda: remount("ro"), lambda: remount("rw"))):
        fault_at = time.time()
        make()
        told = watch.wait(mirror_error, 6, f"{name}: the status tells", fault_at)
        words.append(told.status["mirror_error"].rsplit(":", 1)[-1].strip()[:40])
        mend()
        freed_at = time.time()
        well = watch.wait(lambda s: not mirror_error(s), 12, f"{name}: it mends itself", freed_at)
        slowest = max(slowest, ms(well.at - freed_at))
    listed_files_are_whole(stage, folder)
    unhurt(stage, streamer, before, watch)
    return Seen("; ".join(words), None, slowest)


@row("D04", "no inodes left", "as D01, the cause named")
def d04(stage):
    folder = stage.mount("-t", "tmpfs", "-o", "size=32m,nr_inodes=24", "none")
    streamer, before, watch, _ = mirrored(stage, folder)
    fault_at = time.time()
    made = []

    def take_all():
        while True:
            try:
                path = folder / f"other{len(made)}"
                path.touch(exist_ok=False)
                made.append(path)
            except FileExistsError:
                made.append(path)
            except OSError:
                return

    end = time.monotonic() + 12
    while time.monotonic() < end and not watch.operator.first(mirror_error, fault_at):
        take_all()
        time.sleep(0.05)
    told = watch.wait(mirror_error, 1, "the status tells", fault_at)
    said = told.status["mirror_error"]
    stage.check("inode" in said, f"the cause (inodes) is not named: {said}")
    for path in made:
        path.unlink(missing_ok=True)
    freed_at = time.time()
    well = watch.wait(lambda s: not mirror_error(s), 12, "it mends itself", freed_at)
    listed_files_are_whole(stage, folder)
    unhurt(stage, streamer, before, watch)
    return Seen(said.rsplit("/", 1)[-1], ms(told.at - fault_at), ms(well.at - freed_at))


@row("D05", "output_dir deleted, replaced by a file, by a link", "recreated with its mode if the parent is there; a link is refused", seconds=90)
def d05(stage):
    folder = stage.folder / "files"
    elsewhere = stage.folder / "elsewhere"
    elsewhere.mkdir()
    streamer, before, watch, _ = mirrored(stage, folder)
    subprocess.run(["rm", "-rf", str(folder)], check=True)
    removed_at = time.time()
    wait_for(lambda: (folder / "playlist.m3u8").exists(), 8, "it is there again")
    recovery = ms(time.time() - removed_at)
    stage.check(folder.stat().st_mode & 0o777 == 0o755, f"mode {folder.stat().st_mode & 0o777:o}")
    words = []
    for name, make in (("a file", lambda: folder.write_text("x")), ("a link", lambda: folder.symlink_to(elsewhere))):
        fault_at = time.time()
        while True:  # the mirror may make it again in between
            subprocess.run(["rm", "-rf", str(folder)], check=True)
            try:
                make()
                break
            except FileExistsError:
                continue
        told = watch.wait(mirror_error, 8, f"{name}: the status tells", fault_at)
        words.append(told.status["mirror_error"].rsplit("/", 1)[-1])
        folder.unlink()
        freed_at = time.time()
        watch.wait(lambda s: not mirror_error(s), 12, f"{name}: it mends itself", freed_at)
    stage.check(not list(elsewhere.iterdir()), "it wrote through the link")
    unhurt(stage, streamer, before, watch)
    return Seen("; ".join(words), None, recovery)


@row("D06", "slow disk (1 s a write)", "memory serves; no hang while there is progress")
def d06(stage):
    folder = stage.folder / "files"
    streamer, before, watch, rules = mirrored(stage, folder, shim=True)
    rules.set(f"write path={folder} delay_ms=1000")
    time.sleep(6)
    rules.clear()
    time.sleep(1)
    unhurt(stage, streamer, before, watch)
    return Seen(f"6 s of slow writes; API at most {max(watch.operator.latencies) * 1000:.0f} ms")


@row("D07", "a write hangs for ever", "the stream goes on; the service ends when asked", light=False, alone=True, seconds=90)
def d07(stage):
    stall = stage.tools.stall_fs(stage)
    folder = stall.folder
    streamer = stage.streamer("shared", hls={"output_dir": str(folder)})
    before, watch = stage.live(streamer)
    time.sleep(6)
    calls = [path.read_text().split()[0] for path in pathlib.Path(f"/proc/{streamer.process.pid}/task").glob("*/syscall")]
    stage.check("1" in calls, f"no thread is stuck in write: {calls}")
    unhurt(stage, streamer, before, watch)
    asked = time.monotonic()
    streamer.process.terminate()
    wait_for(lambda: not [pid for pid in [before["worker_pid"]] if is_alive(pid)], 8, "the worker ends")
    time.sleep(max(0, 3 - (time.monotonic() - asked)))
    ended = streamer.process.poll() is not None or "Z" in pathlib.Path(f"/proc/{streamer.process.pid}/stat").read_text()
    stall.let_go()
    streamer.process.wait(5)
    return Seen(f"a thread in the kernel, the stream untouched; {'ended' if ended else 'ends only with the disk'} when asked to")


@row("D08", "disk filled by others", "told at 10 % and 5 % left", seconds=60)
def d08(stage):
    folder = stage.mount("-t", "tmpfs", "-o", "size=64m", "none")
    streamer = stage.streamer(hls={"output_dir": str(folder)})
    streamer.config = lambda plain=streamer.config: {**plain(), "monitoring": {"check_interval": 0.5}}
    before, watch = stage.live(streamer)
    with open(folder / "ballast", "wb") as ballast:
        ballast.write(b"\0" * (60 << 20))
    filled_at = time.time()

    def said():
        text = str(streamer.get("/api/status").json().get("health")) + str(stage.incidents(streamer, filled_at)) + streamer.log(100)
        return "disk" in text.lower() and ("space" in text.lower() or "%" in text or "full" in text.lower()) and time.time()
    told = None
    try:
        told = wait_for(said, 6, "a warning")
    except AssertionError:
        stage.check(False, "nobody is told that 94 % of the disk are used")
    unhurt(stage, streamer, before, watch)
    return Seen("told" if told else "", ms(told - filled_at) if told else None)


@row("D09", "log disk full, log file with input/output errors", "streaming unaffected, counted")
def d09(stage):
    folder = stage.mount("-t", "tmpfs", "-o", "size=64k", "none")
    streamer = stage.streamer()
    streamer.config = lambda plain=streamer.config: {**plain(), "log": {"level": "debug", "file": str(folder / "streamer.log")}}
    fill(folder)
    before, watch = stage.live(streamer)
    fill(folder)
    for _ in range(5):
        streamer.get("/api/nothing")
    time.sleep(1.5)
    unhurt(stage, streamer, before, watch)
    return Seen("the stream goes on with a full disk for the log")


@row("D10", "power cut in mid segment", "no torn playlist; media sequence goes on", light=False, seconds=60)
def d10(stage):
    folder = stage.folder / "files"
    streamer, before, watch, _ = mirrored(stage, folder)
    for _ in range(stage.scale(3, 6)):
        before = streamer.wait_until_live()
        last = streamer.playlist().segments[-1].msn
        os.kill(streamer.process.pid, signal.SIGKILL)
        streamer.process.wait()
        for left in (streamer.folder / "run").glob("*"):  # a power cut empties what lies in memory
            subprocess.run(["rm", "-rf", str(left)], check=True)
        for left in folder.glob("*.m4s"):  # a file that was never synced
            if left.stat().st_mtime > time.time() - 0.5:
                left.write_bytes(left.read_bytes()[:100])
        streamer.start()
        streamer.wait_until_live()
        first = streamer.playlist().segments[-1].msn
        stage.check(first >= last, f"the media sequence fell from {last} to {first}")
        wait_for(lambda: len(Playlist((folder / "playlist.m3u8").read_text()).whole()) >= 2, 8, "the files again")
    watch.stop()
    time.sleep(1)
    listed_files_are_whole(stage, folder)
    return Seen(f"media sequence {first} after {last}")


CORRUPT = (b"", b"{", b"\0" * 4096, b"\xff\xfe garbage", b'{"version": 999999, "streams": []}', b"[]", b'{"version": 1, "streams": 7}', b"x" * 5_000_000)


@row("D11", "state file corrupt, empty, from the future", "ignored with a warning", seconds=90)
def d11(stage):
    streamer = stage.streamer().start()
    streamer.wait_until_live()
    streamer.post("/api/streams/desktop/restart")
    time.sleep(0.5)
    streamer.stop()
    files = [path for name in ("state", "run") for path in (streamer.folder / name).rglob("*") if path.is_file()]
    if not stage.check(files, "there is no state file (feature not built yet)"):
        return Seen("")
    tried = 0
    for path in [path for path in files if path.parent.name in ("state", "run")][:3]:
        for content in CORRUPT[:stage.scale(5, len(CORRUPT))]:
            path.write_bytes(content)
            streamer.start()
            streamer.wait_until_live()
            stage.check(streamer.stop() == 0, f"{path.name}: it did not end well")
            tried += 1
    said = streamer.log(2000).lower()
    stage.check("state" in said and ("ignor" in said or "cannot" in said or "corrupt" in said or "warn" in said), "no warning")
    return Seen(f"{len(files)} files ({', '.join(path.name for path in files[:4])}), {tried} starts with what cannot be read, each live")


@row("D12", "foreign files in output_dir", "never deleted")
def d12(stage):
    folder = stage.folder / "files"
    folder.mkdir()
    foreign = ("index.html", "seg.m4s", "seg-abc.m4s", "notes.tmp", "init-.mp4", "playlist.m3u8.bak", "seg-1-2.m4s.txt", ".hidden")
    for name in foreign:
        (folder / name).write_text(name)
    (folder / "folder").mkdir()
    streamer = stage.streamer(hls={"output_dir": str(folder), "window_segments": 3, "segment_duration": 0.5})
    before, watch = stage.live(streamer)
    time.sleep(6)
    gone = [name for name in foreign if not (folder / name).exists() or (folder / name).read_text() != name]
    stage.check(not gone, f"gone or changed: {gone}")
    own = [path.name for path in folder.glob("seg-*-*.m4s")]
    stage.check(len(own) < 14, f"own files are not pruned: {len(own)}")
    watch.stop()
    streamer.stop()
    stage.check(all((folder / name).exists() for name in foreign), "gone at the end")
    return Seen(f"{len(foreign)} foreign files are as they were, {len(own)} own segments")
