import hashlib, hmac, json, os, threading, time, urllib.parse, urllib.request, uuid
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = os.environ["SECRET"].encode()
HEADER = "X-SecureText-Signature"
texts, taking = {}, threading.Lock()  # better: a table with a unique index on text

def mac(t, signed):
    return hmac.new(SECRET, t.encode() + b"." + signed, hashlib.sha256).hexdigest()

def call_back(url, **news):
    body, t = json.dumps(news).encode(), str(int(time.time()))
    headers = {"Content-Type": "application/json", HEADER: f"t={t},v1={mac(t, body)}"}
    urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=10)

class Gateway(BaseHTTPRequestHandler):
    def answer(self, status, **said):
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def signed(self, what):
        parts = dict(p.partition("=")[::2] for p in self.headers.get(HEADER, "").split(","))
        t, given = parts.get("t", ""), parts.get("v1", "")
        fresh = t.isascii() and t.isdigit() and abs(time.time() - int(t)) <= 300
        return fresh and hmac.compare_digest(given.encode(), mac(t, what).encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self.signed(body):
            return self.answer(401, error="signature")
        order = json.loads(body)
        news = {"text": order["text"], "id": uuid.uuid4().hex, "state": "sent"}
        with taking:
            kept = texts.setdefault(order["text"], dict(news, at=datetime.now(timezone.utc).isoformat()))
        if kept["id"] != news["id"]:
            return self.answer(409, id=kept["id"])
        # Here order["body"] goes to order["to"], as one SMS. Later, once it arrived:
        kept["state"] = news["state"] = "delivered"
        self.answer(201, id=kept["id"])
        if "callback" in order:
            call_back(order["callback"], **news)

    def do_GET(self):
        query = urllib.parse.urlsplit(self.path).query
        if not self.signed(query.encode()):
            return self.answer(401, error="signature")
        asked = dict(urllib.parse.parse_qsl(query))
        found = [t for t in list(texts.values()) if asked.get("text") == t["text"] or asked.get("id") == t["id"]]
        return self.answer(200, **found[0]) if found else self.answer(404, error="no_such_text")

server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "0"))), Gateway)
print(server.server_port, flush=True)
server.serve_forever()
