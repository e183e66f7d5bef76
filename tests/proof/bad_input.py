#!/usr/bin/env python3
"""Strangers, broken lines, garbage, bad tables, bad configurations: a clear sentence each, and no process dies."""
import gzip
import os
import re
import shutil
import socket
import ssl
import subprocess

from county import main, wide
from cutter import Cutter
from work import Work, find_faults

METHOD = "g/1"  # common/rpc/method.h


def clear(county, what, answer, codes, *words):
    """A documented exit code, a sentence, and nothing that sounds like a crash."""
    text = answer.out + answer.err
    county.check("%s: exit %s is one of %s" % (what, answer.code, codes), answer.code in codes, text[-600:])
    county.check("%s: says %s" % (what, words), all(w in text for w in words) and len(text) > 10, text[-600:])


def nodes_live(county, what):
    for name in county.nodes:
        county.check("%s: %s lives" % (what, name), county.alive(name), county.log_tail(name))


def strangers(county):
    """A terminal of another county, and one of ours against a node of another county."""
    county.must(county.run("guanhuctl", "--json", "-q", "county", "init", "--dir", county.path("other"), "--sample"))
    place = county.must(county.ctl("other/city", "place", "list")).json["places"]
    village = next(p for p in place if p["kind"].endswith("VILLAGE"))
    county.must(county.ctl("other/city", "device", "enrol", "--place", village["id"], "--name", "x", "--out",
                           county.path("x.enrolment")))
    county.must(county.term("x", "init", "--from", county.path("x.enrolment")))
    county.must(county.term("x", "asset", "add", "--code", "FOREIGN", "--name", "foreign"))
    for name in ("town1", "city"):
        clear(county, "another county's terminal at %s" % name, county.term("x", "sync", "--to",
              county.nodes[name].address, "--timeout", 10), (4,), "safe on this device")
        county.check("%s took nothing of it" % name, "FOREIGN" not in str(county.records(name)))
    clear(county, "a village's terminal at the other village's socket",
          county.term("nowhere", "status"), (1,), "nowhere")
    answer = county.run("guanhu", "--data", county.path("y"), "init", "--from", "/etc/hostname")
    clear(county, "an enrolment that is none", answer, (1, 2), "hostname")
    # A device that only a copy of the city has enrolled: the city itself does not know it.
    county.stop("city")
    county.copy("city", "city-copy")
    county.serve("city")
    county.must(
    county.ctl(
        "city-copy",
        "device",
        "enrol",
        "--place",
        county.villages[0][3]["id"],
        "--name",
        "unknown",
        "--out",
         county.path("u.enrolment")))
    county.must(county.term("u", "init", "--from", county.path("u.enrolment")))
    county.must(county.term("u", "asset", "add", "--code", "UNKNOWN", "--name", "unknown"))
    for name in ("town1", "city"):
        answer = county.term("u", "sync", "--to", county.nodes[name].address, "--timeout", 4)
        county.check("unknown device at %s: ends as documented" % name, answer.code in (0, 1, 3, 4, 5),
                     (answer.code, answer.out, answer.err))
        county.say("unknown device at %s: exit %d %s" % (name, answer.code, answer.json.get("sentence_en", "")))
    nodes_live(county, "strangers")
    return 4


def garbage(county):
    """Bytes that are no TLS, half handshakes, TLS without a certificate."""
    randomly = lambda n: bytes(county.random.randrange(256) for _ in range(n))
    messages = [b"", b"\0", b"GET / HTTP/1.1\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0" * 64,
                b"\x16\x03\x01\xff\xff" + randomly(200), b"\x16\x03\x01\x00\x05\x01\x00\xff\xff\xff"]
    messages += [randomly(county.random.randrange(1, 5000)) for _ in range(wide(20, 2000))]
    open_ones = []
    for name in ("town1", "city"):
        for i, message in enumerate(messages):
            s = socket.create_connection(("127.0.0.1", county.nodes[name].port))
            try:
                s.sendall(message)
            except OSError:
                pass
            if i % 3:
                s.close()
            else:
                open_ones.append(s)  # silent and open until the end
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(["h2"])
        refused = False
        try:
            with context.wrap_socket(socket.create_connection(("127.0.0.1", county.nodes[name].port), timeout=10)) as s:
                s.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0")
                refused = not s.recv(1)
        except (ssl.SSLError, ConnectionError):
            refused = True
        except socket.timeout:
            pass
        county.check("%s: TLS without a certificate is refused" % name, refused)
    county.check("with garbage connections open, a terminal syncs", county.sync("a1").code == 0)
    for s in open_ones:
        s.close()
    nodes_live(county, "garbage")
    return 2 * len(messages)


def frames(county):
    """A device of the county whose frames are not frames: what curl can send with the device's certificate."""
    if not shutil.which("curl"):
        county.say("curl is not installed: no bad frames were sent")
        return 0
    with open(county.path("a1", "enrolment"), "rb") as f:
        text = f.read()
    key = re.search(rb"-----BEGIN PRIVATE KEY-----.*?-----END PRIVATE KEY-----\n", text, re.S).group()
    certificate = re.search(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", text, re.S).group()
    for name, content in (("k.pem", key), ("c.pem", certificate)):
        with open(county.path(name), "wb") as f:
            f.write(content)
        os.chmod(county.path(name), 0o600)
    randomly = lambda n: bytes(county.random.randrange(256) for _ in range(n))
    framed = lambda body, length=None, flag=0: bytes(
        [flag]) + (len(body) if length is None else length).to_bytes(4, "big") + body
    bodies = {"no message": b"", "half a header": b"\0\0\0", "a length of 4 GB": framed(b"x", 0xFFFFFFFF),
              "a message cut off": framed(b"y" * 10, 1000), "an empty frame": framed(b""),
              "an oversized frame": framed(b"\x01" * (9 << 20)), "a compressed flag": framed(b"zzzz", None, 1),
              "a flag that does not exist": framed(b"zzzz", None, 7)}
    for i in range(wide(8, 300)):
        first = bytes([county.random.randrange(24)])
        bodies["random frame %d" % i] = framed(first + randomly(county.random.randrange(0, 300)))
    # A caller that hangs up within a message, or sends what gRPC cannot read, has said nothing: gRPC may end such
    # a stream like one without a message. The frame never reaches the node.
    hung_up = ("no message", "half a header", "a length of 4 GB", "a message cut off", "a compressed flag",
               "a flag that does not exist")
    sent, refused = 0, 0
    for what, body in bodies.items():
        with open(county.path("body"), "wb") as f:
            f.write(body)
        answer = subprocess.run(
            ["curl", "-sS", "-k", "--http2", "-m", "3", "--cert", county.path("c.pem"), "--key", county.path("k.pem"),
             "-H", "content-type: application/grpc", "-H", "te: trailers", "--data-binary", "@" + county.path("body"),
             "-D", "-", "-o", os.devnull, "https://%s/%s" % (county.nodes["town1"].address, METHOD)],
            capture_output=True, timeout=60, check=False)
        head = answer.stdout.decode("latin-1").lower()
        status = re.search(r"grpc-status: (\d+)", head)
        message = re.search(r"grpc-message: (.*)", head)
        if what == "an oversized frame":
            county.check("an oversized frame is refused",
    status and status.group(1) != "0",
     head + str(answer.stderr))
        if what.startswith("random frame 0"):
            county.check("control: the frames reach the stream",
                         "application/grpc" in head, head + str(answer.stderr))
            county.say("a random frame: status %s, %s" %
     (status and status.group(1), message and message.group(1)[:120]))
        good = status and status.group(1) == "0"
        if what.startswith("random frame"):  # the caller's hanging up may be seen before its frame is judged
            refused += not good
        else:
            county.check("%s: not taken for a good one" % what, not good or what in hung_up, head)
        sent += 1
    county.check("random frames are refused", refused > 0)
    nodes_live(county, "bad frames")
    county.check("after bad frames a terminal syncs", county.sync("a1").code == 0)
    return sent


def broken_lines(county, work):
    """A line that cuts and flips bits, inside TLS: never anything worse than another try."""
    cutter = Cutter(county.nodes["town1"].port)
    county.check("saved", work.save())
    county.check("control: through the relay it works", county.term("a1", "sync", "--to", cutter.address).code == 0)
    whole = max(cutter.up, 1000)
    cutter.close()
    harmed = 0
    for turn in range(wide(6, 200)):
        county.check("saved", work.save())
        cutter = Cutter(county.nodes["town1"].port)
        at = county.random.randrange(whole)
        if turn % 2:
            cutter.up_limit = at
        else:
            cutter.flip_at = at
        answer = county.term("a1", "sync", "--to", cutter.address, "--timeout", 4)
        county.check(
    "a harmed line: ends as documented",
    answer.code in (
        3,
        4) or (
            answer.code == 0 and not cutter.harmed) or cutter.up_limit is not None,
            (answer.code,
            answer.out,
             answer.err))
        county.check("a harmed line: says that the work is safe", answer.code ==
                     0 or "on this device" in answer.out or "next sync" in answer.out, answer.out)
        harmed += cutter.harmed
        cutter.close()
    county.check("lines were harmed", harmed > 0)
    nodes_live(county, "harmed lines")
    return harmed


def tables(county):
    good = "设施编号,名称,大类\nG-1,一号灯,电\n"
    cases = {  # name -> bytes, exit codes, words
        "one column too many": ((good + "G-2,二,电,多\n").encode(), (3,), ":3"),
        "a value that does not exist": ((good + "G-2,二,月球\n").encode(), (3,), ":3"),
        "a row without its end": ((good + 'G-2,"二').encode(), (2, 3), ""),
        "bytes that are no text": (good.encode() + b"G-2,\xff\xfe\xff,\xe7\n", (1, 2, 3), ""),
        "a zero byte": (good.encode() + b"G-2,a\0b,\xe7\x94\xb5\n", (0, 2, 3), ""),
        "nothing": (b"", (1, 2), ""),
        "headings only": ("设施编号,名称\n".encode(), (0, 2), ""),
        "no table": (bytes(county.random.randrange(256) for _ in range(3000)), (1, 2, 3), ""),
        "a field of 3 MB": ((good + "G-2," + "x" * (3 << 20) + ",电\n").encode(), (1, 2, 3), ""),
        "half a gzip file": (gzip.compress(good.encode() * 500)[:200], (1, 2, 3), ""),
    }
    for what, (content, codes, word) in cases.items():
        name = county.path("table.csv.gz" if "gzip" in what else "table.csv")
        with open(name, "wb") as f:
            f.write(content)
        answer = county.run("guanhuctl", "--data", county.path("a1"), "--json", "import", "assets", name, "--rejects",
                            county.path("rejects.csv"))
        county.check("table with %s: exit %s of %s" %
     (what, answer.code, codes), answer.code in codes, answer.err[-500:])
        county.check("table with %s: says where" %
     what, (word in answer.err) if answer.code else True, answer.err[-500:])
        county.check("table with %s: says something" % what, answer.code == 0 or len(answer.err) > 20, answer.err)
    listed = [r["json"].get("code") for r in county.records("a1", "Asset")]
    county.check("the good row went in, once", listed.count("G-1") == 1, listed)
    return len(cases)


def configurations(county):
    data = 'data_dir = "%s"\n' % county.path("city")
    listen = 'listen = "127.0.0.1:0"\n'
    cases = [("", 2, "data_dir is missing"), (data, 2, "listen is missing"), (data +
    'listen = "x"\n', 2, "port"), (data +
    listen +
    "speed = 3\n", 2, "speed"), (data +
    listen +
    'streams_max = "many"\n', 2, "whole number"), (data +
    listen +
    "streams_max = 0\n", 2, "1 to 100000"), (data +
    "listen = [\n", 2, "bad.toml:"), (data +
    listen +
    'reflection = "yes"\n', 2, "true or false"), ("\xff\n", 2, "bad.toml"), (data +
    listen, 1, "another process"), ('data_dir = "%s"\n%s' %
    (county.path("nothing-here"), listen), 1, "enrolment"), ('data_dir = "%s"\nlisten = "127.0.0.1:%d"\n' %
     (county.path("spare"), county.nodes["city"].port), 1, "listen")]
    county.copy("u", "spare")
    for text, code, word in cases:
        with open(county.path("bad.toml"), "w", encoding="latin-1") as f:
            f.write(text)
        answer = county.run("guanhu-node", "--config", county.path("bad.toml"))
        clear(county, "configuration %r" % text[-40:], answer, (code,), word)
        if code == 2:
            clear(county, "check of %r" % text[-40:], county.run("guanhu-node",
                  "config", "check", county.path("bad.toml")), (2,), word)
    clear(
    county,
    "no configuration",
    county.run(
        "guanhu-node",
        "--config",
        county.path("none.toml")),
        (1,
        2),
         "none.toml")
    clear(county, "no arguments", county.run("guanhu-node"), (2,), "--config")
    return 2 + len(cases)


def story(county):
    county.make()
    county.add_terminal("a1")
    work = Work(county, "a1")
    for _ in range(4):
        county.check("saved", work.save())
    county.settle()
    counts = [strangers(county), garbage(county), frames(county), broken_lines(county, work), tables(county),
              configurations(county)]
    county.settle()
    for name in ("city", "town1", "a1"):
        faults = find_faults([work], county.records(name))
        county.check("%s has every acknowledged record" % name, not faults, faults)
    county.sound("city", "town1", "a1")
    for name in county.nodes:
        county.check("%s was never ended" % name, county.nodes[name].process.poll() is None)
    return ("%d strangers, %d garbage connections, %d bad frames, %d harmed lines, %d bad tables, "
            "%d bad configurations") % (
        tuple(counts))


main("bad_input", story)
