"""A spec's page that follows its file: served on the loopback address alone, under a random token."""

from __future__ import annotations

import os
import secrets
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

from archcalc.errors import ArchcalcError, UsageError
from archcalc.network import load
from archcalc.pages import error_page, network_page

LOOPBACK = "127.0.0.1"

POLL = 0.2
"""Seconds between two looks at the file."""

FOLLOW = """
const token = location.pathname.split("/")[1];
async function follow(seen) {
  try {
    const answer = await fetch(`/${token}/state?seen=${seen}`);
    if (!answer.ok) return;
    const state = await answer.text();
    if (seen && state !== seen) location.reload();
    else follow(state);
  } catch { setTimeout(() => follow(seen), 1000); }
}
follow("");
"""
"""The script that loads the page anew when the file has changed."""


class Watched:
    """A spec that is edited."""

    def __init__(self, address: str, set: Mapping[str, Any], input: str | None) -> None:
        self.address, self.set, self.input = address, set, input
        path = Path(address.partition("@")[0])
        self.file = path if os.path.isfile(path) else None
        self.ended = Event()

    def page(self, live: str = "") -> str:
        """Its page, or that of its errors."""
        try:
            return network_page(load(self.address, set=self.set, input=self.input).graph, live)
        except ArchcalcError as error:
            return error_page(self.address, error, live)

    def state(self) -> str:
        """What tells one saved file from the next."""
        try:
            found = os.stat(self.file or self.address)
        except OSError:
            return "gone"
        return f"{found.st_mtime_ns}-{found.st_size}-{found.st_ino}"

    def wait(self) -> None:
        """Until somebody ends it."""
        while not self.ended.wait(1):
            pass


def write_once(watched: Watched) -> str:
    """The page in a file of its own; errors of the spec are raised, not shown."""
    text = network_page(load(watched.address, set=watched.set, input=watched.input).graph)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", prefix="archcalc-", suffix=".html", delete=False) as file:
        file.write(text)
    return file.name


@contextmanager
def serve(watched: Watched, port: int = 0) -> Iterator[str]:
    """Serve the page while the block runs; gives its address. Raises UsageError where the port is taken."""
    token = secrets.token_urlsafe(24)
    try:
        server = ThreadingHTTPServer((LOOPBACK, port), _handler(watched, token))
    except OSError as error:
        raise UsageError(
            f"port {port} cannot be used: {error.strerror}", help="leave --port out for a free one"
        ) from None
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://{LOOPBACK}:{server.server_port}/{token}/"
    finally:
        watched.ended.set()
        server.shutdown()
        server.server_close()


def _handler(watched: Watched, token: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers who knows the token, under the address that was given out."""

        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            host = self.headers.get("Host", "").partition(":")[0]
            known = host in (LOOPBACK, "localhost") and secrets.compare_digest(
                path.split("/")[1] if "/" in path else "", token
            )
            if not known:
                self._answer(HTTPStatus.NOT_FOUND, "not found", "text/plain")
            elif path == f"/{token}/":
                self._answer(HTTPStatus.OK, watched.page(FOLLOW), "text/html")
            elif path == f"/{token}/state":
                self._answer(HTTPStatus.OK, _next_state(watched, query.removeprefix("seen=")), "text/plain")
            else:
                self._answer(HTTPStatus.NOT_FOUND, "not found", "text/plain")

        def _answer(self, status: HTTPStatus, text: str, kind: str) -> None:
            body = text.encode("utf-8", "replace")
            self.send_response(status)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("Referrer-Policy", "no-referrer")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing is logged."""

    return Handler


def _next_state(watched: Watched, seen: str, longest: float = 20) -> str:
    """The state of the file as soon as it is another one, at the latest after a while."""
    until = time.monotonic() + longest
    while (state := watched.state()) == seen and time.monotonic() < until and not watched.ended.is_set():
        time.sleep(POLL)
    return state
