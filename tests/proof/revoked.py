#!/usr/bin/env python3
"""A revoked device may hand its work in and reads nothing any more; what it wrote waits until the city decides."""
from county import main, wide
from work import Work, find_faults


def story(county):
    county.make()
    county.add_terminal("a1")
    county.add_terminal("b1")  # of the same village
    thief, mate = Work(county, "a1"), Work(county, "b1")
    county.check("saved", thief.save())
    county.check("saved", mate.save())
    county.settle()
    county.settle()
    county.check("control: before, a1 reads what b1 wrote", not find_faults([mate], county.records("a1")))
    county.must(county.ctl("city", "device", "revoke", county.terminals["a1"]["device"], "--reason", "lost", "--yes"))
    devices = county.must(county.ctl("city", "device", "list")).json["devices"]
    county.check("listed as revoked", [d["name"] for d in devices if d["revoked"]] == ["a1"], devices)
    county.settle(terminals=[])
    before = dict(thief.acknowledged)
    thief.acknowledged = {}
    for _ in range(2):
        county.check("saved", thief.save())
        county.check("saved", mate.save())
    county.sync("b1")
    answers = [county.sync("a1", timeout=wide(4, 30)) for _ in range(2)]
    for answer in answers:
        county.check("the exchange ends as documented", answer.code in (
            0, 3, 5), (answer.code, answer.out, answer.err))
    told = any("revoked" in a.out + a.err for a in answers)
    county.settle(terminals=["b1"])
    seen = county.records("a1")
    county.check("a1 reads nothing new", all(t not in str(seen) for t in list(mate.acknowledged)[1:]))
    for name in ("town1", "city", "b1"):
        records = str(county.records(name))
        county.check("%s: it has no effect" % name, all(t not in records for t in thief.acknowledged))
        county.check("%s: what it wrote before stays" % name, all(t in records for t in before))
        county.check("%s: what the others wrote has effect" % name, not find_faults([mate], county.records(name)))
    held = county.must(county.ctl("city", "held", "list")).json["held"]
    mine = [h for h in held if any(t in h["text"] for t in thief.acknowledged)]
    county.check("the city holds all of it, with a reason", len(mine) == len(thief.acknowledged) and
                 all(h["reason"] for h in mine), held)
    if mine:
        county.check(
    "a terminal may not decide",
    county.ctl(
        "b1",
        "held",
        "adopt",
        mine[0]["journal"],
        mine[0]["seq"],
        "--reason",
        "x").code in (
            1,
             5))
        by_journal = {}
        for h in mine[:-1]:
            by_journal.setdefault(h["journal"], []).append(h["seq"])
        for journal, seqs in by_journal.items():
            county.must(county.ctl("city", "held", "adopt", journal, *seqs, "--reason", "checked"))
        county.must(county.ctl("city", "held", "void", mine[-1]["journal"], mine[-1]["seq"], "--reason", "not true"))
    county.settle(terminals=["b1"])
    tags = list(thief.acknowledged)
    for name in ("city", "town1", "b1"):
        records = str(county.records(name))
        county.check("%s: what was adopted has effect" % name, all(t in records for t in tags[:-1]))
        county.check("%s: what was made void has none" % name, tags[-1] not in records)
    county.sound("city", "town1", "b1")
    return "%d changes held, %d adopted, 1 void; the device %s" % (
        len(mine), len(mine) - 1, "was told" if told else "was not told why")


main("revoked", story)
