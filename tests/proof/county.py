"""A sample county of real processes in a folder of its own, for the tests beside this file.

Every test is a program: TEST.py BIN_FOLDER. It ends with 0 only if every expectation held, and its last line counts
what was done. GUANHU_LONG=1 asks for the long form, GUANHU_SEED repeats a run. Only processes started here
are ended here.
"""
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

LONG = os.environ.get("GUANHU_LONG", "") not in ("", "0")
PATIENCE_S = 120  # how long anything that must come about may take; reached only when it never would


def wide(short, long):
    """A count for the short and for the long form."""
    return long if LONG else short


class Broken(Exception):
    """The test cannot go on."""


class Answer:
    def __init__(self, process, out, err):
        self.code = process.returncode
        self.out = out
        self.err = err

    @property
    def json(self):
        try:
            return json.loads(self.out)
        except ValueError:
            raise Broken("no JSON in the answer (exit %s): %r; %s" % (self.code, self.out[:300], self.err[-600:]))


class Node:
    """A township or the city, served by a process."""

    def __init__(self, name, place, parent):
        self.name = name
        self.place = place
        self.parent = parent
        self.port = 0
        self.process = None
        self.starts = 0

    @property
    def address(self):
        return "127.0.0.1:%d" % self.port


class County:
    """The city is 'city'; townships and terminals get their names from add_town and add_terminal."""

    def __init__(self, name):
        if len(sys.argv) < 2:
            raise SystemExit("usage: %s BIN_FOLDER" % sys.argv[0])
        self.bin = os.path.abspath(sys.argv[1])
        self.name = name
        self.seed = int(os.environ.get("GUANHU_SEED") or random.SystemRandom().randrange(1 << 30))
        self.random = random.Random(self.seed)
        self.work = tempfile.mkdtemp(prefix="gh-proof.")
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("GUANHU_", "LC_"))}
        self.env.update(LANG="C.UTF-8", HOME=os.path.join(self.work, "home"))
        self.lock = threading.Lock()
        self.nodes = {}
        self.terminals = {}
        self.children = []
        self.checks = 0
        self.failures = []
        self.begun = time.monotonic()
        self.keep = False
        print("%s: seed %d, %s form" % (name, self.seed, "long" if LONG else "short"), flush=True)

    # ---- checks
    def check(self, what, true, detail=""):
        with self.lock:
            self.checks += 1
            if not true:
                self.failures.append(what)
                print("  FAILED: %s %s" % (what, str(detail)[:1500]), flush=True)
        return bool(true)

    def say(self, text):
        print("  [%5.1f s] %s" % (time.monotonic() - self.begun, text), flush=True)

    # ---- programs
    def path(self, *parts):
        return os.path.join(self.work, *parts)

    def start(self, program, *arguments, wrap=(), **how):
        command = list(wrap) + [os.path.join(self.bin, program)] + [str(a) for a in arguments]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, env=self.env, cwd=self.work, **how)
        with self.lock:
            self.children = [c for c in self.children if c.poll() is None] + [process]
        return process

    def run(self, program, *arguments, wrap=(), timeout=PATIENCE_S):
        process = self.start(program, *arguments, wrap=wrap, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise Broken("%s %s did not end" % (program, " ".join(map(str, arguments))))
        return Answer(process, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))

    def term(self, name, *arguments, **how):
        return self.run("guanhu", "--data", self.path(name), "--json", "-q", *arguments, **how)

    def ctl(self, name, *arguments, **how):
        return self.run("guanhuctl", "--data", self.path(name), "--json", "-q", *arguments, **how)

    def must(self, answer, code=0):
        if answer.code != code:
            raise Broken("exit %s instead of %s: %s %s" % (answer.code, code, answer.out[-300:], answer.err[-1500:]))
        return answer

    # ---- making it
    def make(self, towns=1):
        self.must(self.run("guanhuctl", "--json", "-q", "county", "init", "--dir", self.path("county"), "--sample"))
        os.rename(self.path("county", "city"), self.path("city"))
        self.nodes["city"] = Node("city", "", None)
        self.serve("city")
        places = self.must(self.ctl("city", "place", "list")).json["places"]
        root = next(p for p in places if not p["parent"].strip("0"))
        below = lambda p: sorted((q for q in places if q["parent"] == p["id"]), key=lambda q: q["code"])
        self.nodes["city"].place = root["id"]
        self.towns = below(root)
        self.villages = [below(t) for t in self.towns]
        for i in range(towns):
            self.add_town("town%d" % (i + 1), i)
        return self

    def enrol(self, name, place, parent):
        answer = self.must(self.ctl("city", "device", "enrol", "--place", place, "--name", name, "--parent", parent,
                                    "--out", self.path(name + ".enrolment")))
        return answer.json

    def add_town(self, name, index):
        device = self.enrol(name, self.towns[index]["id"], self.nodes["city"].address)
        self.nodes[name] = Node(name, self.towns[index]["id"], "city")
        self.nodes[name].device = device["node"]
        self.make_folder(name)
        self.serve(name)

    def copy(self, source, target):
        """A backup of a stopped node's folder: all of it but the socket and the port of the process that is gone."""
        shutil.copytree(self.path(source), self.path(target), ignore=shutil.ignore_patterns("node.sock", "port"))
        os.chmod(self.path(target), 0o700)

    def make_folder(self, name):
        os.mkdir(self.path(name), 0o700)
        shutil.copy(self.path(name + ".enrolment"), self.path(name, "enrolment"))
        os.chmod(self.path(name, "enrolment"), 0o600)

    def add_terminal(self, name, parent="town1", village=0):
        index = int(parent[4:]) - 1
        place = self.villages[index][village]["id"]
        device = self.enrol(name, place, self.nodes[parent].address)
        self.must(self.term(name, "init", "--from", self.path(name + ".enrolment")))
        self.terminals[name] = {"parent": parent, "place": place, "device": device["node"]}

    # ---- nodes
    def serve(self, name, extra=""):
        node = self.nodes[name]
        with open(self.path(name + ".toml"), "w") as f:
            f.write('data_dir = "%s"\nlisten = "127.0.0.1:%d"\n' % (self.path(name), node.port))
            if node.parent:
                f.write('parent = "%s"\n' % self.nodes[node.parent].address)
            f.write(extra)
        log = open(self.path(name + ".log"), "ab")
        node.process = self.start(
    "guanhu-node",
    "--config",
    self.path(
        name + ".toml"),
        stdout=subprocess.PIPE,
         stderr=log)
        log.close()
        line = node.process.stdout.readline().decode()
        if "ready port=" not in line:
            node.process.wait()
            raise Broken("%s did not start: %s" % (name, self.log_tail(name)))
        node.port = int(line.split("port=")[1].split()[0])
        node.starts += 1
        # The pipe is kept open; a node prints nothing more on it.

    def log_tail(self, name, size=1500):
        with open(self.path(name + ".log"), "rb") as f:
            return f.read()[-size:].decode("utf-8", "replace")

    def kill(self, name):
        """As a power failure ends it."""
        node = self.nodes[name]
        if node.process.poll() is not None:
            self.check("%s was alive until it was killed" % name, False, self.log_tail(name))
        node.process.kill()
        node.process.wait()
        node.process.stdout.close()

    def stop(self, name):
        node = self.nodes[name]
        if node.process.poll() is not None:
            raise Broken("%s had ended by itself: %s" % (name, self.log_tail(name)))
        node.process.send_signal(signal.SIGTERM)
        code = node.process.wait(timeout=PATIENCE_S)
        node.process.stdout.close()
        self.check("%s ends with 0 when asked to stop" % name, code == 0, "exit %s %s" % (code, self.log_tail(name)))

    def alive(self, name):
        return self.nodes[name].process.poll() is None

    # ---- exchange and comparison
    def sync(self, name, to=None, timeout=30, **how):
        to = to or self.terminals[name]["parent"]
        answer = self.term(name, "sync", "--to", self.nodes[to].address, "--timeout", timeout, **how)
        return answer

    def digest(self, name, place):
        d = self.must(self.ctl(name, "digest", "--place", place)).json
        return d["total_vector"], d["total_states"], sum(int(s["changes"]) for s in d["scopes"])

    def settle(self, terminals=None, rounds=40):
        """Rounds of exchange until the terminals, their townships and the city hold the same. Says how many it took."""
        terminals = list(self.terminals) if terminals is None else terminals
        towns = [n for n in self.nodes if n != "city"]
        last = ""
        for turn in range(1, rounds + 1):
            for name in terminals:
                self.sync(name)
            last = self.unequal(terminals, towns)
            if not last:
                return turn
            time.sleep(min(0.1 * turn, 1.0))
        self.check("all tiers become equal", False, last)
        return 0

    def hears(self, name, rounds=20):
        """Exchanges until a terminal knows that all its work is at the city: the receipt comes behind the work."""
        for turn in range(rounds):
            status = self.must(self.term(name, "status")).json
            if status["at_city"] == status["own_changes"]:
                return True
            self.sync(name)
            time.sleep(0.05 * turn)
        return self.check("%s hears that all of its work is at the city" % name, False, status)

    def unequal(self, terminals, towns):
        for name in towns:
            here, city = (self.digest(n, self.nodes[name].place) for n in (name, "city"))
            if here != city:
                return "%s %s, city %s" % (name, here, city)
        for name in terminals:
            place = self.terminals[name]["place"]
            here, city = (self.digest(n, place) for n in (name, "city"))
            if here != city:
                return "%s %s, city %s" % (name, here, city)
        return ""

    def records(self, name, kind="", place=""):
        arguments = ["list"] + ([kind] if kind else []) + ["--limit", 1000000] + (["--place", place] if place else [])
        return self.must(self.term(name, *arguments)).json["records"]

    def sound(self, *names):
        for name in names:
            answer = self.ctl(name, "doctor")
            self.check("doctor finds %s sound" % name, answer.code == 0, answer.out + answer.err)

    # ---- the end
    def finish(self, counts):
        for node in self.nodes.values():
            if node.process and node.process.poll() is None:
                node.process.send_signal(signal.SIGTERM)
        for child in self.children:
            try:
                child.wait(timeout=20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        if self.failures:
            print("  what was made is in %s" % self.work)
        else:
            shutil.rmtree(self.work, ignore_errors=True)
        print("%s: %s; %d checks, %d failed; seed %d, %.1f s" % (
            self.name, counts, self.checks, len(self.failures), self.seed, time.monotonic() - self.begun), flush=True)
        return 1 if self.failures else 0


def main(name, story):
    """story(county) returns the counts for the last line."""
    county = County(name)
    counts = "broken off"
    try:
        counts = story(county)
    except Broken as error:
        county.check("the test can go on", False, error)
    except Exception:  # the processes must end whatever happens
        import traceback
        county.check("the test can go on", False, traceback.format_exc())
    sys.exit(county.finish(counts))
