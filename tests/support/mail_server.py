#!/usr/bin/env python3
"""A real mail server (aiosmtpd) for tests, in a process of its own: python3 mail_server.py OPTIONS-JSON. Prints its port, then
each mail as one line of JSON. MailServer starts and reads it."""
import json
import pathlib
import subprocess
import sys
import threading
import time
import unittest


class MailServer:
    """options: certificate and key (files), starttls (must be used), implicit (TLS from the first byte), user and password (must
    be given), refuse (an address that is answered with 550), port."""

    def __init__(self, **options):
        self.mails, self.options = [], {key: str(value) if isinstance(value, pathlib.Path) else value for key, value in options.items()}
        self.process = subprocess.Popen([interpreter(), "-B", __file__, json.dumps(self.options)], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError("the mail server did not start: " + self.process.stderr.read()[-1000:])
        self.port = int(line)
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        for line in self.process.stdout:
            self.mails.append(json.loads(line))

    def wait_for(self, count, seconds=10):
        end = time.monotonic() + seconds
        while len(self.mails) < count:
            if time.monotonic() > end:
                raise AssertionError(f"{len(self.mails)} mails of {count} after {seconds} s")
            time.sleep(0.02)
        return [as_message(mail) for mail in self.mails]

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(5)
        self.process.stdout.close()
        self.process.stderr.close()


def as_message(mail):
    """As a mail program reads it; the envelope is in .envelope."""
    import email
    import email.policy
    message = email.message_from_string(mail["content"], policy=email.policy.default)
    message.envelope = mail
    return message


def interpreter():
    """A Python that has aiosmtpd: this one, or that of the distribution."""
    for candidate in (sys.executable, "/usr/bin/python3"):
        try:
            if subprocess.run([candidate, "-c", "import aiosmtpd"], capture_output=True, timeout=20).returncode == 0:
                return candidate
        except OSError:
            pass
    raise unittest.SkipTest("aiosmtpd (python3-aiosmtpd) is not installed")


def serve(options):
    import asyncio
    import ssl

    from aiosmtpd.smtp import SMTP, AuthResult

    class Keep:
        async def handle_RCPT(self, server, session, envelope, address, given):
            if address == options.get("refuse"):
                return "550 no such user"
            envelope.rcpt_tos.append(address)
            return "250 OK"

        async def handle_DATA(self, server, session, envelope):
            print(json.dumps({"from": envelope.mail_from, "to": envelope.rcpt_tos, "content": envelope.content.decode("utf-8", "replace"),
                              "tls": session.ssl is not None, "user": getattr(session.auth_data, "login", b"").decode()}), flush=True)
            return "250 kept"

    def authenticate(server, session, envelope, mechanism, data):
        right = data.login == options["user"].encode() and data.password == options["password"].encode()
        return AuthResult(success=right, handled=right, auth_data=data)

    context = None
    if options.get("certificate"):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(options["certificate"], options["key"])
    more = {}
    if options.get("user"):
        more = {"authenticator": authenticate, "auth_required": True, "auth_require_tls": True}

    if options.get("implicit"):  # the transport is TLS already, which aiosmtpd does not see
        more["auth_require_tls"] = False
        make = lambda: SMTP(Keep(), hostname="test", loop=loop, **more)  # noqa: E731
    else:
        make = lambda: SMTP(Keep(), hostname="test", loop=loop, tls_context=context, require_starttls=bool(options.get("starttls")), **more)  # noqa: E731
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    server = loop.run_until_complete(loop.create_server(make, "127.0.0.1", options.get("port", 0), ssl=context if options.get("implicit") else None))
    print(server.sockets[0].getsockname()[1], flush=True)
    loop.run_forever()


if __name__ == "__main__":
    serve(json.loads(sys.argv[1]))
