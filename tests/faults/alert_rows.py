"""Group A: receivers of alerts. Whatever one of them does, the stream, the event loop and the other receivers are not touched."""
import json
import re
import time

from alert_streamer import NO_DISPLAY, AlertStreamer
from certificates import make_certificate
from mail_server import MailServer
from registry import Seen, Skip, row
from stage import ms
from streamer import wait_for
from web_receiver import ScriptedServer, WebReceiver, smtp_script

LOOP_MS = 100  # of an answer of the API while a receiver misbehaves
STAGE_SECONDS = 1  # QUICK["reply_timeout"]; ten in the default configuration
CREDENTIALS = {"username": "me", "password": "hunter2"}


def service(stage):
    folder = stage.folder / "service"
    folder.mkdir(exist_ok=True)
    streamer = AlertStreamer(folder)
    stage.on_end(lambda: stage._end(streamer))
    return streamer


def begun(stage, what):
    """A server of the row that ends with it."""
    stage.on_end(what.stop)
    return what


def certificate(stage, kind="right"):
    import unittest
    try:
        return make_certificate(stage.folder, kind)
    except unittest.SkipTest as reason:
        raise Skip(str(reason)) from None


def mail_server(stage, **options):
    import unittest
    try:
        return begun(stage, MailServer(**options))
    except unittest.SkipTest as reason:
        raise Skip(str(reason)) from None


def loop_is_free(stage, streamer, seconds):
    slowest = streamer.loop_latency_ms(seconds)
    stage.check_ms(slowest, LOOP_MS, "the API meanwhile")
    return slowest


def failing(streamer, name, seconds=15):
    return streamer.wait_for_sink(lambda sink: sink["state"] == "failing", "is failing", name, seconds)


@row("A01", "mail server refuses, its name is unknown", "tried again after 10 s doubled, for 24 h; the alert is not lost")
def a01(stage):
    from streamer import free_port
    port = free_port()
    streamer = service(stage).mail(port, use_tls=False).webhook("http://nobody.invalid/hook")
    streamer.start()
    streamer.break_configuration()
    refused, unknown = failing(streamer, "email"), failing(streamer, "webhook-1")
    stage.check(refused["pending"] == 1 and unknown["pending"] == 1, f"pending: {refused['pending']}, {unknown['pending']}")
    at = time.time()
    server = mail_server(stage, port=port)
    mail = server.wait_for(1, 15)[0]
    stage.check("refused" in mail["Subject"], mail["Subject"])
    tests = stage.gtest("alerts_test", "AlertQueue.tries*:AlertQueue.nothing_is_tried*")
    return Seen(f"{refused['last_error']}; {unknown['last_error']}; delivered when it was back; {tests} tests of the waits", None, ms(time.time() - at))


@row("A02", "mail server hangs at banner, EHLO, STARTTLS, MAIL, RCPT, DATA, the end of it, QUIT", "10 s a stage, 60 s in all; the loop unaffected", seconds=90)
def a02(stage):
    streamer = service(stage).start()
    took = {}
    places = stage.scale(("banner", "STARTTLS", "DATA", "QUIT"), ("banner", "EHLO", "STARTTLS", "MAIL", "RCPT", "DATA", ".", "QUIT"))
    for place in places:
        tls = place == "STARTTLS"
        server = begun(stage, ScriptedServer(smtp_script(hang_at=place, offers=("STARTTLS",) if tls else ())))
        streamer.mail(server.port, use_tls=tls)
        streamer.mend_configuration()
        wait_for(lambda: streamer.log(200).count("read again") == len(took) + 1, 5, "the reload")
        result = streamer.test_alerts()["email"]
        took[place] = result["took_ms"]
        stage.check(result["ok"] == (place == "QUIT"), f"{place}: {result}")
        stage.check_ms(result["took_ms"], STAGE_SECONDS * 2500, f"hanging at {place}")
    server = begun(stage, ScriptedServer(smtp_script(hang_at="banner")))
    streamer.mail(server.port, use_tls=False)
    streamer.mend_configuration()
    streamer.break_configuration()
    slowest = loop_is_free(stage, streamer, 3)
    return Seen(f"{len(places)} stages: given up after at most {max(took.values())} ms where {STAGE_SECONDS} s is allowed a stage; a mail that was taken counts though QUIT hangs; API at most {slowest:.0f} ms")


@row("A03", "mail server answers 4xx, 5xx", "4xx: tried again; 5xx: dropped and marked")
def a03(stage):
    later = begun(stage, ScriptedServer(smtp_script(replies={"RCPT": "451 greylisted"}, offers=())))
    streamer = service(stage).mail(later.port, use_tls=False).start()
    streamer.break_configuration()
    sink = failing(streamer, "email")
    stage.check(sink["pending"] == 1 and sink["failed"] == 0 and "451" in sink["last_error"], f"after 451: {sink}")
    wait_for(lambda: later.connections >= 3, 10, "three attempts")
    never = begun(stage, ScriptedServer(smtp_script(replies={"RCPT": "550 no such user"}, offers=())))
    streamer.mail(never.port, use_tls=False)
    streamer.mend_configuration()
    sink = streamer.wait_for_sink(lambda s: s["failed"] >= 1, "is given up", "email", 15)
    stage.check("550" in sink["last_error"] and sink["state"] == "failing", f"after 550: {sink}")
    stage.check("given up" in streamer.log(200), "the log does not say so")
    return Seen(f"451: kept, {later.connections} attempts; 550: {sink['failed']} given up and told: {sink['last_error']}")


@row("A04", "STARTTLS taken out of the offer; an answer injected before the handshake", "no credentials are sent")
def a04(stage):
    stripped = begun(stage, ScriptedServer(smtp_script(offers=("AUTH PLAIN LOGIN",))))
    injected = begun(stage, ScriptedServer(smtp_script(offers=("STARTTLS", "AUTH PLAIN LOGIN"), inject=b"250-evil\r\n250 AUTH PLAIN\r\n235 in\r\n")))
    streamer = service(stage).start()
    said = []
    for number, server in enumerate((stripped, injected)):
        streamer.mail(server.port, **CREDENTIALS)
        streamer.mend_configuration()
        wait_for(lambda: streamer.log(200).count("read again") == number + 1, 5, "the reload")
        result = streamer.test_alerts()["email"]
        stage.check(not result["ok"], "it was sent")
        said.append(result["error"])
        heard = " ".join(server.heard)
        stage.check(not re.search("AUTH|MAIL|hunter2|aHVudGVyMg", heard), f"it was told: {heard}")
    return Seen("; ".join(said))


def trickle(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b"x")
        handler.wfile.flush()
        time.sleep(0.2)


def a_gigabyte(handler):
    handler.server.sent = 0
    handler.send_response(200)
    handler.send_header("Content-Length", str(1 << 30))
    handler.end_headers()
    for _ in range(1 << 14):
        handler.wfile.write(b"x" * 65536)
        handler.server.sent += 65536


def later(seconds):
    def answer(handler):
        handler.send_response(429)
        handler.send_header("Retry-After", str(seconds))
        handler.send_header("Content-Length", "0")
        handler.end_headers()
    return answer


@row("A05", "webhook answers 500, 429 with Retry-After, a trickle, a gigabyte", "waits longer each time, as long as it asks; at most 4 KiB are read")
def a05(stage):
    receiver = begun(stage, WebReceiver(500))
    streamer = service(stage).webhook(receiver).start()
    streamer.break_configuration()
    times = [request.at for request in receiver.wait_for(4, 15)]
    waits = [after - before for before, after in zip(times, times[1:])]
    stage.check(waits == sorted(waits) and waits[2] > 2 * waits[0], f"the waits do not grow: {waits}")
    stage.check(len({request.headers["X-Streamer-Delivery"] for request in receiver.requests}) == 1, "another id for the same notice")
    receiver.answer = later(3)
    count = len(receiver.requests)
    receiver.wait_for(count + 1, 15)
    receiver.answer = 200
    asked = receiver.requests[count].at
    again = receiver.wait_for(count + 2, 15)[count + 1].at - asked
    stage.check(2.9 <= again <= 5, f"it came again after {again:.1f} s")
    receiver.answer = trickle
    slow = streamer.test_alerts()["webhook-1"]
    stage.check(slow["ok"], f"a trickle after 200: {slow}")
    stage.check_ms(slow["took_ms"], STAGE_SECONDS * 6500, "the trickle")
    receiver.answer = a_gigabyte
    big = streamer.test_alerts()["webhook-1"]
    stage.check(big["ok"] and big["took_ms"] < 3000, f"a gigabyte: {big}")
    stage.check(receiver.server.sent < 64 << 20, f"{receiver.server.sent} bytes were taken")
    return Seen(f"waits {', '.join(f'{wait:.1f}' for wait in waits)} s; Retry-After 3: {again:.1f} s; trickle cut after {slow['took_ms']} ms, the gigabyte after {big['took_ms']} ms")


@row("A06", "redirect to a private address; a public name that means this machine", "not followed; refused")
def a06(stage):
    inside = begun(stage, WebReceiver())

    def redirect(handler):
        handler.send_response(307)
        handler.send_header("Location", inside.url("/inside"))
        handler.send_header("Content-Length", "0")
        handler.end_headers()
    outside = begun(stage, WebReceiver(redirect))
    streamer = service(stage).webhook(outside)
    private = ("127.0.0.1", "localhost", "[::1]", "169.254.169.254", "10.0.0.1", "0x7f.1", "2130706433")
    for host in private:
        streamer.webhook(inside.url("/inside", host), allow_private=False)
    streamer.start()
    results = streamer.test_alerts()
    first = results.pop("webhook-1")
    stage.check(not first["ok"] and "redirect" in first["error"], f"the redirect: {first}")
    for name, result in results.items():
        stage.check(not result["ok"] and "private" in result["error"], f"{name}: {result}")
    stage.check(not inside.requests, "somebody reached the inside")
    tests = stage.gtest("alerts_test", "AddressPolicy.*")
    return Seen(f"{first['error']}; {len(results)} spellings of private addresses refused, by what they resolve to; {tests} tests of the ranges")


@row("A07", "certificate expired, of another name, signed by nobody", "refused, for mail and webhooks")
def a07(stage):
    errors = {}
    streamer = service(stage).start()
    for kind in ("expired", "other_name", "nobody"):
        pair = certificate(stage, "right" if kind == "nobody" else kind)
        trust = {} if kind == "nobody" else {"ca_file": str(pair[0])}
        receiver = begun(stage, WebReceiver(certificate=pair[0], key=pair[1]))
        server = mail_server(stage, certificate=pair[0], key=pair[1], starttls=True)
        streamer.alerts["webhook_alerts"] = []
        streamer.webhook(receiver, **trust).mail(server.port, **CREDENTIALS, **trust)
        streamer.mend_configuration()
        wait_for(lambda: streamer.log(200).count("read again") == len(errors) + 1, 5, "the reload")
        results = streamer.test_alerts()
        errors[kind] = results["webhook-1"]["error"]
        stage.check(not results["webhook-1"]["ok"] and not results["email"]["ok"], f"{kind} was accepted: {results}")
        stage.check(not receiver.requests and not server.mails, f"{kind}: something was sent")
    pair = certificate(stage)
    receiver = begun(stage, WebReceiver(certificate=pair[0], key=pair[1]))
    streamer.alerts["webhook_alerts"] = []
    streamer.webhook(receiver, ca_file=str(pair[0]))
    streamer.mend_configuration()
    wait_for(lambda: streamer.log(200).count("read again") == 4, 5, "the reload")
    stage.check(streamer.test_alerts()["webhook-1"]["ok"], "the right one is refused too")
    return Seen(f"3 wrong certificates refused by mail and webhook ({errors['expired']}), the right one accepted")


@row("A08", "storm: 1000 incidents a minute", "at most 5 messages a minute, one digest with counts", seconds=30)
def a08(stage):
    return Seen(f"{stage.gtest('alerts_test', 'AlertBookTest.a_storm*:AlertBookTest.max_alerts*:AlertBookTest.a_digest*')} tests in virtual time")


@row("A09", "flapping every 10 s", "one alert, not two in each cycle", seconds=30)
def a09(stage):
    return Seen(f"{stage.gtest('alerts_test', 'AlertBookTest.up_and_down*:AlertBookTest.slow_flapping*:AlertBookTest.openings*')} tests in virtual time")


@row("A10", "receivers away for long", "bounded queue (100), one digest within 60 s of the return", light=False, seconds=180)
def a10(stage):
    from streamer import free_port
    port = free_port()
    streamer = service(stage)
    streamer.alerts["retry_delay"] = 10
    streamer.webhook(f"http://127.0.0.1:{port}/hook")
    before = stage.scale(98, 100)
    queue = streamer.folder / "state" / "alerts"
    queue.mkdir(parents=True, mode=0o700)
    queue.parent.chmod(0o700)
    (queue / "queue-webhook-1.json").write_text(json.dumps({"version": 1, "lost": 0, "notices": [waiting(n) for n in range(before)]}))
    streamer.start()
    streamer.break_configuration()
    failing(streamer, "webhook-1")
    streamer.wait_for_sink(lambda s: s["pending"] == min(before + 1, 100), "the new one waits too")
    time.sleep(12)  # it has been tried again
    at = time.time()
    receiver = begun(stage, WebReceiver(port=port))
    digest = receiver.wait_for(1, 70)[0].json()
    took = time.time() - at
    stage.check(digest["event"] == "digest" and digest["held_back"] == before + 1, f"{digest['event']} of {digest['held_back']}, {before + 1} waited")
    stage.check(took <= 60, f"{took:.0f} s after the return")
    streamer.wait_for_sink(lambda s: s["pending"] == 0, "all delivered")
    time.sleep(1)
    stage.check(len(receiver.requests) == 1, f"{len(receiver.requests)} messages")
    tests = stage.gtest("alerts_test", "AlertQueue.*")
    return Seen(f"{before + 1} notices, those of the former process among them, in one digest; {tests} tests of the queue and its bound", None, ms(took))


def waiting(number):
    """A notice as the queue keeps it."""
    at = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
    alert = {"id": f"1-{number:04}", "rule": "disk", "severity": "warning", "stream": "", "state": "open", "title": f"number {number}", "detail": "",
             "opened_at": at, "resolved_at": None, "duration_seconds": 0, "notified": 1, "held_back": 0}
    return {"id": f"1-{number:04}-1", "kind": "opened", "at": at, "count": 0, "severity": "warning", "lines": [], "alert": alert}


@row("A11", "the service is killed with an alert open and one on its way", "not told twice; its end is told, with its true duration; nothing is lost", seconds=60)
def a11(stage):
    receiver = begun(stage, WebReceiver())
    streamer = service(stage).webhook(receiver)
    streamer.stream["inputs"] = [NO_DISPLAY]
    streamer.start()
    opened = receiver.wait_for(1, 15)[0].json()
    time.sleep(1)  # the state is on its way to the disk
    streamer.process.kill()
    streamer.process.wait()
    streamer.start()
    wait_for(lambda: streamer.told()["active"], 5, "the alert is still open")
    stage.check(streamer.told()["active"][0]["id"] == opened["alert"]["id"], "another alert")
    time.sleep(2)
    stage.check(len(receiver.requests) == 1, f"told {len(receiver.requests)} times")
    receiver.answer = 500
    streamer.stream["inputs"] = [{"type": "pattern"}]
    streamer.mend_configuration()
    receiver.wait_for(2, 15)
    time.sleep(0.5)
    streamer.process.kill()
    streamer.process.wait()
    receiver.answer = 200
    count = len(receiver.requests)
    streamer.start()
    resolved = receiver.wait_for(count + 1, 15)[count].json()
    seconds = resolved["alert"]["duration_seconds"]
    stage.check(resolved["event"] == "resolved" and resolved["alert"]["id"] == opened["alert"]["id"], f"{resolved['event']} of another alert")
    stage.check(seconds > 3, f"a duration of {seconds} s")
    time.sleep(1)
    stage.check(len(receiver.requests) == count + 1, "told twice")
    return Seen(f"one opened, one resolved over two kills, after {seconds} s")


@row("A12", "line breaks, @everyone, markup in what is told", "neutralised in each format", seconds=60)
def a12(stage):
    slack, discord = begun(stage, WebReceiver()), begun(stage, WebReceiver())
    server = mail_server(stage)
    streamer = service(stage).webhook(slack, "slack").webhook(discord, "discord").mail(server.port, use_tls=False).start()
    streamer.config_path.write_text('{"x\\r\\nBcc: evil@example.org": 1, "<!channel> @everyone `**": 1}')
    streamer.process.send_signal(1)
    mail = server.wait_for(1)[0]
    stage.check(mail["Bcc"] is None and mail.envelope["to"] == ["operator@example.org"], "a header came of it")
    text = slack.wait_for(1)[0].json()["text"]
    stage.check("<" not in text and "@everyone" not in text, text)
    content = discord.wait_for(1)[0].json()
    stage.check("@everyone" not in content["content"] and content["allowed_mentions"] == {"parse": []}, content["content"])
    tests = stage.gtest("alerts_test", "AlertText.*")
    return Seen(f"no header, no mention, no markup; {tests} tests, 500 of random bytes among them")


@row("A13", "one receiver hangs, one is broken", "the others are not delayed; the status says so")
def a13(stage):
    hanging = begun(stage, ScriptedServer(smtp_script(hang_at="banner")))
    fine, broken = begun(stage, WebReceiver()), begun(stage, WebReceiver(500))
    streamer = service(stage)
    streamer.alerts["reply_timeout"] = 10
    streamer.mail(hanging.port, use_tls=False).webhook(broken).webhook(fine).start()
    streamer.wait_until_live()
    at = time.time()
    streamer.break_configuration()
    fine.wait_for(1, 5)
    told = fine.requests[0].at - at
    slowest = loop_is_free(stage, streamer, 2)
    sinks = {sink["name"]: sink for sink in streamer.told()["sinks"]}
    stage.check(sinks["webhook-1"]["state"] == "failing" and "500" in sinks["webhook-1"]["last_error"], f"{sinks['webhook-1']}")
    stage.check(sinks["webhook-2"]["state"] == "ok" and sinks["webhook-2"]["delivered"] == 1, f"{sinks['webhook-2']}")
    stage.check(sinks["email"]["pending"] == 1, f"{sinks['email']}")
    stage.check(streamer.status()["on_air"] == "picture", "the stream was disturbed")
    began = time.time()
    streamer.stop()
    ended = time.time() - began
    stage.check(ended < 5, f"a receiver that hangs held the end up for {ended:.1f} s")
    return Seen(f"the good one was told after {told:.1f} s; API at most {slowest:.0f} ms; ended within {ended:.1f} s", ms(told))
