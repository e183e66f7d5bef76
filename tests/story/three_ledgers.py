#!/usr/bin/env python3
"""Three ledgers that agree: three_ledgers.py BIN_FOLDER, see tests/proof/county.py.

Random work at two villages, their township and the city. After exchange the summary of a village, by place, department,
class and grade, is byte for byte the same at the three tiers and is the sum of the detail. What stood at a mark is told
again, twice the same, after later work. Each row opens its record; each answer says how old it is.
"""
import csv
import io
import json
import os
import sys
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "proof"))
from county import main, wide  # noqa: E402

MEASURES = ["assets", "cost_fen", "inspections", "bad", "unreachable", "inspection_cost_fen", "defects", "open_defects",
            "orders", "open_orders", "order_cost_fen"]
KEYS = ["place", "department", "class", "grade"]
BY = ["--by", ",".join(KEYS)]
FRESHNESS = ["mark", "changes", "as_of_ms", "silent", "devices"]
EVIL = "=1+1"
RESULTS = ["ok", "minor", "broken", "unreachable"]


def content(path):
    """The bytes of a file."""
    with open(path, "rb") as f:
        return f.read()


class Story:
    def __init__(self, county):
        self.c = county
        self.random = county.random
        self.assets = []   # (village index, code)
        self.orders = []
        self.events = 0
        self.age = 0       # answers whose age was looked at

    def call(self, tier, *arguments):
        return (self.c.term if tier.startswith("village") else self.c.ctl)(tier, *arguments)

    def code(self, tier, *arguments):
        return self.c.must(self.call(tier, *arguments)).json["records"][0]["code"]

    # ---- the county
    def begin(self):
        c = self.c
        c.make()
        c.add_terminal("village")
        c.add_terminal("village2", village=1)
        c.add_terminal("silent", village=0)  # never heard of again
        self.places = [v["id"] for v in c.villages[0][:2]]
        self.departments = ["水利局", "农业农村局"]
        for name in self.departments:
            self.code("city", "org", "add", "--name", name, "--kind", "bureau", "--published")
        self.types = [("机井", "water", self.departments[0]), ("水塔", "water", self.departments[1]),
                      ("路灯", "power", self.departments[1])]
        for i, (name, kind, department) in enumerate(self.types):
            self.code("city", "facility-type", "add", "--code", "T%d" % i, "--name-zh", name, "--name-en", "T%d" % i,
                      "--facility-class", kind, "--department", department)
        c.settle(["village", "village2"])

    def tier_of(self, village):
        return self.random.choice([("village", "village2")[village], "town1", "city"])

    def held(self, tier):
        """Assets that the tier has heard of by now."""
        known = {r["code"] for r in self.c.must(self.call(tier, "list", "Asset", "--limit", 100000)).json["records"]}
        return [a for a in self.assets if a[1] in known]

    def event(self):
        r = self.random
        self.events += 1
        village = r.randrange(2)
        tier = self.tier_of(village)
        place = [] if tier.startswith("village") else ["--place", self.places[village]]
        what = r.randrange(10)
        mine = [] if what < 3 else [a for a in self.held(tier) if a[0] == village]
        if not mine:
            kind = r.choice(self.types + [(None, "road", None)])
            n = len(self.assets)
            name = EVIL if n % 7 == 0 else "设施，第\"%d\"号" % n
            code = self.code(tier, "asset", "add", "--code", "A-%d" % n, "--name", name,
                             "--facility-class", kind[1], "--grade", r.choice("abcd"),
                             "--set", "造价=%d.50元" % r.randrange(10000), "--state", "in_use",
                             "--point", "37.0%d,111.9%d" % (r.randrange(10), r.randrange(10)), *place,
                             *(["--type", kind[0]] if kind[0] else []))
            self.assets.append((village, code))
            return
        asset = r.choice(mine)[1]
        if what < 6:
            self.code(tier, "inspection", "add", "--asset", asset, "--result", r.choice(RESULTS),
                      "--set", "费用=%d元" % r.randrange(50))
        elif what == 6:
            self.code(tier, "asset", "edit", asset, "--grade", r.choice("abcd"))
        elif what == 7:
            self.code(tier, "defect", "add", "--asset", asset,
                      "--text" if tier.startswith("village") else "--description", "漏水")
        elif what == 8 and not tier.startswith("village"):
            self.orders.append(self.code(tier, "order", "add", "--asset", asset, "--task", "换泵"))
        else:
            self.code(tier, "asset", "edit", asset, "--set", "造价=%d元" % r.randrange(10000))

    def work(self, count):
        for _ in range(count):
            self.event()
            if self.random.randrange(12) == 0:
                self.c.sync(self.random.choice(["village", "village2"]))

    # ---- what is compared
    def table(self, tier, *arguments):
        table = self.c.must(self.call(tier, "ledger", *arguments)).json
        self.age += 1
        self.c.check("an answer says its age: %s %s" % (tier, arguments),
                     int(table.get("as_of_ms", 0)) > 0 and len(table.get("mark", "")) > 8 and int(table["changes"]) > 0
                     and int(table["devices"]) > 0, {k: table.get(k) for k in FRESHNESS})
        return table

    @staticmethod
    def bare(table):
        return json.dumps({k: v for k, v in table.items() if k not in FRESHNESS}, ensure_ascii=False, sort_keys=True)

    @staticmethod
    def rows(table):
        """Keys -> measures of a summary, the total apart."""
        names = [col["name"] for col in table["columns"]]
        out = {}
        for row in table["rows"]:
            cells = dict(zip(names, row["cells"]))
            out[tuple(cells[k]["text"] for k in KEYS)] = [int(cells[m]["number"]) for m in MEASURES]
        total = out.pop(next(k for k in out if k[0] == "合计" or k[0] == "Total"))
        return out, total

    def pages(self, tier, *arguments):
        """All rows of the detail, page by page: name -> cell, and the record behind."""
        cursor, out = 0, []
        while True:
            table = self.table(tier, "detail", "--limit", 7, "--cursor", cursor, *arguments)
            names = [col["name"] for col in table["columns"]]
            out += [(dict(zip(names, row["cells"])), row["record"]) for row in table["rows"]]
            cursor = int(table.get("next", 0))
            if cursor == 0:
                return out

    @staticmethod
    def added(detail):
        out, total = {}, [0] * len(MEASURES)
        for cells, _ in detail:
            numbers = [int(cells[m]["number"]) for m in MEASURES]
            key = tuple(cells[k]["text"] for k in KEYS)
            out[key] = [a + b for a, b in zip(out.get(key, [0] * len(MEASURES)), numbers)]
            total = [a + b for a, b in zip(total, numbers)]
        return out, total

    def agree(self, when):
        """The three tiers, for each village, and the sums at each tier."""
        c = self.c
        for village, terminal in enumerate(["village", "village2"]):
            cut = ["--place", self.places[village]]
            said = {t: self.table(t, "summary", *BY, *cut) for t in (terminal, "town1", "city")}
            bare = {t: self.bare(s) for t, s in said.items()}
            c.check("%s: the summary of village %d is the same at three tiers" % (when, village),
                    len(set(bare.values())) == 1, bare)
            for tier, table in said.items():
                detail = self.pages(tier, *cut)
                c.check("%s: summary of village %d at %s is the sum of its detail" % (when, village, tier),
                        self.rows(table) == self.added(detail), (self.rows(table), self.added(detail)))
                c.check("%s: %s lists no asset twice" % (when, tier), len({r for _, r in detail}) == len(detail))
        whole = {t: self.bare(self.table(t, "summary", *BY)) for t in ("town1", "city")}
        c.check("%s: township and city say the same of all" % when, len(set(whole.values())) == 1, whole)

    def control(self):
        """The comparison finds a single inspection that one tier has not heard of."""
        asset = next(a for v, a in self.assets if v == 0)
        self.code("village", "inspection", "add", "--asset", asset, "--result", "ok")
        cut = ["--place", self.places[0]]
        said = [self.bare(self.table(t, "summary", *BY, *cut)) for t in ("village", "city")]
        self.c.check("control: unsent work makes the tiers differ", said[0] != said[1])
        detail = self.pages("village", *cut)
        self.c.check("control: a row less is not the sum",
                     self.rows(self.table("village", "summary", *BY, *cut)) != self.added(detail[1:]))
        self.c.settle(["village", "village2"])

    def open_rows(self):
        for tier in ("village", "town1", "city"):
            detail = self.pages(tier)
            self.c.check("%s has rows to open" % tier, len(detail) > 3)
            for cells, record in detail if len(detail) < 12 else self.random.sample(detail, 12):
                shown = self.call(tier, "show", record)
                self.c.check("row %s opens at %s" % (cells["code"]["text"], tier),
                             shown.code == 0 and cells["code"]["text"] in shown.out, shown.out + shown.err)

    def files(self):
        c = self.c
        count = len(self.pages("city"))
        for ending in ("csv", "xlsx", "geojson"):
            path = c.path("detail." + ending)
            c.must(c.ctl("city", "ledger", "detail", "--out", path))
            with open(path, "rb") as f:
                data = f.read()
            if ending == "csv":
                c.check("the CSV begins with the mark that spreadsheets want",
                        data.startswith(b"\xef\xbb\xbf"), data[:40])
                lines = [x for x in csv.reader(io.StringIO(data.decode("utf-8-sig"))) if x]
                names = {cell for line in lines for cell in line}
                c.check("a name is no formula in the CSV",
                        EVIL not in names and any(EVIL in n for n in names), sorted(names)[:30])
                c.check("no cell of the CSV begins as a formula",
                        not [n for n in names if n[:1] in ("=", "@", "\t", "\r")], sorted(names)[:30])
                c.check("the CSV has every row", sum("A-" in "".join(line) for line in lines) == count, len(lines))
                c.check("Chinese and quotes come through", any(n.startswith("设施，第\"") for n in names),
                        sorted(names)[:30])
            elif ending == "xlsx":
                with zipfile.ZipFile(path) as book:
                    c.check("the workbook is whole", book.testzip() is None)
                    text = "".join(book.read(n).decode("utf-8") for n in book.namelist() if n.endswith(".xml"))
                c.check("no formula in the workbook", "<f>" not in text and "<f " not in text)
                c.check("the workbook has the names", "设施，第" in text)
            else:
                c.check("the map has a place for each row", len(json.loads(data)["features"]) == count, data[:300])

    def marks(self):
        c = self.c
        cut = ["--place", self.places[0]]
        kept = {}
        for tier in ("town1", "city"):
            seen = self.table(tier, "summary", *BY, *cut)
            detail = self.pages(tier, *cut)
            made = c.must(c.ctl(tier, "mark", "create", "截点" + tier, "--place", self.places[0])).json
            kept[tier] = (made["code"], seen, detail)
        self.work(wide(25, 120))
        c.settle(["village", "village2"])
        for tier, (mark, seen, detail) in kept.items():
            now = self.table(tier, "summary", *BY, *cut)
            c.check("later work changed the ledger at %s" % tier, self.bare(now) != self.bare(seen))
            for asker in sorted({tier, "city", "village"}):
                then = ["ledger", "summary", *BY, *cut, "--as-of", mark]
                twice = [c.must(self.call(asker, *then)).out for _ in range(2)]
                c.check("%s tells mark of %s twice the same" % (asker, tier), twice[0] == twice[1], twice)
                c.check("%s tells what %s saw at the mark" % (asker, tier),
                        self.rows(json.loads(twice[0])) == self.rows(seen), (twice[0], self.bare(seen)))
                c.check("the columns and rows of the mark are the same bytes",
                        json.dumps(json.loads(twice[0])["rows"]) == json.dumps(seen["rows"]))
            for ending in ("csv", "geojson", "xlsx"):
                files = []
                for n in (1, 2):
                    path = c.path("%s-%d.%s" % (tier, n, ending))
                    c.must(c.ctl(tier, "ledger", "detail", *cut, "--as-of", mark, "--out", path))
                    files.append(content(path))
                c.check("the %s of the mark of %s is the same file twice" % (ending, tier), files[0] == files[1])
            past = self.pages(tier, *cut, "--as-of", mark)
            c.check("the detail of the mark adds up to it", self.added(past) == self.rows(seen))
            c.check("the detail of the mark has the rows of then",
                    {r for _, r in past} == {r for _, r in detail})

    def silence(self):
        """A device that wrote nothing yet is named by every tier that counts it."""
        for tier in ("town1", "city"):
            table = self.table(tier, "summary", *BY)
            names = [s["device"] for s in table["silent"]]
            self.c.check("%s names the device that is silent" % tier,
                         "silent" in names and "village" not in names, names)

    def rebuild(self):
        for tier in ("village", "village2", "town1", "city"):
            answer = self.call(tier, "views", "rebuild", "--verify")
            self.c.check("the ledgers of %s are what its records give" % tier, answer.code == 0,
                         answer.out + answer.err)


def story(c):
    s = Story(c)
    s.begin()
    rounds = wide(1, 4)
    for turn in range(rounds):
        s.work(wide(60, 150))
        c.settle(["village", "village2"])
        c.say("%d events, %d assets" % (s.events, len(s.assets)))
        s.agree("round %d" % (turn + 1))
    s.control()
    s.silence()
    s.open_rows()
    s.files()
    s.marks()
    s.agree("at the end")
    s.rebuild()
    c.sound("city", "town1")
    return "%d events, %d assets, %d answers with their age" % (s.events, len(s.assets), s.age)


if __name__ == "__main__":
    main("three_ledgers", story)
