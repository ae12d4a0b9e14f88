"""Where people read: a server that takes what apprise's `json://` sends."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver(ThreadingHTTPServer):
    """Takes what apprise's json:// sends; refuses as many as it is told to."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.messages, self.refusing = [], 0
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def address(self):
        return f"json://someone:hunter22@127.0.0.1:{self.server_port}/"

    def close(self):
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.server.refusing:
            self.server.refusing -= 1
            self.send_response(503)
        else:
            self.server.messages.append(message)
            self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass
