"""Alerts of the real service to real receivers: a mail server (aiosmtpd) and HTTP servers on loopback."""
import hashlib
import hmac
import json
import os
import pathlib
import signal
import time
import urllib.request

from alert_streamer import NO_DISPLAY, AlertStreamer
from certificates import make_certificate
from mail_server import MailServer
from streamer import SystemTest, children_of, is_alive, wait_for
from web_receiver import ScriptedServer, WebReceiver, smtp_script


class AlertsTest(SystemTest):
    def receiver(self, *arguments, **options):
        receiver = WebReceiver(*arguments, **options)
        self.addCleanup(receiver.stop)
        return receiver

    def mail_server(self, **options):
        server = MailServer(**options)
        self.addCleanup(server.stop)
        return server

    def service(self, **changes):
        streamer = AlertStreamer(self.folder, **changes)
        self.addCleanup(self._end, streamer)
        return streamer

    def secret(self, name, text):
        path = self.folder / name
        path.write_text(text + "\n")
        path.chmod(0o600)
        return str(path)


class Certificates(AlertsTest):
    def test_the_end_of_the_certificate_is_told_before_and_a_renewal_is_seen(self):
        soon, _ = make_certificate(self.folder, "ends_soon")
        right, _ = make_certificate(self.folder)
        expired, _ = make_certificate(self.folder, "expired")
        shown = self.folder / "shown.pem"
        shown.write_bytes(soon.read_bytes())
        streamer = self.service()
        streamer.server["tls"] = {"certificate": str(shown)}
        streamer.start()

        def told():
            return next(((alert["severity"], f"{alert['title']}: {alert['detail']}") for alert in streamer.told()["active"] if alert["rule"] == "certificate"), None)

        severity, text = wait_for(told, 10, "ten days are told")
        self.assertEqual(severity, "warning")
        self.assertIn("in 10 days", text)
        shown.write_bytes(expired.read_bytes())
        wait_for(lambda: told() and told()[0] == "critical" and "expired" in told()[1], 20, "an end is critical")
        shown.unlink()
        wait_for(lambda: told() and "No such file" in told()[1], 20, "so is one that cannot be read")
        shown.write_bytes(right.read_bytes())
        wait_for(lambda: told() is None, 20, "a renewal ends it")


class Webhooks(AlertsTest):
    def test_a_stream_that_is_down_is_told_and_resolved_with_its_duration(self):
        receiver = self.receiver()
        streamer = self.service().webhook(receiver, secret_file=self.secret("key", "s3cret"))
        streamer.start()
        streamer.wait_until_live()
        with urllib.request.urlopen(streamer.url("/api/events"), timeout=20) as events:
            streamer.stream["inputs"] = [NO_DISPLAY]
            streamer.mend_configuration()
            opened = receiver.wait_for(1, 15)[0]
            self.check_event(events, "opened")
        body = opened.json()
        self.assertEqual((body["event"], body["alert"]["stream"], body["alert"]["state"]), ("opened", "desktop", "open"))
        stamp = opened.headers["X-Streamer-Timestamp"]
        signature = "sha256=" + hmac.new(b"s3cret", stamp.encode() + b"." + opened.body, hashlib.sha256).hexdigest()
        self.assertEqual(opened.headers["X-Streamer-Signature"], signature)
        self.assertLess(abs(int(stamp) - time.time()), 30)
        self.assertEqual(streamer.told()["active"][0]["id"], body["alert"]["id"])

        streamer.stream["inputs"] = [{"type": "pattern"}]
        streamer.mend_configuration()
        resolved = receiver.wait_for(2, 20)[1].json()
        self.assertEqual((resolved["event"], resolved["alert"]["id"]), ("resolved", body["alert"]["id"]))
        self.assertGreater(resolved["alert"]["duration_seconds"], 0.4)
        told = streamer.told()
        self.assertEqual(told["active"], [])
        self.assertEqual(told["history"][0]["state"], "resolved")
        sink = streamer.wait_for_sink(lambda s: s["delivered"] == 2, "both delivered")
        self.assertEqual((sink["kind"], sink["state"], sink["pending"], sink["failed"]), ("json", "ok", 0, 0))

    def check_event(self, events, change):
        """One event `alert` with the change comes."""
        end, kind = time.monotonic() + 10, ""
        while time.monotonic() < end:
            line = events.readline().decode().strip()
            if line.startswith("event:"):
                kind = line[6:].strip()
            elif line.startswith("data:") and kind == "alert":
                self.assertEqual(json.loads(line[5:])["change"], change)
                return
        self.fail("no event alert")

    def test_slack_and_discord_get_their_formats_and_no_mention(self):
        slack, discord = self.receiver(), self.receiver()
        streamer = self.service().webhook(slack, "slack").webhook(discord, "discord")
        streamer.start()
        streamer.config_path.write_text('{"<!channel> @everyone **x**": 1}')
        streamer.process.send_signal(1)
        text = slack.wait_for(1)[0].json()["text"]
        self.assertIn("&lt;!", text)
        self.assertNotIn("@everyone", text)
        content = discord.wait_for(1)[0].json()
        self.assertNotIn("@everyone", content["content"])
        self.assertIn("\\*\\*x", content["content"])
        self.assertEqual(content["allowed_mentions"], {"parse": []})

    def test_the_button_tells_how_each_receiver_answered(self):
        fine, broken = self.receiver(), self.receiver(500)
        streamer = self.service().webhook(fine, "slack").webhook(broken).webhook("http://127.0.0.1:9/nobody")
        streamer.start()
        results = streamer.test_alerts()
        self.assertEqual((results["webhook-1"]["ok"], results["webhook-1"]["kind"], results["webhook-1"]["error"]), (True, "slack", ""))
        self.assertFalse(results["webhook-2"]["ok"])
        self.assertIn("500", results["webhook-2"]["error"])
        self.assertFalse(results["webhook-3"]["ok"])
        self.assertEqual(len(fine.requests), 1)
        self.assertIn("TEST", fine.requests[0].json()["text"])

    def test_without_a_receiver_the_button_says_what_to_do(self):
        streamer = self.service()
        streamer.start()
        reply = streamer.post("/api/alerts/test")
        self.assertEqual(reply.status, 409)
        self.assertIn("webhook_alerts", reply.json()["detail"])
        self.assertEqual(streamer.get("/api/alerts/test").status, 405)
        told = streamer.told()
        self.assertEqual([sink["state"] for sink in told["sinks"]], ["off", "off"])

    def test_a_reload_changes_receivers_at_once_and_addresses_stay_secret(self):
        first, second = self.receiver(), self.receiver()
        streamer = self.service().webhook(first)
        streamer.start()
        streamer.alerts["webhook_alerts"] = []
        streamer.webhook(second, url_file=self.secret("url", second.url("/hook/VERYSECRETKEY")))
        streamer.mend_configuration()
        wait_for(lambda: "read again" in streamer.log(), 5, "the reload")
        self.assertTrue(streamer.test_alerts()["webhook-1"]["ok"])
        self.assertEqual((len(first.requests), second.requests[0].path), (0, "/hook/VERYSECRETKEY"))
        second.answer = 500
        streamer.break_configuration()
        streamer.wait_for_sink(lambda s: s["state"] == "failing", "is failing")
        for text in (streamer.log(10_000), streamer.get("/api/alerts").text(), streamer.get("/api/logs").text()):
            self.assertNotIn("VERYSECRETKEY", text)

    def test_the_dead_man_s_ping_comes_while_all_is_well_and_only_then(self):
        pings = self.receiver()
        streamer = self.service()
        streamer.alerts["dead_man"] = {"url": pings.url("/ping"), "interval": 1, "allow_private": True}
        streamer.start()
        streamer.wait_until_live()
        requests = pings.wait_for(3)
        self.assertEqual({(request.method, request.path) for request in requests}, {("GET", "/ping")})
        streamer.stream["inputs"] = [NO_DISPLAY]
        streamer.mend_configuration()
        wait_for(lambda: streamer.status()["on_air"] == "slate", 8, "the slate is on air")
        time.sleep(1)
        count = len(pings.requests)
        time.sleep(2.5)
        self.assertEqual(len(pings.requests), count, "no ping while the picture is missing")


class Deliveries(AlertsTest):
    """Each is a process of its own."""

    def delivery(self, streamer):
        """The process of the one under way."""
        def running():
            return [pid for pid in children_of(streamer.process.pid) if pathlib.Path(f"/proc/{pid}/comm").read_text().strip() == "alert-delivery"]
        return wait_for(running, 5, "a delivery runs")[0]

    def hanging(self, **changes):
        server = ScriptedServer(smtp_script(hang_at="banner"))
        self.addCleanup(server.stop)
        streamer = self.service().mail(server.port, use_tls=False, username="me", password="VERYSECRETWORD")
        streamer.alerts.update(changes)
        streamer.start()
        streamer.break_configuration()
        return streamer

    def test_one_that_is_killed_is_tried_again_and_its_secrets_stand_nowhere(self):
        streamer = self.hanging(reply_timeout=10)
        pid = self.delivery(streamer)
        for place in ("cmdline", "environ"):
            self.assertNotIn(b"VERYSECRETWORD", pathlib.Path(f"/proc/{pid}/{place}").read_bytes())
        os.kill(pid, signal.SIGKILL)
        sink = streamer.wait_for_sink(lambda s: s["state"] == "failing", "is failing", "email")
        self.assertIn("killed by signal 9", sink["last_error"])
        self.assertEqual(sink["pending"], 1)
        self.assertNotEqual(self.delivery(streamer), pid)

    def test_one_that_does_not_end_is_killed(self):
        streamer = self.hanging(reply_timeout=1, retry_delay=10)
        pid = self.delivery(streamer)
        os.kill(pid, signal.SIGSTOP)
        sink = streamer.wait_for_sink(lambda s: s["state"] == "failing", "is failing", "email", 12)
        self.assertIn("did not answer within 8000 ms", sink["last_error"])
        wait_for(lambda: not is_alive(pid), 2, "it is gone")

    def test_none_outlives_the_service(self):
        streamer = self.hanging(reply_timeout=10)
        pid = self.delivery(streamer)
        streamer.process.kill()
        streamer.process.wait()
        wait_for(lambda: not is_alive(pid), 2, "it is gone")
        streamer.start()
        pid = self.delivery(streamer)
        streamer.stop()
        self.assertFalse(is_alive(pid))


class Mails(AlertsTest):
    def test_starttls_with_an_account_to_several_people(self):
        certificate, key = make_certificate(self.folder)
        server = self.mail_server(certificate=certificate, key=key, starttls=True, user="me", password="pass word")
        streamer = self.service().mail(server.port, to_email="a@example.org, b@example.org", username="me",
                                       password_file=self.secret("password", "pass word"), ca_file=str(certificate))
        streamer.start()
        streamer.break_configuration()
        mail = server.wait_for(1)[0]
        self.assertTrue(mail.envelope["tls"])
        self.assertEqual((mail.envelope["user"], mail.envelope["from"], mail.envelope["to"]),
                         ("me", "streamer@example.org", ["a@example.org", "b@example.org"]))
        self.assertIn("CRITICAL the new configuration was refused", mail["Subject"])
        self.assertEqual(mail["To"], "a@example.org, b@example.org")
        self.assertIsNotNone(mail["Date"].datetime)
        self.assertIn("config.json:1", mail.get_content())
        streamer.mend_configuration()
        resolved = server.wait_for(2)[1]
        self.assertIn("RESOLVED", resolved["Subject"])
        self.assertEqual(resolved["References"], mail["Message-ID"])
        self.assertNotEqual(resolved["Message-ID"], mail["Message-ID"])
        self.assertNotIn("pass word", streamer.log(10_000))

    def test_tls_from_the_first_byte_at_port_465(self):
        certificate, key = make_certificate(self.folder)
        try:
            server = self.mail_server(certificate=certificate, key=key, implicit=True, port=465)
        except AssertionError as refused:
            self.skipTest(f"port 465 is not to be had: {str(refused)[-200:]}")
        streamer = self.service().mail(465, ca_file=str(certificate))
        streamer.start()
        result = streamer.test_alerts()["email"]
        self.assertTrue(result["ok"], result)
        server.wait_for(1)

    def test_a_wrong_password_is_told_and_a_readable_password_file_is_refused(self):
        certificate, key = make_certificate(self.folder)
        server = self.mail_server(certificate=certificate, key=key, starttls=True, user="me", password="right")
        password = self.folder / "password"
        password.write_text("wrong")
        streamer = self.service().mail(server.port, username="me", password_file=str(password), ca_file=str(certificate))
        streamer.start()
        for mode in (0o644, 0o620):
            password.chmod(mode)
            result = streamer.test_alerts()["email"]
            self.assertFalse(result["ok"])
            self.assertIn("chmod 0600", result["error"])
        self.assertEqual(server.mails, [], "nothing is sent with a secret that is none")
        password.chmod(0o640)
        result = streamer.test_alerts()["email"]
        self.assertFalse(result["ok"])
        self.assertIn("535", result["error"])
        password.write_text("right")
        self.assertTrue(streamer.test_alerts()["email"]["ok"], "it is read for each mail")

    def test_one_receiver_that_is_refused_does_not_cost_the_others_their_mail(self):
        server = self.mail_server(refuse="gone@example.org")
        streamer = self.service().mail(server.port, use_tls=False, to_email="gone@example.org, here@example.org")
        streamer.start()
        self.assertTrue(streamer.test_alerts()["email"]["ok"])
        self.assertEqual(server.wait_for(1)[0].envelope["to"], ["here@example.org"])
