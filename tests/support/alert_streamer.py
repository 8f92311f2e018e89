"""A service with alerts that are quick, and the receivers they go to."""
import time

from streamer import Streamer, wait_for

NO_DISPLAY = {"type": "x11", "display": ":97"}  # what is not there: the slate is on air
QUICK = {"open_after": 0.5, "resolve_after": 2, "retry_delay": 0.3, "reply_timeout": 1}


class AlertStreamer(Streamer):
    """Two sections of the configuration stand in .alerts and .monitoring."""

    def __init__(self, *arguments, **changes):
        super().__init__(*arguments, **changes)
        self.alerts, self.monitoring = dict(QUICK), {"check_interval": 0.5}

    def config(self):
        return {**super().config(), "monitoring": self.monitoring, "alerts": self.alerts}

    def webhook(self, receiver, format="json", **more):
        """Adds a receiver."""
        url = receiver if isinstance(receiver, str) else receiver.url()
        self.alerts.setdefault("webhook_alerts", []).append(
            {"enabled": True, "format": format, "allow_private": True, **({} if "url_file" in more else {"url": url}), **more})
        return self

    def mail(self, port, **more):
        self.alerts["email_alerts"] = {"enabled": True, "smtp_server": "127.0.0.1", "smtp_port": port, "from_email": "streamer@example.org",
                                       "to_email": "operator@example.org", **more}
        return self

    def told(self):
        return self.get("/api/alerts").json()

    def sink(self, name="webhook-1"):
        return next(sink for sink in self.told()["sinks"] if sink["name"] == name)

    def wait_for_sink(self, holds, what, name="webhook-1", seconds=10):
        return wait_for(lambda: (lambda sink: holds(sink) and sink)(self.sink(name)), seconds, f"{name}: {what}; it says {self.sink(name)}")

    def test_alerts(self, timeout=60):
        """The button: results by the name of the sink."""
        reply = self.get("/api/alerts/test", method="POST", headers={"Content-Type": "application/json"}, body=b"", timeout=timeout)
        if reply.status != 200:
            raise AssertionError(f"{reply.status}: {reply.text()}")
        return {result["sink"]: result for result in reply.json()["results"]}

    def break_configuration(self):
        """The cheapest alert: a file that is refused is a monitoring_error until it is mended. The stream does not notice."""
        self.config_path.write_text("{ not json")
        self.process.send_signal(1)

    def mend_configuration(self):
        import json
        self.config_path.write_text(json.dumps(self.config()))
        self.process.send_signal(1)

    def loop_latency_ms(self, seconds):
        """The slowest answer meanwhile: the event loop does not wait for a receiver."""
        slowest, end = 0.0, time.monotonic() + seconds
        while time.monotonic() < end:
            began = time.monotonic()
            self.get("/healthz")
            slowest = max(slowest, time.monotonic() - began)
            time.sleep(0.01)
        return slowest * 1000
