#!/usr/bin/env python3
"""Terminals whose clock stands in 1970 or five years ahead save and sync like any other."""
import shutil

from county import main
from work import Work, find_faults


def story(county):
    county.make()
    clocks = {"a1": ("faketime", "-f", "@1970-01-02 00:00:00"), "b1": ("faketime", "-f", "+5y"), "c1": ()}
    if not shutil.which("faketime"):
        return "SKIPPED: faketime is not installed"
    works = []
    for i, name in enumerate(clocks):
        county.add_terminal(name, village=i // 2)  # a1 and b1 share a village
        works.append(Work(county, name))
    for _ in range(2):
        for work in works:
            for _ in range(2):
                county.check("%s saves" % work.folder, work.save(wrap=clocks[work.folder]))
            answer = county.sync(work.folder, wrap=clocks[work.folder])
            county.check("%s syncs" % work.folder, answer.code == 0, (answer.code, answer.out, answer.err))
    county.settle()
    for name in ("city", "town1", "a1", "b1", "c1"):
        mine = [w for w in works if name in ("city", "town1") or (name == "c1") == (w.folder == "c1")]
        faults = find_faults(mine, county.records(name))
        county.check("%s has all" % name, not faults, faults)
    # The same asset edited by both: order follows from who knew of what, not from the clocks.
    tag = next(iter(works[0].acknowledged))
    county.must(county.term("b1", "asset", "edit", tag, "--name", "from the future", wrap=clocks["b1"]))
    county.sync("b1", wrap=clocks["b1"])
    county.sync("a1", wrap=clocks["a1"])
    county.must(county.term("a1", "asset", "edit", tag, "--name", "from 1970", wrap=clocks["a1"]))
    county.sync("a1", wrap=clocks["a1"])
    county.settle()
    for name in ("city", "town1", "a1", "b1"):
        shown = [r["json"]["name"] for r in county.records(name, "Asset") if r["json"].get("code") == tag]
        county.check("%s shows the edit that knew of the other" % name, shown == ["from 1970"], shown)
    walls = set()
    for name in ("a1", "b1", "c1"):
        code = next(r["code"] for r in county.records("city", "Asset") if r["json"].get("code", "").startswith(name))
        history = county.must(county.term("city", "show", code, "--history")).json["history"]
        walls.add((name, int(history[0]["author"]["wall_ms"]) // (365 * 86400000), history[0]["author"]["clock"]))
    county.check("control: the clocks really were wrong", len({w[1] for w in walls}) == 3, walls)
    answer = county.term("c1", "sync", "--to", "127.0.0.1:1", "--timeout", 5)
    county.check("control: a sync that cannot work is told", answer.code == 4, answer.code)
    county.sound("city", "town1", "a1", "b1")
    return "%d acknowledged under clocks %s" % (sum(len(w.acknowledged) for w in works), sorted(walls))


main("wrong_clock", story)
