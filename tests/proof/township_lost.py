#!/usr/bin/env python3
"""A township's store is lost and starts empty, or an older copy of it is put back, with and without saying so."""
import shutil

from county import main, wide
from work import Work, find_faults


def day(county, crew, times):
    for _ in range(times):
        for work in crew:
            county.check("%s saved" % work.folder, work.save())
    for name in county.terminals:
        county.sync(name)


def wait_up(county, name):
    """Until the city has all that the township has: what a clerk wrote there is on one disk only before."""
    if not county.settle(terminals=[]):
        county.check("%s handed its work up" % name, False)


def judge(county, crew, what):
    turns = county.settle()
    for name in list(county.nodes) + list(county.terminals):
        mine = [w for w in crew if name in ("city", "town1", w.folder)]
        faults = find_faults(mine, county.records(name))
        county.check("%s: %s has every acknowledged record once, whole" % (what, name), not faults, faults)
    return turns


def wiped(county, crew):
    """The city is away for the last records: only the township and the terminals have them when it burns."""
    day(county, crew, 1)
    wait_up(county, "town1")
    county.kill("city")
    day(county, crew[:2], 2)
    county.kill("town1")
    shutil.rmtree(county.path("town1"))
    county.make_folder("town1")
    county.serve("town1")
    county.check("the empty township has no acknowledged record: it was really wiped",
                 find_faults(crew, county.records("town1")))
    county.serve("city")
    day(county, crew, 1)
    return judge(county, crew, "wiped")


def restored(county, crew, said):
    day(county, crew, 1)
    county.stop("town1")
    shutil.rmtree(county.path("backup"), ignore_errors=True)
    county.copy("town1", "backup")
    county.serve("town1")
    day(county, crew, 2)
    wait_up(county, "town1")
    before = county.must(county.term("town1", "status")).json["incarnation"]
    county.kill("town1")
    shutil.rmtree(county.path("town1"))
    county.copy("backup", "town1")
    if county.random.random() < 0.5:  # the clerk writes before anybody can tell the township that it is behind
        county.kill("city")
        county.serve("town1", "new_incarnation = true\n" if said else "")
        county.check("the copy is an older one", find_faults(crew, county.records("town1")))
        for _ in range(3):
            county.check("the clerk saved", crew[-1].save())
        county.serve("city")
    else:
        county.serve("town1", "new_incarnation = true\n" if said else "")
    day(county, crew, 1)
    turns = judge(county, crew, "restored %s" % ("as said" if said else "silently"))
    after = county.must(county.term("town1", "status")).json["incarnation"]
    county.check("the township writes under a new origin", before != after, after)
    county.stop("town1")
    county.serve("town1")  # without new_incarnation again
    return turns


def story(county):
    county.make()
    for i, name in enumerate(("a1", "b1")):
        county.add_terminal(name, village=i)
    crew = [Work(county, n) for n in ("a1", "b1", "town1")]
    turns = []
    for _ in range(wide(1, 12)):
        turns.append(wiped(county, crew))
        turns.append(restored(county, crew, True))
        turns.append(restored(county, crew, False))
    county.sound("city", "town1", "a1", "b1")
    return "%d wiped, %d restored as said, %d silently; %d acknowledged; rounds until equal: %s" % (
        len(turns) // 3, len(turns) // 3, len(turns) // 3, sum(len(w.acknowledged) for w in crew), turns)


main("township_lost", story)
