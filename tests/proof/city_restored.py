#!/usr/bin/env python3
"""The city is restored from a day-old copy under the next epoch: all that had reached a township comes back."""
import shutil

from county import main, wide
from cutter import Cutter
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
        county.must(
    county.run(
        "guanhuctl",
        "--json",
        "-q",
        "county",
        "epoch",
        "--data",
        county.path("city"),
        "--root",
        county.path(
            "county",
             "root")))
    county.nodes["city"].port = 0
    county.serve("city")


def story(county):
    county.make()
    county.add_terminal("a1")
    county.add_terminal("m1", village=1)
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
    county.hears("a1")
    wrote, at_city, epoch = own(county, "a1")
    county.check("before: all is at the city, epoch 1", wrote == at_city and epoch == 1, (wrote, at_city, epoch))

    # Control: without the epoch the old acknowledgements go on counting, though the city has lost what they name.
    lose(county, raise_epoch=False)
    lost = find_faults(crew, county.records("city"))
    county.sync("m1", to="city")
    county.sync("a1")
    wrote, at_city, _ = own(county, "a1")
    county.check("control: the city lost records and nobody takes notice", lost and at_city == wrote,
                 (len(lost), at_city, wrote))

    # The first exchanges of the new epoch are cut, so that some tell the epoch and take nothing. Whoever has heard of
    # it claims no more than what the city has.
    county.copy("a1", "a1-before")
    lose(county, raise_epoch=True)
    cutter = Cutter(county.nodes["city"].port)
    county.term("a1", "sync", "--to", cutter.address)
    whole = cutter.up
    cutter.close()
    heard, taken_back, cuts = 0, 0, wide(5, 80)
    for turn in range(cuts):
        shutil.rmtree(county.path("a1"))
        county.copy("a1-before", "a1")
        lose(county, raise_epoch=True)
        cutter = Cutter(county.nodes["city"].port)
        cutter.up_limit = whole * 6 // 10 + whole * 4 // 10 * turn // cuts
        county.term("a1", "sync", "--to", cutter.address, "--timeout", 5)
        cutter.close()
        claims = county.records("a1", "Asset")
        has = str(county.records("city", "Asset"))
        if own(county, "a1")[2] == 2:
            heard += 1
            taken_back += sum(not r["holding"]["city"] for r in claims)
            false = [r["json"]["code"] for r in claims if r["holding"]["city"] and r["json"]["code"] not in has]
            county.check("cut %d: acknowledgements of the old epoch do not count" % turn, not false, false)
    shutil.rmtree(county.path("a1"))
    county.copy("a1-before", "a1")
    county.check("some cuts came after the epoch was told and before the records were taken", taken_back > 0,
                 (whole, heard, taken_back))

    lose(county, raise_epoch=True)
    lost = find_faults(crew, county.records("city"))
    county.check("the restored city lacks records", lost)
    county.check("control: so does the judge of claims", any(r["holding"]["city"] and r["json"]["code"] not in
                 str(county.records("city", "Asset")) for r in county.records("a1", "Asset")))
    county.stop("town1")
    county.serve("town1")  # with the city's new address
    for work in crew:
        county.check("saved", work.save())
    turns = county.settle()
    for name in ("city", "town1"):
        faults = find_faults(crew, county.records(name))
        county.check("%s has every acknowledged record again" % name, not faults, faults)
    county.hears("a1")
    wrote, at_city, epoch = own(county, "a1")
    county.check("all is at the city again", wrote == at_city and epoch == 2, (wrote, at_city, epoch))
    county.check("the city can go on writing", county.ctl("city", "device", "enrol", "--place",
                 county.villages[0][2]["id"], "--name", "new", "--out", county.path("new.enrolment")).code == 0)
    county.sound("city", "town1", "a1")
    return (
    "%d records lost by the city and given back, equal after %d rounds; %d of %d cut exchanges told the epoch "
    "and %d acknowledgements were taken back" %
     (len(lost), turns, heard, cuts, taken_back))


main("city_restored", story)
