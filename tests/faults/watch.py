"""What a viewer and an operator see of a stream while a fault is made: every playlist and part, and the status fifty times a
second, with the time that each answer took."""
import http.client
import json
import threading
import time
from dataclasses import dataclass

from fragments import fragment_times
from streamer import percentile
from viewer import Viewer

POLL_SECONDS = 0.02
LIVE_STATES = ("healthy", "degraded")


@dataclass
class Sample:
    at: float  # Unix time of the question
    answered: float
    status: dict

    def is_live(self):
        return self.status["on_air"] == "picture" and self.status["state"] in LIVE_STATES


class Operator(threading.Thread):
    """Asks for the status again and again."""

    def __init__(self, streamer):
        super().__init__(daemon=True)
        self.streamer, self.samples, self.latencies, self.unanswered = streamer, [], [], []
        self._ended = threading.Event()
        self._connection = None

    def run(self):
        while not self._ended.wait(POLL_SECONDS):
            at, started = time.time(), time.monotonic()
            try:
                body = self._ask()
            except (http.client.HTTPException, OSError) as failure:
                self._connection = None
                self.unanswered.append((at, repr(failure)))
                continue
            self.latencies.append(time.monotonic() - started)
            self.samples.append(Sample(at, time.time(), json.loads(body)["streams"][0]))

    def _ask(self):
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.streamer.port, timeout=5)
        self._connection.request("GET", "/api/status")
        return self._connection.getresponse().read()

    def stop(self):
        self._ended.set()
        self.join(10)
        if self._connection:
            self._connection.close()

    def first(self, question, after=0.0):
        """The first sample after `after` that question(sample) is true of; None when there was none."""
        return next((sample for sample in list(self.samples) if sample.at >= after and question(sample)), None)

    def p99_ms(self):
        return percentile(self.latencies, 99) * 1000 if self.latencies else None


class Watch:
    """A viewer and an operator from now on."""

    def __init__(self, streamer):
        self.streamer, self.began = streamer, time.time()
        self.viewer, self.operator = Viewer(streamer), Operator(streamer)
        self.hole_s = None
        self.viewer.start()
        self.operator.start()

    def wait(self, question, seconds, what, after=0.0):
        """The first sample (also of the past, from `after` on) that the question is true of."""
        deadline = time.monotonic() + seconds
        while True:
            found = self.operator.first(question, after)
            if found:
                return found
            if time.monotonic() > deadline:
                last = self.operator.samples[-1].status if self.operator.samples else {}
                raise AssertionError(f"not within {seconds} s: {what}; it says "
                                     f"{ {key: last.get(key) for key in ('state', 'reason', 'on_air', 'generation', 'last_exit')} }")
            time.sleep(0.02)

    def wait_live(self, after, generation, seconds=10):
        """The wanted picture from a worker later than `generation`."""
        return self.wait(lambda s: s.is_live() and s.status["generation"] > generation, seconds, "another worker has the picture on air", after)

    def noticed(self, fault_at, generation):
        """When the service first said that something was wrong."""
        found = self.operator.first(lambda s: not s.is_live() or s.status["generation"] > generation, fault_at)
        return found.at if found else None

    def stop(self):
        self.operator.stop()
        self.viewer.stop()
        return self

    def measure_hole(self):
        """Missing and doubled time in the media of the whole window."""
        times = fragment_times(self.streamer.record())
        self.hole_s = sum(abs(later[0] - earlier[0] - earlier[1]) for earlier, later in zip(times, times[1:]))
        return self.hole_s
