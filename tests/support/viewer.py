"""A low-latency viewer without pictures: reloads the playlist as players do (blocking), fetches every part, and writes down
when each part came and what was refused. Every playlist is judged by playlist_checker."""
import http.client
import threading
import time

from playlist_checker import PlaylistHistory
from streamer import Playlist


class Arrival:
    """A part as it was first seen."""

    def __init__(self, msn, index, uri, duration, independent, ends_at, seen_at):
        self.msn, self.index, self.uri, self.duration, self.independent = msn, index, uri, duration, independent
        self.ends_at = ends_at  # Unix time its last picture ends, by PROGRAM-DATE-TIME
        self.seen_at = seen_at  # Unix time it was in the playlist
        self.monotonic = time.monotonic()

    def delay(self):
        return self.seen_at - self.ends_at


class Viewer(threading.Thread):
    def __init__(self, streamer, fetch_parts=True):
        super().__init__(daemon=True)
        self.streamer, self.fetch_parts = streamer, fetch_parts
        self.history = PlaylistHistory()
        self.arrivals, self.refusals, self.violations, self.playlists, self.bytes = [], [], [], 0, 0
        self._seen, self._ended = set(), threading.Event()
        self._texts = []
        self._connection = None

    def _get(self, path):
        for attempt in (1, 2):  # a kept connection may have been closed meanwhile
            try:
                if self._connection is None:
                    self._connection = http.client.HTTPConnection("127.0.0.1", self.streamer.port, timeout=10)
                self._connection.request("GET", "/hls/desktop/" + path)
                answer = self._connection.getresponse()
                return answer.status, answer.read()
            except (http.client.HTTPException, OSError):
                self._connection = None
                if attempt == 2:
                    raise
        raise AssertionError

    def run(self):
        query = ""
        while not self._ended.is_set():
            try:
                status, body = self._get("playlist.m3u8" + query)
            except (http.client.HTTPException, OSError) as error:
                self.refusals.append((time.time(), "playlist.m3u8" + query, repr(error)))
                time.sleep(0.2)
                continue
            now = time.time()
            if status != 200:
                self.refusals.append((now, "playlist.m3u8" + query, status))
                query = ""
                time.sleep(0.1)
                continue
            self.playlists += 1
            text = body.decode()
            self._texts.append((now, text))  # judged at the end: the judge would make the next request late
            playlist = Playlist(text)
            self._take(playlist, now)
            msn, part = playlist.last_part()
            open_segment = not playlist.segments[-1].uri
            query = f"?_HLS_msn={msn}&_HLS_part={part + 1}" if open_segment else f"?_HLS_msn={msn + 1}&_HLS_part=0"

    def _take(self, playlist, now):
        for segment in playlist.segments:
            at = segment.starts_at or 0
            for index, (uri, duration, independent) in enumerate(segment.parts):
                at += duration
                if uri in self._seen:
                    continue
                self._seen.add(uri)
                self.arrivals.append(Arrival(segment.msn, index, uri, duration, independent, at, now))
                if self.fetch_parts:
                    self._fetch(uri, now)

    def _fetch(self, uri, now):
        try:
            status, body = self._get(uri)
        except (http.client.HTTPException, OSError) as error:  # the supervisor itself ended
            self.refusals.append((now, uri, repr(error)))
            return
        self.bytes += len(body)
        if status != 200:
            self.refusals.append((now, uri, status))

    def live_arrivals(self):
        """Without those that were in the first playlist already."""
        return [arrival for arrival in self.arrivals if arrival.seen_at > self.arrivals[0].seen_at]

    def stop(self):
        self._ended.set()
        self.join(15)
        if self._connection:
            self._connection.close()
        for now, text in self._texts:
            self.violations += [(round(now, 2), problem) for problem in self.history.add(text)]
        self._texts = []
        return self
