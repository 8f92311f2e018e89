"""Inner part of P28, alone in a namespace of process ids: pid_reuse.py FOLDER TIMES. A bystander takes the id of the worker that
was just killed, again and again; nobody may hurt it."""
import os
import pathlib
import signal
import subprocess
import sys
import time

from streamer import Streamer, is_alive, wait_for

folder, times = pathlib.Path(sys.argv[1]), int(sys.argv[2])


def take(pid):
    """A process with exactly this id; None when somebody was faster."""
    pathlib.Path("/proc/sys/kernel/ns_last_pid").write_text(str(pid - 1))
    bystander = subprocess.Popen(["sleep", "1000"])
    if bystander.pid == pid:
        return bystander
    bystander.kill()
    bystander.wait()
    return None


def born(pid):
    """When the process of this id began, in ticks; None when there is none (a thread may have the id)."""
    try:
        if f"Tgid:\t{pid}\n" not in pathlib.Path(f"/proc/{pid}/status").read_text():
            return None
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19]
    except OSError:
        return None


streamer = Streamer(folder)
streamer.start()
bystanders = []
try:
    for _ in range(times):
        pid = streamer.wait_until_live()["worker_pid"]
        generation, birth = streamer.status()["generation"], born(pid)
        os.kill(pid, signal.SIGSTOP)  # found silent, killed and reaped by the service: the id is free for a moment
        wait_for(lambda: born(pid) != birth, 6, "the worker is reaped", every=0.001)
        bystander = take(pid)
        if bystander:
            bystanders.append(bystander)
        streamer.wait_until_live(10, generation)
    time.sleep(1.5)
    hurt = [bystander.pid for bystander in bystanders if not is_alive(bystander.pid)]
    print(f"{len(bystanders)} of {times} ids were taken by a stranger, {len(hurt)} strangers were hurt")
    sys.exit(1 if hurt or len(bystanders) < times // 8 else 0)
finally:
    streamer.stop()
    for bystander in bystanders:
        bystander.kill()
