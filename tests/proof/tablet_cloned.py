#!/usr/bin/env python3
"""A terminal's data folder is copied and both copies work on: both works survive, the fork is closed, all are equal."""
from county import main, wide
from work import Work, find_faults


def story(county):
    county.make()
    county.add_terminal("a1")
    works = [Work(county, "a1")]
    turns, together, adopted = [], 0, {}
    for turn in range(wide(2, 20)):
        for _ in range(2):
            county.check("saved", works[0].save())
        county.sync("a1")
        # Every second time with work in it that nobody else has.
        if turn % 2:
            county.check("saved", works[0].save())
        twin = "twin%d" % turn
        county.copy("a1", twin)
        county.terminals[twin] = dict(county.terminals["a1"])
        works.append(Work(county, twin))
        pair = [works[0], works[-1]]
        county.random.shuffle(pair)
        for _ in range(3):
            for work in pair:
                county.check("%s saved" % work.folder, work.save())
                together += 1
                if county.random.random() < 0.4:
                    answer = county.sync(work.folder)
                    county.check("%s: a clone's exchange ends as documented" % work.folder, answer.code in (0, 3),
                                 "%s %s %s" % (answer.code, answer.out, answer.err))
        turns.append(county.settle())
        for name in ("city", "town1", "a1", twin):
            faults = find_faults(works, county.records(name))
            county.check("clone %d: %s has both works, each once and whole" % (turn, name), not faults, faults)
        states = [county.must(county.term(n, "status")).json for n in ("a1", twin)]
        county.check("the two write under different origins now",
     states[0]["incarnation"] != states[1]["incarnation"])
        for name in ("a1", twin):
            county.hears(name)
        items = county.must(county.ctl("city", "quarantine", "list")).json["items"]
        if items:  # a clerk adopts one of them, not knowing that its device wrote it again: one effect all the same
            item = county.random.choice(items)
            answer = county.ctl("city", "quarantine", "adopt", item["journal"], item["seq"], item["hash"])
            adopted[answer.code] = adopted.get(answer.code, 0) + 1
            county.check("an adopted change is taken or refused", answer.code in (0, 1, 6), answer.out + answer.err)
            faults = find_faults(works, county.records("city"))
            county.check("adopting what was written again changes nothing", not faults, faults)
        county.check("both go on", all(w.save() for w in pair))
        del county.terminals[twin]  # taken out of use, its last record is with it
        works[-1].acknowledged = {t: k for t, k in list(works[-1].acknowledged.items())[:-1]}
    cut = len(county.must(county.ctl("city", "quarantine", "list")).json["items"])
    county.check("forks really happened", cut > 0)
    county.sound("city", "town1", "a1")
    works[0].acknowledged["a1-0-"] = "asset"
    county.check("control: a lost record is found out", find_faults(works, county.records("city")))
    return ("%d clones, %d records written by both, %d changes cut off and written again, rounds until equal: %s, "
            "exits of adopting by hand: %s" % (len(turns), together, cut, turns, adopted))


main("tablet_cloned", story)
