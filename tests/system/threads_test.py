"""server.threads: viewers are shared by threads, and nobody notices but the processors."""
import http.client
import json
import os
import pathlib
import re
import select
import signal
import socket

from streamer import SystemTest, is_alive, wait_for
from viewer import Viewer

PLAYLIST = "/hls/desktop/playlist.m3u8"


def serving_threads(pid):
    return sum((task / "comm").read_text().strip() == "serving" for task in pathlib.Path(f"/proc/{pid}/task").iterdir())


class Threads(SystemTest):
    def two_threads(self, **server):
        streamer = self.streamer(start=False)
        streamer.server = {"threads": 2, **server}
        streamer.start()
        streamer.wait_until_live()
        return streamer

    def test_viewers_of_two_threads_see_the_same_stream_over_the_death_of_a_worker(self):
        streamer = self.two_threads()
        viewers = [Viewer(streamer) for _ in range(4)]
        for viewer in viewers:
            viewer.start()
        wait_for(lambda: streamer.status()["viewers"] == 4, 5, "four viewers, whichever thread they are on")
        self.assertEqual(serving_threads(streamer.process.pid), 1, "beside the main one")
        first = streamer.status()
        os.kill(first["worker_pid"], signal.SIGKILL)
        self.mix_api_and_media(streamer)
        self.pipeline(streamer)
        streamer.wait_until_live(10, first["generation"])
        self.assertEqual(streamer.status()["viewers"], 4, "with requests of others in between")
        wait_for(lambda: all(len(viewer.arrivals) > 20 for viewer in viewers), 15, "everybody has four seconds of it")
        for viewer in viewers:
            viewer.stop()
        for viewer in viewers:
            self.assertEqual((viewer.refusals, viewer.violations), ([], []))
        seen = [{arrival.uri for arrival in viewer.arrivals} for viewer in viewers]
        common = set.intersection(*seen)
        self.assertGreater(len(common), 0.8 * max(len(uris) for uris in seen), "all saw the same parts")
        metrics = streamer.get("/metrics").text()
        playlists = sum(int(count) for count in re.findall(r'^\w*http_requests_total\{.*class="playlist".*\} (\d+)', metrics, re.M))
        self.assertGreaterEqual(playlists, sum(viewer.playlists for viewer in viewers), "what the threads answered is counted")
        streamer.stop()
        self.assertEqual(streamer.process.returncode, 0, streamer.log())

    def mix_api_and_media(self, streamer):
        connection = http.client.HTTPConnection("127.0.0.1", streamer.port, timeout=10)

        def ask(path, method="GET", **fields):
            connection.request(method, path, headers=fields)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

        for _ in range(5):
            status, _, text = ask(PLAYLIST)
            self.assertEqual(status, 200)
            part = re.findall(r'#EXT-X-PART:.*URI="([^"]+)"', text.decode())[-1]
            self.assertEqual(json.loads(ask("/api/status")[2])["streams"][0]["name"], "desktop")
            status, _, whole = ask(f"/hls/desktop/{part}")
            self.assertEqual(status, 200)
            status, fields, some = ask(f"/hls/desktop/{part}", Range="bytes=10-29")
            self.assertEqual((status, some, fields["Content-Range"]), (206, whole[10:30], f"bytes 10-29/{len(whole)}"))
            status, fields, nothing = ask(f"/hls/desktop/{part}", method="HEAD")
            self.assertEqual((status, nothing, int(fields["Content-Length"])), (200, b"", len(whole)))
            self.assertEqual(ask("/hls/nobody/playlist.m3u8")[0], 404)
        hinted = re.findall(r'#EXT-X-PRELOAD-HINT:.*URI="([^"]+)"', ask(PLAYLIST)[2].decode())[-1]
        self.assertGreater(len(ask(f"/hls/desktop/{hinted}")[2]), 100, "the part that comes next")
        connection.close()

    def pipeline(self, streamer):
        paths = [PLAYLIST, "/healthz", PLAYLIST, "/api/status", PLAYLIST] * 4
        with socket.create_connection(("127.0.0.1", streamer.port), timeout=10) as wire:
            wire.sendall("".join(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" for path in paths).encode())
            reader = wire.makefile("rb")
            for path in paths:
                self.assertEqual(reader.readline(), b"HTTP/1.1 200 OK\r\n", path)
                fields = dict(line.decode().strip().lower().split(": ", 1) for line in iter(reader.readline, b"\r\n"))
                body = reader.read(int(fields["content-length"]))
                self.assertTrue(body.startswith({PLAYLIST: b"#EXTM3U", "/healthz": b"ok", "/api/status": b"{"}[path]), path)

    def test_the_limit_of_connections_holds_and_a_stop_ends_those_who_wait(self):
        streamer = self.two_threads(limits={"connections_max": 8})
        worker = streamer.status()["worker_pid"]
        waiting = [socket.create_connection(("127.0.0.1", streamer.port), timeout=10) for _ in range(8)]
        for wire in waiting:
            msn = streamer_end(wire)
            wire.sendall(f"GET {PLAYLIST}?_HLS_msn={msn + 1} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        with socket.create_connection(("127.0.0.1", streamer.port), timeout=10) as ninth:
            ninth.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            self.assertIn(b"200 OK", ninth.recv(4096))
            self.assertTrue(select.select(waiting, [], [], 0)[0], "it waited until one of the eight had its answer")
        streamer.process.terminate()
        self.assertEqual(streamer.process.wait(10), 0, streamer.log())
        for wire in waiting:
            wire.close()
        self.assertFalse(is_alive(worker))


def streamer_end(wire):
    """The number of the last segment, asked for on this connection."""
    wire.sendall(f"GET {PLAYLIST} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    reader = wire.makefile("rb")
    reader.readline()
    fields = dict(line.decode().strip().lower().split(": ", 1) for line in iter(reader.readline, b"\r\n"))
    text = reader.read(int(fields["content-length"])).decode()
    return int(re.search(r"#EXT-X-MEDIA-SEQUENCE:(\d+)", text)[1]) + text.count("#EXTINF")
