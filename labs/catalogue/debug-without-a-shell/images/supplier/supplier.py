"""The supplier: says to a program that starts who it is, and gives the rate to those whose contract is in force."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TERMS = Path("/terms/terms.json")


class Supplier(BaseHTTPRequestHandler):
    def do_GET(self):
        if not TERMS.exists():
            self.answer(503)
            return
        terms = json.loads(TERMS.read_text(encoding="utf-8"))
        if self.path == "/enrol":
            self.answer(200, "{instance} {zone} {port}\n".format(**terms))
        elif self.path != "/rate":
            self.answer(404)
        elif self.headers["Contract"] == terms["successor"]:
            self.answer(200, f"{terms['rate']}\n")
        elif self.headers["Contract"] == terms["contract"]:
            self.answer(int(terms["refusal"]), successor=terms["successor"])
        else:
            self.answer(401)

    def answer(self, status, body="", successor=None):
        self.send_response(status)
        if successor:
            self.send_header("Successor-Contract", successor)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *words):
        """Not a word: its answers are to be seen on the wire."""


ThreadingHTTPServer(("", 9000), Supplier).serve_forever()
