"""A real web server of one file, that does what servers do on bad days."""

import random
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CONTENT = random.Random(0).randbytes(700_000)


class Server(ThreadingHTTPServer):
    """Serves CONTENT with ranges. `moods` say what goes wrong, one for each request; then all is well."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.content, self.tag, self.ranges = CONTENT, '"v1"', True
        self.moods, self.asked = [], []
        self.stopped = threading.Event()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/file.bin"

    def handle_error(self, *_):
        pass  # clients that leave are expected here


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        server = self.server
        server.asked.append(dict(self.headers))
        mood = server.moods.pop(0) if server.moods else {}
        if "before" in mood:
            mood["before"](server)
        if "status" in mood:
            self.send_response(mood["status"])
            for name, value in mood.get("headers", {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if "garbage" in mood:
            self.wfile.write(mood["garbage"])
            self.close_connection = True
            return
        self._send(server, mood)

    def _send(self, server, mood):
        start, asked = 0, self.headers.get("Range")
        same = self.headers.get("If-Range") in (None, server.tag)
        if asked and server.ranges and same:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            if start >= len(server.content):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(server.content)}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
        body = mood.get("bytes", server.content)[start:]
        self.send_response(206 if start else 200)
        if start:
            last, total = len(server.content) - 1, len(server.content)
            self.send_header("Content-Range", mood.get("range", f"bytes {start}-{last}/{total}"))
        if server.tag:
            self.send_header("ETag", server.tag)
        self.send_header("Content-Length", str(len(body) + mood.get("lie", 0)))
        self.end_headers()
        body = body[: mood.get("cut", len(body))]
        for place in range(0, len(body), 50_000):
            self.wfile.write(body[place : place + 50_000])
            if "slow" in mood:
                time.sleep(mood["slow"])
        self.wfile.flush()
        if "stall" in mood:
            server.stopped.wait(mood["stall"])
        if mood:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_):
        pass
