"""Inputs for tests: a network source on loopback, and a clip as a file. Both show one colour and, at the bottom, the time code
that time_code reads: of a source the moment it was painted, of a clip the place in it."""
import os
import random
import signal
import socket
import subprocess
import threading
import time

from streamer import free_port, wait_for
from time_code import BITS

COLUMNS, ROWS = 2 * BITS, 45  # of a painted picture, before it is scaled: 16:9
CODE_ROWS = 2
TS_BYTES, TS_PICTURES = 188, 0x100  # a packet of MPEG-TS; which of them are of ffmpeg's first stream


def painted(color, milliseconds):
    """One picture as rgb24 bytes."""
    milliseconds &= 0xFFFFFFFF
    total = sum(milliseconds >> shift & 0xFF for shift in (0, 8, 16, 24)) & 0xFF
    word = milliseconds << 8 | total
    code = b"".join((b"\xff" if word >> (BITS - 1 - bit) & 1 else b"\x00") * 6 for bit in range(BITS))
    return bytes(color) * COLUMNS * (ROWS - CODE_ROWS) + code * CODE_ROWS


def encoder(width, height, fps, *output):
    """ffmpeg, which takes painted pictures from its standard input."""
    return ["ffmpeg", "-nostdin", "-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{COLUMNS}x{ROWS}", "-r", str(fps), "-i", "pipe:0",
            "-vf", f"scale={width}:{height}:flags=neighbor,setsar=1", "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", str(max(1, fps // 2)),
            "-pix_fmt", "yuv420p", *output]


def make_clip(path, color, seconds=2, width=320, height=180, fps=25):
    pictures = b"".join(painted(color, index * 1000 // fps) for index in range(seconds * fps))
    subprocess.run(encoder(width, height, fps, "-y", str(path)), input=pictures, check=True, timeout=30)
    return str(path)


def spoilt_pictures(stream):
    """MPEG-TS in whole packets, with noise at the end of every third one of the pictures."""
    packets = [bytearray(stream[at:at + TS_BYTES]) for at in range(0, len(stream), TS_BYTES)]
    for packet in packets:
        if (packet[1] & 0x1F) << 8 | packet[2] == TS_PICTURES and random.random() < 1 / 3:
            packet[-24:] = os.urandom(24)
    return b"".join(packets)


def end(process):
    """Kills a process and closes our ends of its pipes."""
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        try:
            if pipe:
                pipe.close()
        except OSError:  # what was not written yet
            pass


class MediaSource:
    """MPEG-TS by HTTP for any number of clients, encoded by an ffmpeg of its own. The port stays the same over its deaths."""

    def __init__(self, color, width=320, height=180, fps=25):
        self.color, self.width, self.height, self.fps = color, width, height, fps
        self.port = free_port()
        self.process = self.listener = None
        self.garbage = False  # what is sent is noise
        self.fault = None  # of its pictures: frozen, black, corrupt
        self._threads, self._clients, self._ended = [], [], threading.Event()

    def url(self):
        return f"http://127.0.0.1:{self.port}/live.ts"

    def start(self):
        self._ended = threading.Event()
        self.garbage, self.fault = False, None
        self.process = subprocess.Popen(encoder(self.width, self.height, self.fps, "-flush_packets", "1", "-muxdelay", "0", "-muxpreload", "0", "-f", "mpegts", "pipe:1"),
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        wait_for(self._bound, 5, f"port {self.port}")
        self.listener.listen(16)
        self._clients = []
        self._threads = [threading.Thread(target=work, args=(self.process, self.listener, self._clients, self._ended), daemon=True)
                         for work in (self._paint, self._accept, self._send)]
        for thread in self._threads:
            thread.start()
        return self

    def _bound(self):
        try:
            self.listener.bind(("127.0.0.1", self.port))
            return True
        except OSError:
            return False

    def _paint(self, process, _listener, _clients, ended):
        due, picture = time.monotonic(), b""
        while not ended.wait(max(0.0, due - time.monotonic())):
            due = max(due + 1 / self.fps, time.monotonic() - 0.5)  # after a stall: no old pictures in haste
            try:
                process.stdin.write(picture := self._next(picture))
                process.stdin.flush()
            except (OSError, ValueError):
                return

    def _next(self, before):
        if self.fault == "frozen" and before:
            return before
        return bytes(3 * COLUMNS * ROWS) if self.fault == "black" else painted(self.color, int(time.time() * 1000))

    def _accept(self, _process, listener, clients, ended):
        while not ended.is_set():
            try:
                client, _ = listener.accept()
                client.settimeout(5)
                client.recv(4096)
                client.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: video/mp2t\r\n\r\n")
                client.setblocking(False)
                clients.append(client)
            except OSError:
                continue

    def _send(self, process, _listener, clients, ended):
        rest = b""  # of a packet
        while not ended.is_set():
            data = os.read(process.stdout.fileno(), 65536)
            if not data:
                return
            data = rest + data
            whole = len(data) // TS_BYTES * TS_BYTES
            data, rest = data[:whole], data[whole:]
            data = spoilt_pictures(data) if self.fault == "corrupt" else os.urandom(len(data)) if self.garbage else data
            for client in list(clients):
                try:
                    if client.send(data) != len(data):
                        raise OSError("too slow")
                except OSError:
                    client.close()
                    clients.remove(client)

    def clients(self):
        return len(self._clients)

    def kill(self):
        """Dies: connections end, new ones are refused. Unix time when it was gone."""
        self._ended.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        at = time.time()
        for client in list(self._clients):
            try:
                client.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            client.close()
        self.process.kill()
        self.process.wait()
        for thread in self._threads:
            thread.join(6)
        end(self.process)
        self.process = None
        return at

    def stall(self):
        """Goes silent with all connections open. Unix time of that."""
        os.kill(self.process.pid, signal.SIGSTOP)
        return time.time()

    def resume(self):
        os.kill(self.process.pid, signal.SIGCONT)

    def stop(self):
        if self.process is not None:
            self.kill()


class SrtSource(MediaSource):
    """The same from ffmpeg alone, by SRT: one client at a time, listens again when that one left."""

    def url(self):
        return f"srt://127.0.0.1:{self.port}?latency=60000"

    def start(self):
        self._ended = threading.Event()
        self._listen_again()
        self._threads = [threading.Thread(target=self._keep, args=(self._ended,), daemon=True)]
        self._threads[0].start()
        return self

    def _listen_again(self):
        self.process = subprocess.Popen(encoder(self.width, self.height, self.fps, "-flush_packets", "1", "-muxdelay", "0", "-muxpreload", "0", *self._output()),
                                        stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def _output(self):
        return "-f", "mpegts", f"srt://127.0.0.1:{self.port}?mode=listener&latency=60000"

    def _keep(self, ended):
        while not ended.is_set():
            self._paint(self.process, None, None, ended)
            if not ended.is_set():
                end(self.process)
                self._listen_again()

    def kill(self):
        self._ended.set()
        at = time.time()
        self.process.kill()
        self._threads[0].join(6)
        end(self.process)
        self.process = None
        return at


class RtmpSource(SrtSource):
    """By RTMP, from an ffmpeg that listens."""

    def url(self):
        return f"rtmp://127.0.0.1:{self.port}/live"

    def _output(self):
        return "-f", "flv", "-listen", "1", self.url()


class RtpSource(SrtSource):
    """MPEG-TS in RTP, sent to whoever listens, over a wire that loses one packet in `loses`."""

    def __init__(self, color, loses, **options):
        super().__init__(color, **options)
        self.to, self.loses, self.packets = free_port(), loses, 0

    def url(self):
        return f"rtp://127.0.0.1:{self.to}"

    def _output(self):
        self.wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.wire.bind(("127.0.0.1", 0))
        threading.Thread(target=self._carry, args=(self.wire,), daemon=True).start()
        return "-f", "rtp_mpegts", f"rtp://127.0.0.1:{self.wire.getsockname()[1]}?localrtpport={free_port()}&pkt_size=400"  # many small ones

    def _carry(self, wire):
        while True:
            try:
                packet = wire.recv(65536)
                self.packets += 1
                if self.packets % self.loses:
                    wire.sendto(packet, ("127.0.0.1", self.to))
            except ConnectionRefusedError:
                continue  # nobody listens
            except OSError:
                return

    def kill(self):
        self.wire.close()
        return super().kill()
