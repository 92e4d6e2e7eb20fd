"""A real HTTP server that cuts connections, lies, changes its file and refuses ranges, for tests of downloads."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CONTENT = bytes(range(256)) * 2000


@dataclass
class Site:
    """What the server has, how it misbehaves, and what it was asked."""

    url: str = ""
    content: bytes = CONTENT
    headers: dict[str, str] = field(default_factory=lambda: {"ETag": '"one"'})
    answers: list[Callable[["Handler"], None]] = field(default_factory=list)
    """For one request each; then it behaves."""
    asked: list[str | None] = field(default_factory=list)
    """The Range of each request."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: Site

    def do_GET(self) -> None:
        self.close_connection = True
        self.site.asked.append(self.headers.get("Range"))
        with suppress(OSError):  # whoever asked has gone
            (self.site.answers.pop(0) if self.site.answers else Handler.behave)(self)

    def begin(self, status: int, length: int | None, **headers: str) -> None:
        self.send_response(status)
        for name, value in {**self.site.headers, **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def behave(self, cut: int | None = None) -> None:
        """Answer as the standard says; with `cut` only that many bytes."""
        content, wanted = self.site.content, self.headers.get("Range")
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        if wanted and self.headers.get("If-Range") in self.site.headers.values() and start < len(content):
            part = f"bytes {start}-{len(content) - 1}/{len(content)}"
            self.begin(206, len(content) - start, Content_Range=part)
            self.wfile.write(content[start:][:cut])
        else:
            self.begin(200, len(content))
            self.wfile.write(content[:cut])

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def misbehaving_site() -> Iterator[Site]:
    """A server on this computer."""
    site = Site()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("SiteHandler", (Handler,), {"site": site}))
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=lambda: server.serve_forever(0.01), daemon=True)
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_port}/file.bin"
    yield site
    server.shutdown()
    server.server_close()
    thread.join()


def cut_after(count: int) -> Callable[[Handler], None]:
    return lambda handler: handler.behave(cut=count)


def status(code: int, **headers: str) -> Callable[[Handler], None]:
    return lambda handler: handler.begin(code, 0, **headers)
