"""An HTTP receiver of alerts for tests: keeps what it is sent, and answers as it is told."""
import http.server
import json
import socket
import ssl
import threading
import time


class WebReceiver:
    """`answer`: a status, or a function that is given the handler and answers itself. May be changed at any time."""

    def __init__(self, answer=200, certificate=None, key=None, port=0):
        self.requests, self.answer = [], answer
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def take(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                receiver.requests.append(Request(self.command, self.path, dict(self.headers), body))
                answer = receiver.answer
                try:
                    if callable(answer):
                        return answer(self)
                    self.send_response(answer)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                except OSError:
                    pass

            do_POST = do_GET = take

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        if certificate:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(certificate, key)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.scheme = "https" if certificate else "http"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def url(self, path="/hook/KEY", host="127.0.0.1"):
        return f"{self.scheme}://{host}:{self.port}{path}"

    def wait_for(self, count, seconds=10):
        return self.wait_until(lambda: len(self.requests) >= count and list(self.requests), f"{count} requests", seconds)

    def wait_until(self, holds, what, seconds=10):
        end = time.monotonic() + seconds
        while True:
            value = holds()
            if value:
                return value
            if time.monotonic() > end:
                raise AssertionError(f"{what}: not within {seconds} s; it got {[request.body[:200] for request in self.requests]}")
            time.sleep(0.02)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Request:
    def __init__(self, method, path, headers, body):
        self.method, self.path, self.headers, self.body, self.at = method, path, headers, body, time.time()

    def json(self):
        return json.loads(self.body)


class ScriptedServer:
    """A TCP server that does with each connection what a function says: talk(socket, file, number of the connection)."""

    def __init__(self, talk):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.talk, self.connections, self.heard = talk, 0, []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection, self.connections), daemon=True).start()

    def _serve(self, connection, number):
        with connection:
            try:
                self.talk(self, connection, number)
            except OSError:
                pass

    def stop(self):
        self.listener.close()


def smtp_script(hang_at=None, replies=None, offers=("AUTH PLAIN LOGIN",), inject=None):
    """A mail server that hangs at a stage (banner, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, ".", QUIT) or answers there as told."""
    replies = replies or {}

    def talk(server, connection, _):
        lines = connection.makefile("rb")

        def say(text):
            connection.sendall(text.encode() + b"\r\n")

        def hang():
            connection.settimeout(120)
            try:
                while connection.recv(4096):
                    pass
            except OSError:
                pass

        if hang_at == "banner":
            return hang()
        say(replies.get("banner", "220 test"))
        in_data = False
        while True:
            line = lines.readline()
            if not line:
                return None
            text = line.decode(errors="replace").strip()
            if in_data:
                if text != ".":
                    continue
                in_data, verb = False, "."
            else:
                server.heard.append(text)
                verb = text.split(" ")[0].split(":")[0].upper()
            if verb == hang_at:
                return hang()
            if verb == "EHLO" and verb not in replies:
                names = ["test", *offers]
                for number, name in enumerate(names):
                    say(f"250{' ' if number == len(names) - 1 else '-'}{name}")
            elif verb == "STARTTLS":
                connection.sendall(b"220 go\r\n" + (inject or b""))
                return hang()
            elif verb == "DATA":
                say(replies.get(verb, "354 go on"))
                in_data = verb not in replies
            elif verb == "QUIT":
                say("221 bye")
                return None
            elif verb == "AUTH":
                say(replies.get(verb, "235 fine"))
            else:
                say(replies.get(verb, "250 fine"))
    return talk
