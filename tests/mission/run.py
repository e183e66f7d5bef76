#!/usr/bin/env python3
"""What the county asked for, row by row: runs the commands of rows.txt against real programs.

    run.py BIN_FOLDER [--only N[,N...]] [--doc FILE]

A city and a township run as guanhu-node on the loopback, two villages have a terminal each. A row writes its data at
the tiers that use it, syncs, and reads its figure at another tier. With --doc the table docs/mission.md is compared
with what rows.txt gives (GUANHU_ACCEPT=1 writes it). Exit 0 only if every row held.

Lines of rows.txt:
    [N] Chinese term | English | tiers
    NAME = tier: command        the code of the record that it made
    tier: command               must succeed
    tier: command => text       must succeed and print the text
    tier: command !=> text      must fail and say the text
    sync                        everybody meets everybody
    none: reason                a row without data: what stands for it
Tiers: village, village2, township, city. $NAME is replaced by the code. {photo} is the path of a small file.
"""
import os
import re
import shlex
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "proof"))
from county import Broken, County  # noqa: E402

ROW = re.compile(r"\[(\d+)\] ([^|]+)\| ([^|]+)\| (.+)")
STEP = re.compile(r"(?:(\w+) = )?(village2?|township|city): (.+)")


def parse(path):
    rows = []
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            line = line.rstrip("\n")
            if not line.strip() or line.startswith("#"):
                continue
            head = ROW.fullmatch(line)
            if head:
                rows.append({"n": int(head[1]), "zh": head[2].strip(), "en": head[3].strip(),
                             "tiers": head[4].strip(), "steps": []})
                continue
            rows[-1]["steps"].append((number, line.strip()))
    return rows


# Tier of a step -> folder of its node.
FOLDERS = {"village": "village", "village2": "village2", "township": "town1", "city": "city"}


class Mission(County):
    def __init__(self):
        super().__init__("mission")
        self.codes = {}
        self.photo = self.path("photo.jpg")
        with open(self.photo, "wb") as f:
            f.write(b"\xff\xd8\xff\xe0 a sample photo \xff\xd9")

    def begin(self):
        self.make()
        self.add_terminal("village")
        self.add_terminal("village2", village=1)
        self.codes.update(TOWN=self.towns[0]["id"], VILLAGE=self.villages[0][0]["id"],
                          VILLAGE2=self.villages[0][1]["id"], CITY=self.nodes["city"].place)
        self.settle()

    def call(self, tier, command, as_json):
        for name, code in sorted(self.codes.items(), reverse=True):
            command = re.sub(r"\$%s\b" % name, code, command)
        words = [w.replace("{photo}", self.photo) for w in shlex.split(command)]
        program = "guanhu" if tier.startswith("village") else "guanhuctl"
        form = ["--json", "-q"] if as_json else []
        return self.run(program, "--data", self.path(FOLDERS[tier]), "--lang", "zh", *form, *words)


def step(county, text):
    if text.startswith("none:"):
        return
    if text == "sync":
        county.settle()
        return
    found = STEP.fullmatch(text)
    if not found:
        raise Broken("cannot be read: " + text)
    name, tier, command = found.groups()
    command, refused, wanted = command.partition(" !=> ")
    if not refused:
        command, _, wanted = command.partition(" => ")
    answer = county.call(tier, command, bool(name))
    if refused:
        if answer.code == 0 or wanted not in answer.err:
            raise Broken("was to be refused with '%s': exit %s: %s" % (wanted, answer.code, answer.err[:400]))
        return
    if answer.code != 0:
        raise Broken("exit %s: %s" % (answer.code, answer.err[:600]))
    if wanted and wanted not in answer.out:
        raise Broken("'%s' is not in: %s %s" % (wanted, answer.out[:1500], answer.err[:300]))
    if name:
        made = answer.json
        county.codes[name] = made["records"][0]["code"] if "records" in made else made["code"]


def table(rows):
    lines = ["# What the county asked for", "",
             "Each row of the county's plan, the tiers that use it, and the commands that serve it, as they run in",
             "`tests/mission` (names in capitals stand for the codes of records made before). Rows marked **none**",
             "hold no data of their own.", "", "| # | asked for | tiers | served by |", "|---|---|---|---|"]
    for row in rows:
        cells = []
        for _, text in row["steps"]:
            if text == "sync":
                cells.append("sync")
            elif text.startswith("none:"):
                cells.append("**none**" + text[4:])
            else:
                cells.append("`%s`" % text.replace("|", "\\|"))
        lines.append("| %d | %s · %s | %s | %s |" % (row["n"], row["zh"], row["en"], row["tiers"], "<br>".join(cells)))
    return "\n".join(lines) + "\n"


def main():
    arguments = sys.argv[1:]
    only = set()
    if "--only" in arguments:
        at = arguments.index("--only")
        only = {int(n) for n in arguments[at + 1].split(",")}
        del sys.argv[2 + at - 1:]
        del arguments[at:at + 2]
    rows = parse(os.path.join(HERE, "rows.txt"))
    if "--doc" in arguments:
        at = arguments.index("--doc")
        path = arguments[at + 1]
        del arguments[at:at + 2]
        if os.environ.get("GUANHU_ACCEPT"):
            with open(path, "w", encoding="utf-8") as f:
                f.write(table(rows))
        with open(path, encoding="utf-8") as f:
            if f.read() != table(rows):
                print("FAILED: %s is not what rows.txt gives: run with GUANHU_ACCEPT=1" % path)
                return 1
    failed, served = 0, 0
    if sorted(r["n"] for r in rows) != list(range(1, 83)):
        print("FAILED: rows.txt has not each of the rows 1 to 82 once")
        failed += 1
    county = Mission()
    try:
        county.begin()
        for row in rows:
            if only and row["n"] not in only and "(setup)" not in row["en"]:
                continue
            try:
                for number, text in row["steps"]:
                    try:
                        step(county, text)
                    except (Broken, KeyError) as e:
                        raise Broken("line %d: %s\n    %s" % (number, text, e)) from e
                served += 1
            except Broken as e:
                county.check("row %d %s" % (row["n"], row["zh"]), False, e)
    except Broken as e:
        county.check("the county", False, e)
    ended = county.finish("%d of %d rows held" % (served, len(rows)))
    return 1 if failed else ended


if __name__ == "__main__":
    sys.exit(main())
