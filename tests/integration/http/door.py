"""A county with a public door, and what strangers and officers do with it."""
import base64
import http.client
import json
import os
import subprocess
import time
import urllib.parse
import xml.etree.ElementTree as xml

from county import Broken

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
GENEROUS = "requests_per_minute = 100000\nposts_per_minute = 100000\nguesses_per_minute = 100000\n"


def number(text):
    value = 0
    for c in text:
        value = value * 32 + CROCKFORD.index(c)
    return value


def ref(record_id):
    """The JSON of a RecordRef of a record's full id, all parts written out."""
    place, visibility, origin, seq, index = record_id.split(".")
    return {"place": str(number(place)), "visibility": 1 if visibility == "p" else 0, "origin": str(number(origin)),
            "seq": seq, "index": int(index)}


def outline(lat, lon, size=0.01):
    """A square with its south-west corner at a point, as field `outline` of a Place."""
    out, before = bytearray(), (0, 0)
    for dy, dx in ((0, 0), (0, size), (size, size), (size, 0)):
        corner = (round((lat + dy) * 1e7), round((lon + dx) * 1e7))
        for now, then in zip(corner, before):
            value = (now - then) << 1 if now >= then else ((then - now) << 1) - 1
            while value >= 0x80:
                out.append(value & 0x7F | 0x80)
                value >>= 7
            out.append(value)
        before = corner
    return base64.b64encode(bytes(out)).decode()


class Reply:
    def __init__(self, response):
        self.status = response.status
        self.headers = {k.lower(): v for k, v in response.getheaders()}
        self.body = response.read()
        self.text = self.body.decode("utf-8", "replace")

    @property
    def json(self):
        try:
            return json.loads(self.text)
        except ValueError:
            raise Broken("no JSON: %s %r" % (self.status, self.text[:300]))

    @property
    def xml(self):
        try:
            return xml.fromstring(self.text)
        except xml.ParseError as error:
            raise Broken("no XML: %s %r %s" % (self.status, self.text[:300], error))


class Door:
    """The door of node `name` of a county."""

    def __init__(self, county, name):
        self.county = county
        self.name = name
        self.port = 0

    def open(self, settings=GENEROUS):
        """Serves the node anew with a public door."""
        if self.county.alive(self.name):
            self.county.stop(self.name)
        self.county.serve(self.name, '[public]\nlisten = "127.0.0.1:0"\n' + settings)
        with open(self.county.path(self.name, "public-port")) as f:
            self.port = int(f.read())
        return self

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            return Reply(connection.getresponse())
        finally:
            connection.close()

    def get(self, path, **query):
        query = {k.rstrip("_"): v for k, v in query.items()}
        return self.ask("GET", path + ("?" + urllib.parse.urlencode(query) if query else ""))

    def post(self, path, headers=None, **fields):
        return self.ask("POST", path, urllib.parse.urlencode(fields), dict(FORM, **(headers or {})))

    # ---- what officers do at the node itself
    def save(self, record_type, fields, place="", published=False, record="", name=None):
        edit = {"type": record_type, "json": json.dumps(fields)}
        if record:
            edit["record"] = record
        request = {"place": place, "published": published, "edits": [edit]}
        return self.run("save", request, name)["records"][0]

    def run(self, method, request, name=None):
        done = subprocess.run([os.path.join(self.county.bin, "guanhu-test-call"), self.county.path(name or self.name),
                               method], input=json.dumps(request).encode(), capture_output=True, timeout=120,
                              env=self.county.env)
        if done.returncode != 0:
            raise Broken("%s: %s" % (request, done.stderr.decode()[-600:]))
        return json.loads(done.stdout)

    def records(self, record_type, name=None):
        return self.run("list", {"type": record_type, "limit": 1000000}, name).get("records", [])

    def report(self, code):
        """The record of a report by its public name."""
        found = [r for r in self.records("PublicReport") if r["code"] == code]
        if len(found) != 1:
            raise Broken("no report %s at %s" % (code, self.name))
        return found[0]

    def act(self, record, act, name=None, **fields):
        """An officer's step on a record, into the record's own scope."""
        step = {"record": ref(record["id"]), "act": "STEP_ACT_" + act, "at_ms": str(int(time.time() * 1000))}
        return self.save("Step", dict(step, **fields), place=record["place"], name=name,
                         published=record["id"].split(".")[1] == "p")


def make(county, towns=2):
    """Two townships; the first has a tablet in each of its first two villages, with outlines, and a public door."""
    county.make(towns=towns)
    county.add_terminal("a1", village=0)
    county.add_terminal("b1", village=1)
    door = Door(county, "town1").open()
    city = Door(county, "city")
    for index, (lat, lon) in enumerate(((37.00, 111.90), (37.02, 111.90))):
        place = county.terminals["a1" if index == 0 else "b1"]["place"]
        city.save("", {"outline": outline(lat, lon)}, record=place, name="city")
    city.save("FacilityType", {"code": "WELL", "name_zh": "机井", "name_en": "Well",
                               "facility_class": "FACILITY_CLASS_WATER"}, name="city")
    wait(county, "the township learns the county's types and outlines",
         lambda: door.get("/open311/v2/services/WELL.json").status == 200)
    return door


def wait(county, what, true):
    for _ in range(300):
        if true():
            return
        time.sleep(0.1)
    county.check(what, False)
