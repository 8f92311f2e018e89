"""output_dir gets the stream as files; a disk that is full or gone does not touch the live stream."""
import os
import pathlib
import subprocess
import time

from streamer import Playlist, SystemTest, decode, wait_for
from viewer import Viewer


class Mirror(SystemTest):
    def read_playlist(self, folder):
        playlist = folder / "playlist.m3u8"
        return Playlist(playlist.read_text()) if playlist.exists() else None

    def test_the_folder_plays_as_it_is(self):
        folder = self.folder / "hls"
        folder.mkdir()
        streamer = self.streamer(hls={"output_dir": str(folder), "window_segments": 4})
        streamer.wait_until_live()
        found = wait_for(lambda: next((p.parent for p in folder.rglob("playlist.m3u8") if len(Playlist(p.read_text()).whole()) >= 3), None), 20,
                         "three segments in the folder")
        playlist = self.read_playlist(found)
        for segment in playlist.whole():
            self.assertTrue((found / segment.uri).exists(), segment.uri)
        run = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", str(found / "playlist.m3u8"), "-t", "1", "-f", "null", "-"],
                             capture_output=True, text=True, timeout=30)
        self.assertEqual(run.returncode, 0, run.stderr)
        time.sleep(8)
        names = [path.name for path in found.iterdir()]
        self.assertLess(len([name for name in names if name.endswith(".m4s")]), 16, "old segments are removed")
        self.assertEqual([name for name in names if name.endswith(".tmp")], [])

    def test_a_full_disk_does_not_touch_the_live_stream(self):
        folder = self.folder / "small"
        folder.mkdir()
        if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", str(folder)], capture_output=True).returncode:
            self.skipTest("a small disk needs root and the right to mount")
        self.addCleanup(lambda: subprocess.run(["umount", "-l", str(folder)]))
        desktop = self.desktop()
        streamer = self.streamer(desktop.display, video={"bitrate": 6000}, hls={"output_dir": str(folder)})
        streamer.wait_until_live()
        viewer = Viewer(streamer)
        viewer.start()

        def fill_and_ask():
            """Whatever the mirror prunes is taken at once: the disk stays full."""
            with open(folder / "ballast", "ab", buffering=0) as ballast:
                try:
                    while True:
                        ballast.write(b"\0" * 4096)
                except OSError:
                    pass
            return streamer.status()["mirror_error"]

        error = wait_for(fill_and_ask, 30, "the status names the full disk")
        self.assertIn("space", error.lower())
        full_until = time.monotonic() + 4
        while time.monotonic() < full_until:
            fill_and_ask()
            time.sleep(0.05)
        viewer.stop()
        self.assertEqual(viewer.refusals, [])
        self.assertEqual(viewer.violations, [])
        self.assertEqual(streamer.status()["on_air"], "picture")
        self.assertEqual(streamer.status()["restart_count"], 0)
        self.assertGreater(len(decode(streamer.record(segments=2))), 30)
        (folder / "ballast").unlink()
        wait_for(lambda: not streamer.status()["mirror_error"], 20, "it mends itself when there is room")

    def test_a_folder_that_cannot_be_written_is_named_and_the_stream_runs(self):
        blocked = self.folder / "a_file"
        blocked.write_text("not a folder")
        streamer = self.streamer(hls={"output_dir": str(blocked / "hls")})
        streamer.wait_until_live()
        error = wait_for(lambda: streamer.status()["mirror_error"], 10, "the status names the folder")
        self.assertIn("a_file", error)
        self.assertEqual(streamer.status()["on_air"], "picture")

    def test_a_folder_that_is_removed_comes_back(self):
        folder = self.folder / "hls"
        folder.mkdir()
        streamer = self.streamer(hls={"output_dir": str(folder)})
        streamer.wait_until_live()
        playlist = pathlib.Path(wait_for(lambda: next(iter(folder.rglob("playlist.m3u8")), None), 15, "a playlist in the folder"))
        subprocess.run(["rm", "-rf", str(folder)], check=True)
        wait_for(lambda: playlist.exists(), 20, "the playlist is there again")
        self.assertEqual(streamer.status()["on_air"], "picture")
