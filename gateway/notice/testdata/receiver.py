import hashlib, hmac, json, os, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = os.environ["SECRET"].encode()
seen = set()  # better: a table with a unique index on id

def signed(header, body):
    parts = [p.strip().partition("=")[::2] for p in header.split(",")]
    t, given = dict(parts).get("t", ""), [value for name, value in parts if name == "v1"]
    fresh = t.isascii() and t.isdigit() and abs(time.time() - int(t)) <= 300
    right = hmac.new(SECRET, t.encode() + b"." + body, hashlib.sha256).hexdigest()
    return fresh and any(hmac.compare_digest(v.encode(), right.encode()) for v in given)

class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not signed(self.headers.get("X-SecureText-Signature", ""), body):
            status = 401
        else:
            event = json.loads(body)
            if event["type"] == "message.overdue" and event["id"] not in seen:
                print(event["message"], "is overdue, round", event["round"], flush=True)  # here somebody is paged
            seen.add(event["id"])
            status = 204
        self.send_response(status)
        self.end_headers()

    def log_message(self, *args):
        pass

server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "0"))), Receiver)
print(server.server_port, flush=True)
server.serve_forever()
