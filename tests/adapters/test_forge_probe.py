"""Whoever answers where a forge is looked for may answer anything."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from updater.adapters.forge_probe import recognized
from updater.forges import FORGES, OTHERS

ANSWERS = {
    "nested": ({}, b"[" * 10_000),
    "not packed": ({"Content-Encoding": "gzip"}, b"nothing of that kind"),
    "cut off": ({"Content-Length": "500"}, b"{"),
    "nothing": ({}, b""),
}


class Anybody(BaseHTTPRequestHandler):
    def do_GET(self):
        headers, body = ANSWERS[self.server.answer]
        self.send_response(200)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """It is a test."""


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_that_is_none_is_nobodys_sign(answer):
    with ThreadingHTTPServer(("127.0.0.1", 0), Anybody) as server:
        server.answer = answer
        threading.Thread(target=server.serve_forever, daemon=True).start()
        signs = [*OTHERS, *(kind.sign for kind in FORGES.values() if kind.sign)]
        assert recognized(f"http://127.0.0.1:{server.server_port}", signs) is None
        server.shutdown()
