#!/usr/bin/env python3
"""Clients that send too much, too often, too slowly or what is no HTTP; and a node that is asked to stop."""
import http.client
import socket
import threading
import time

import door as doors
from county import main

TIGHT = ("requests_per_minute = 100000\nposts_per_minute = 100000\nguesses_per_minute = 100000\n"
         "connections_per_address_max = 12\nrequest_timeout_s = 2\n")


def raw(door, *parts, pause=0.0):
    """Sends bytes, returns all that comes back until the other side ends; None if it never does."""
    with socket.create_connection(("127.0.0.1", door.port), timeout=30) as s:
        try:
            for part in parts:
                s.sendall(part)
                time.sleep(pause)
        except OSError:
            pass  # closed meanwhile; what it said may still be read
        out = b""
        try:
            while True:
                got = s.recv(65536)
                if not got:
                    return out
                out += got
        except socket.timeout:
            return None
        except OSError:
            return out


def status(answer):
    return int(answer.split(b" ")[1]) if answer and answer.startswith(b"HTTP/1.1 ") else answer


def too_much(county, door):
    check = county.check
    head = b"POST /open311/v2/requests.json HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    body = b"service_code=water&lat=1&long=1&description=" + b"x" * (2 << 20)
    answer = raw(door, head + b"Content-Length: %d\r\n\r\n" % len(body), body)
    check("2 MiB: 413", status(answer) == 413, answer)
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    answer = raw(door, head + b"Transfer-Encoding: chunked\r\n\r\n", *([chunk] * 32))
    check("2 MiB in chunks: 413", status(answer) == 413, answer)
    answer = raw(door, head + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n",
                 b"%x\r\n" % 44 + body[:44] + b"\r\n0\r\n\r\n")
    check("control: a small chunked one is taken", status(answer) == 201, answer)
    answer = raw(door, b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"y" * 40000 + b"\r\n\r\n")
    check("a long head: 431", status(answer) == 431, answer)
    many = b"".join(b"X-%d: y\r\n" % i for i in range(5000))
    check("many heads: 431", status(raw(door, b"GET / HTTP/1.1\r\n" + many + b"\r\n")) == 431)
    for text in (b"hello\r\n\r\n", b"GET / HTTP/9\r\n\r\n", b"GET  HTTP/1.1\r\n\r\n",
                 b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"GET http://other/ HTTP/1.1\r\nHost: h\r\n\r\n"):
        answer = raw(door, text)
        check("no HTTP: 400 (%r)" % text, status(answer) == 400, answer)
    check("too many fields: 400", door.get("/open311/v2/requests.json?" + "&".join(["a=1"] * 101)).status == 400)
    long = door.post("/open311/v2/requests.json", service_code="water", lat=1, long=1, description="x" * 20000)
    check("a text that is too long: 400", long.status == 400, long.text)
    check("it still answers", door.get("/healthz").status == 200)


def too_slow(county, door):
    """Slow clients hold what one address may hold; they are closed in time and nobody else waits for them."""
    check = county.check
    sockets = []
    for _ in range(8):
        s = socket.create_connection(("127.0.0.1", door.port), timeout=30)
        s.sendall(b"POST /open311/v2/requests.json HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n")
        sockets.append(s)
    check("others are served beside them", door.get("/open311/v2/services.json").status == 200)
    ended = []

    def drip(s):
        try:
            for _ in range(600):  # a byte now and then does not buy time
                s.sendall(b"x")
                time.sleep(0.1)
        except OSError:
            ended.append(s)

    threads = [threading.Thread(target=drip, args=(s,)) for s in sockets]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    check("each slow client is closed", len(ended) == 8, len(ended))
    for s in sockets:
        s.close()
    # Silent ones too, and above the number of one address nothing is taken.
    silent = [socket.create_connection(("127.0.0.1", door.port), timeout=30) for _ in range(40)]
    closed = sum(1 for s in silent if s.recv(1) == b"")
    check("all silent connections end", closed == 40, closed)
    for s in silent:
        s.close()
    check("it still answers", door.get("/healthz").status == 200)


def too_many(county, door):
    """Connections of one address above its number are closed at once: the rest are open meanwhile."""
    held = []
    for _ in range(12):
        c = http.client.HTTPConnection("127.0.0.1", door.port, timeout=30)
        c.request("GET", "/healthz")
        c.getresponse().read()
        held.append(c)
    extra = socket.create_connection(("127.0.0.1", door.port), timeout=30)
    try:
        extra.sendall(b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")
        got = extra.recv(100)
    except OSError:
        got = b""
    county.check("the thirteenth connection gets nothing", got == b"", got)
    held[0].request("GET", "/healthz")
    county.check("the twelve go on", held[0].getresponse().status == 200)
    extra.close()
    for c in held:
        c.close()


def too_often(county, door):
    check = county.check
    door.open("requests_per_minute = 30\nposts_per_minute = 3\nguesses_per_minute = 2\n")
    post = lambda: door.post("/open311/v2/requests.json", service_code="water", lat=37.005, long=111.905)
    made = [post() for _ in range(4)]
    check("three reports pass, the fourth waits", [r.status for r in made] == [201, 201, 201, 429],
          [r.status for r in made])
    check("it says how long", 1 <= int(made[3].headers["retry-after"]) <= 60 and made[3].json[0]["code"] == 429)
    guesses = [door.get("/public/reports/AAAAAAAAA.json").status for _ in range(3)]
    check("receipts cannot be guessed", guesses == [404, 404, 429], guesses)
    own = door.get("/public/reports/%s.json" % made[0].json[0]["receipt"]).status
    check("nor by the way", own == 429, own)
    replies = [door.get("/open311/v2/services.xml") for _ in range(40)]
    check("then nothing passes but health", replies[0].status == 200 and replies[-1].status == 429 and
          replies[-1].xml.tag == "errors" and door.get("/healthz").status == 200, [r.status for r in replies])
    spoofed = door.ask("GET", "/open311/v2/services.json", headers={"X-Forwarded-For": "10.1.2.3"}).status
    check("a made-up address does not help", spoofed == 429, spoofed)
    door.open("behind_proxy = true\nrequests_per_minute = 3\n")
    ask = lambda who: door.ask("GET", "/open311/v2/services.json", headers={"X-Forwarded-For": who}).status
    seen = [ask("10.9.9.%d, 10.1.2.3" % i) for i in range(4)] + [ask("10.1.2.4")]
    check("behind a proxy the last address counts", seen == [200, 200, 200, 429, 200], seen)


def keys(county, door):
    door.open(doors.GENEROUS + 'api_keys = ["k1", "k2"]\njurisdiction_id = "jiexiu"\n')
    place = dict(service_code="water", lat=37.005, long=111.905)
    post = lambda **f: door.post("/open311/v2/requests.json", **place, **f).status
    seen = [post(), post(api_key="k3"), post(api_key="k2"), post(api_key="k1", jurisdiction_id="x"),
            post(api_key="k1", jurisdiction_id="jiexiu")]
    county.check("keys and jurisdictions", seen == [403, 403, 201, 404, 201], seen)


def stopping(county, door):
    """SIGTERM: idle connections end, what was asked is answered, the node ends with 0 (checked by stop)."""
    idle = socket.create_connection(("127.0.0.1", door.port), timeout=60)
    results = []

    def reader():
        for _ in range(100000):
            try:
                results.append(door.get("/open311/v2/services.json").status)
            except (OSError, http.client.HTTPException):
                return  # the door is shut

    thread = threading.Thread(target=reader)
    thread.start()
    while len(results) < 5:
        time.sleep(0.01)
    county.stop(door.name)
    thread.join()
    county.check("whatever was answered was answered well", set(results) == {200}, set(results))
    county.check("an idle connection ends", idle.recv(1) == b"")
    idle.close()


def settings(county, door):
    with open(county.path("bad.toml"), "w") as f:
        f.write('data_dir = "x"\nlisten = "127.0.0.1:0"\n[public]\nlistne = "127.0.0.1:0"\n')
    answer = county.run("guanhu-node", "config", "check", county.path("bad.toml"))
    county.check("a misspelt setting is refused by line", answer.code == 2 and "bad.toml:4" in answer.err, answer.err)


def story(county):
    door = doors.make(county, towns=1)
    door.open(TIGHT)
    too_much(county, door)
    too_slow(county, door)
    too_many(county, door)
    too_often(county, door)
    keys(county, door)
    stopping(county, door)
    settings(county, door)
    return "1 door"


main("public_limits", story)
