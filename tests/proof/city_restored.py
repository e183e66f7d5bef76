#!/usr/bin/env python3
"""The city is restored from a day-old copy under the next epoch: all that had reached a township comes back."""
import shutil

from county import main
from work import Work, find_faults


def own(county, name):
    s = county.must(county.term(name, "status")).json
    return int(s["own_changes"]), int(s["at_city"]), int(s["epoch"])


def lose(county, raise_epoch):
    """Puts the city's copy back, at an address that the township does not know yet."""
    county.kill("city")
    shutil.rmtree(county.path("city"))
    county.copy("day-old", "city")
    if raise_epoch:
        county.must(county.run("guanhuctl", "--json", "-q", "county", "epoch", "--data", county.path("city"), "--root",
                               county.path("county", "root")))
    county.nodes["city"].port = 0
    county.serve("city")


def story(county):
    county.make()
    county.add_terminal("a1")
    county.add_terminal("m1", village=1)  # the messenger: the first to meet the restored city
    crew = [Work(county, "a1"), Work(county, "town1")]
    for work in crew:
        for _ in range(3):
            county.check("saved", work.save())
    county.settle()
    county.stop("city")
    county.copy("city", "day-old")
    county.serve("city")
    for work in crew:
        for _ in range(4):
            county.check("saved", work.save())
    county.settle()
    wrote, at_city, epoch = own(county, "a1")
    county.check("before: all is at the city, epoch 1", wrote == at_city and epoch == 1, (wrote, at_city, epoch))

    # Control: without the epoch the old acknowledgements go on counting, though the city has lost what they name.
    lose(county, raise_epoch=False)
    county.sync("m1", to="city")
    county.sync("m1")
    county.sync("a1")
    wrote, at_city, epoch = own(county, "a1")
    lost = find_faults(crew, county.records("city"))
    county.check("control: the city lost records and nobody knows", lost and at_city == wrote, (len(lost), at_city, wrote))

    lose(county, raise_epoch=True)
    lost = find_faults(crew, county.records("city"))
    county.check("the restored city lacks records", lost)
    county.sync("m1", to="city")  # hears of epoch 2 ...
    county.sync("m1")             # ... and tells the township, which cannot reach the city
    county.sync("a1")
    wrote, at_city, epoch = own(county, "a1")
    county.check("acknowledgements of the old epoch do not count", epoch == 2 and at_city < wrote, (wrote, at_city, epoch))
    forgotten = wrote - at_city

    county.stop("town1")
    county.serve("town1")  # with the city's new address
    for work in crew:
        county.check("saved", work.save())
    turns = county.settle()
    for name in ("city", "town1"):
        faults = find_faults(crew, county.records(name))
        county.check("%s has every acknowledged record again" % name, not faults, faults)
    county.sync("a1")
    wrote, at_city, epoch = own(county, "a1")
    county.check("all is at the city again", wrote == at_city and epoch == 2, (wrote, at_city, epoch))
    county.check("the city can go on writing", county.ctl("city", "device", "enrol", "--place",
                 county.villages[0][2]["id"], "--name", "new", "--out", county.path("new.enrolment")).code == 0)
    county.sound("city", "town1", "a1")
    return "%d records lost by the city and given back, %d acknowledgements taken back, equal after %d rounds" % (
        len(lost), forgotten, turns)


main("city_restored", story)
