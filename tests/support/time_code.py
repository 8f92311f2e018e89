"""Reads the time that streamer-demo-card --time-code paints from the pictures of a stream: when was this picture on the screen?
The stream is recorded segment by segment while it runs, and decoded at the end."""
import subprocess
import tempfile
import threading
import urllib.error

BITS = 40  # 32 of milliseconds since 1970, 8 of their byte sum


def decode_times(media, width, height, fps):
    """[(media time in s, painted time in ms or None)] of every picture of a recording."""
    side = width // BITS
    with tempfile.NamedTemporaryFile(suffix=".mp4") as file:
        file.write(media)
        file.flush()
        run = subprocess.run(["ffmpeg", "-nostdin", "-v", "warning", "-i", file.name, "-vf", f"crop={side * BITS}:{side // 2}:0:{height - side * 3 // 4}",
                              "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"], capture_output=True, timeout=300)
    complaint = run.stderr.decode(errors="replace").strip()
    if run.returncode or complaint:
        raise AssertionError("ffmpeg: " + complaint[-1500:])
    stride = side * BITS
    size = stride * (side // 2)
    pictures = [run.stdout[at:at + size] for at in range(0, len(run.stdout) - size + 1, size)]
    return [(index / fps, read(picture, side, stride)) for index, picture in enumerate(pictures)]


def read(picture, side, stride):
    """The painted milliseconds (modulo 2^32); None where no valid code is seen, as on a slate."""
    row = (len(picture) // stride // 2) * stride
    value = 0
    for bit in range(BITS):
        value = value << 1 | (picture[row + bit * side + side // 2] > 128)
    milliseconds, total = value >> 8, value & 0xFF
    return milliseconds if sum(milliseconds >> shift & 0xFF for shift in (0, 8, 16, 24)) & 0xFF == total else None


class Freeze:
    """What a viewer of these pictures sees: the longest time that one painted time stood still, and where; pictures without one."""

    def __init__(self, times, fps):
        self.pictures = len(times)
        self.without_time = sum(1 for _, painted in times if painted is None)
        self.longest, self.at, self.runs = 0.0, 0.0, []
        start = 0
        for index in range(1, len(times) + 1):
            if index < len(times) and (times[index][1] is None or times[index][1] == times[start][1]):
                continue
            lasted = (index - start) / fps
            if lasted > 2 / fps:
                self.runs.append((round(times[start][0], 3), round(lasted, 3)))
            if lasted > self.longest:
                self.longest, self.at = lasted, times[start][0]
            start = index
        painted = [value for _, value in times if value is not None]
        self.backward = sum(1 for earlier, later in zip(painted, painted[1:]) if later < earlier)


class Recorder(threading.Thread):
    """Collects every whole segment of a running stream, in order."""

    def __init__(self, streamer):
        super().__init__(daemon=True)
        self.streamer, self.init, self.segments, self.missed = streamer, None, {}, []
        self._ended = threading.Event()

    def run(self):
        while not self._ended.wait(0.4):
            self._collect()

    def _collect(self):
        try:
            for segment in self.streamer.playlist().whole():
                if segment.msn in self.segments:
                    continue
                if self.init is None:
                    self.init = (segment.init, self.streamer.media(segment.init))
                if segment.init != self.init[0]:
                    self.missed.append(f"segment {segment.msn} has another init segment")
                self.segments[segment.msn] = self.streamer.media(segment.uri)
        except (OSError, AssertionError, urllib.error.URLError) as failure:
            self.missed.append(repr(failure))

    def stop(self):
        self._ended.set()
        self.join(10)
        self._collect()
        numbers = sorted(self.segments)
        if numbers and numbers[-1] - numbers[0] + 1 != len(numbers):
            self.missed.append(f"segments are missing between {numbers[0]} and {numbers[-1]}")
        return (self.init[1] if self.init else b"") + b"".join(self.segments[number] for number in numbers)
