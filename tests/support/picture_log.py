"""Which picture a client saw when: every picture of the window, decoded, with its colour, its painted time code and its time."""
from dataclasses import dataclass
from typing import Optional

from streamer import decode, packets, percentile
from time_code import decode_times


@dataclass
class Shown:
    at: float  # Unix time, by PROGRAM-DATE-TIME
    name: Optional[str]  # of the colour; None: none of those that were named
    code: Optional[int]  # painted milliseconds
    image: object


class PictureLog:
    def __init__(self, streamer, colors, width=640, height=360, fps=30):
        """`colors`: name -> (r, g, b). Of the whole window: it has to be long enough for the test."""
        first = streamer.playlist().whole()[0]
        media = streamer.record()
        self.fps, self.times = fps, [at for at, _, _ in packets(media)]
        images = decode(media)
        codes = [code for _, code in decode_times(media, width, height, fps)]
        # The window may have moved on between the two requests: then the first picture is not the first of the playlist.
        self.starts_at = next(segment.starts_at for segment in streamer.playlist().whole() if segment.msn == first.msn)
        self.shown = [Shown(self.starts_at + float(at - self.times[0]), self._name(image, colors), code, image)
                      for at, image, code in zip(self.times, images, codes)]

    @staticmethod
    def _name(image, colors):
        return next((name for name, color in colors.items() if image.shows(color, 0.5, 0.4)), None)

    def holes(self):
        """Steps of time that are not one picture, to the resolution of the time base."""
        return [(float(a), float(b)) for a, b in zip(self.times, self.times[1:]) if abs((b - a) * self.fps - 1) > 0.05]

    def between(self, begin, end):
        return [shown for shown in self.shown if begin <= shown.at < end]

    def names(self, begin, end):
        """What was seen, in order, without repetitions."""
        order = []
        for shown in self.between(begin, end):
            if not order or order[-1] != shown.name:
                order.append(shown.name)
        return order

    def first(self, name, after):
        """Seconds from `after` to the first picture of that colour; None: never."""
        return next((shown.at - after for shown in self.shown if shown.at >= after and shown.name == name), None)

    def latency(self, name, begin, end, percent=95):
        """Seconds from the painting of a picture to its time in the stream."""
        late = [((int(shown.at * 1000) - shown.code) & 0xFFFFFFFF) / 1000 for shown in self.between(begin, end) if shown.name == name and shown.code is not None]
        return percentile(late, percent) if late else None
