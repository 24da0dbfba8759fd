"""A webhook receiver that verifies, remembers and answers as a test tells it to."""

import base64
import collections
import http.server
import json
import os
import re
import socket
import struct
import threading

import harness


def new_secret():
    return "whsec_" + base64.b64encode(os.urandom(24)).decode()


def documented_verification():
    """The function of the page for integrators: what they copy is what is tested."""
    page = (harness.SOURCE_DIR / "docs" / "webhooks.md").read_text("utf-8")
    [code] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names = {}
    exec(code, names)   # pylint: disable=exec-used
    return names["verified"]


verified = documented_verification()


class Receiver:
    """`answer(message, nth)` decides: a status, "reset", "hang" (no answer until the end) or
    (status, headers). `nth` counts the times that this id was seen, from 1."""

    def __init__(self, test, secret, answer=lambda message, nth: 204):
        self.secret = secret
        self.answer = answer
        self.lock = threading.Lock()
        self.seen = collections.Counter()       # id -> times
        self.bodies = {}                        # id -> the body, the same each time
        self.accepted = []                      # messages answered 2xx, in order
        self.wrong = []                         # what must not happen
        self.done = threading.Event()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                receiver.take(self)

            def log_message(self, *arguments):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, request, client_address):
                pass   # the daemon was killed

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={
            "poll_interval": 0.05}, daemon=True)
        self.thread.start()
        test.addCleanup(self.close)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/hook?token=not-for-logs"

    def close(self):
        self.done.set()
        self.server.shutdown()
        self.server.server_close()

    def take(self, handler):
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        message = json.loads(body)
        message_id = handler.headers["webhook-id"]
        with self.lock:
            if not verified(self.secret, handler.headers, body):
                self.wrong.append(("signature", message_id))
            if message_id != f"{message['epoch']}-{message['seq']}":
                self.wrong.append(("id", message_id, message))
            if self.bodies.setdefault(message_id, body) != body:
                self.wrong.append(("another body", message_id))
            self.seen[message_id] += 1
            answer = self.answer(message, self.seen[message_id])
            status, headers = answer if isinstance(answer, tuple) else (answer, {})
            if status in (200, 202, 204):
                self.accepted.append(message)
        if status == "hang":
            self.done.wait()
        elif status == "reset":
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                          struct.pack("ii", 1, 0))
            handler.close_connection = True
        else:
            handler.send_response(status)
            for name, value in headers.items():
                handler.send_header(name, value)
            if status != 204:
                handler.send_header("Content-Length", "0")
            handler.end_headers()

    def accepted_now(self):
        with self.lock:
            return list(self.accepted)
