#!/usr/bin/env python3
"""A terminal's stored files are damaged while it is off: told or harmless, never silently wrong; the rest goes on."""
import glob
import os
import shutil

from county import main, wide
from work import Work


def seen(county, name):
    """What the terminal shows, or None if it refuses with a sentence."""
    answer = county.term(name, "list", "--limit", 1000000)
    if answer.code != 0:
        return None, answer
    return sorted((r["id"], str(r["json"])) for r in answer.json["records"]), answer


def harm(county, how, path):
    size = os.path.getsize(path)
    if how == "cut":
        os.truncate(path, county.random.randrange(size))
    elif how == "gone":
        os.unlink(path)
    else:
        with open(path, "r+b") as f:
            f.seek(county.random.randrange(size))
            byte = f.read(1)[0]
            f.seek(-1, 1)
            f.write(bytes([byte ^ (1 << county.random.randrange(8))]))


def story(county):
    county.make()
    county.add_terminal("a1")
    work = Work(county, "a1")
    for _ in range(12):
        county.check("saved", work.save())
    county.settle()
    truth, _ = seen(county, "a1")
    county.check("control: without damage doctor finds nothing", county.ctl("a1", "doctor").code == 0)
    county.copy("a1", "sound")
    outcomes = {}
    kinds = ["flip sst", "flip log", "flip MANIFEST", "cut sst", "gone sst", "flip watermark", "gone watermark",
             "flip CURRENT", "flip sst"]
    for turn in range(wide(len(kinds), 300)):
        how, what = kinds[turn % len(kinds)].split()
        shutil.rmtree(county.path("a1"))
        county.copy("sound", "a1")
        store = county.path("a1", "store")
        files = {
    "sst": glob.glob(
        store +
        "/db/*.sst"),
        "log": [
            p for p in glob.glob(
                store +
                "/db/*.log") if os.path.getsize(p)],
                "MANIFEST": glob.glob(
                    store +
                    "/db/MANIFEST-*"),
                    "watermark": [
                        store +
                        "/watermark"],
                        "CURRENT": [
                            store +
                             "/db/CURRENT"]}[what]
        if not files:
            continue
        harm(county, how, county.random.choice(sorted(files)))
        harmed = county.path("harmed")
        shutil.rmtree(harmed, ignore_errors=True)
        county.copy("a1", "harmed")
        doctor = county.ctl("harmed", "doctor")
        first = county.term("a1", "status")  # the first to open it hears what opening found
        shown, answer = seen(county, "a1")
        for a in (doctor, answer):
            county.check("%s %s: a documented exit code" % (how, what), a.code in (0, 1), (a.code, a.err))
        rebuilt = first.code == 0 and first.json["store_note"] != ""
        if shown is None:
            outcome = "refused"
            county.check("%s %s: refused with a sentence" % (how, what), len(answer.err) > 40, answer.err)
        elif shown == truth:
            outcome = "told, nothing lost" if rebuilt or doctor.code else "harmless"
        else:
            outcome = "rebuilt with less"
            county.check("%s %s: what is shown differs, and opening said so" % (how, what), rebuilt,
                         "%d instead of %d records; %s" % (len(shown), len(truth), first.out))
            county.check("%s %s: doctor finds it too" % (how, what), doctor.code != 0, doctor.out)
        if rebuilt:
            again = county.ctl("a1", "doctor")
            county.check("%s %s: what was rebuilt is sound" % (how, what), again.code == 0, again.out + again.err)
        if shown is not None:
            # It works on, and the county gives back what it lost.
            after = Work(county, "a1")
            after.count = 1000 + 2 * turn
            saved = after.save()
            answers = [county.sync("a1") for _ in range(2)]
            if saved and answers[-1].code == 0:
                back, _ = seen(county, "a1")
                county.check("%s %s: after syncing all is there again" % (how, what),
                             back is not None and {i for i, _ in truth} <= {i for i, _ in back},
                             "%s of %s, missing %s; %s; %s; doctor %s" % (
                                 back and len(back), len(truth),
                                 {i for i, _ in truth} - {i for i, _ in back or []}, outcome,
                                 first.out, doctor.out))
            else:
                outcome += ", then refused"
                text = answers[-1].out + answers[-1].err
                county.check("%s %s: what does not go is told" % (how, what), len(text) > 40, text)
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    shutil.rmtree(county.path("a1"))
    county.check("damage was noticed at least once", any(o != "harmless" for o in outcomes), outcomes)
    county.check("the township lives", county.alive("town1"))
    county.sound("town1", "city")
    return "%d damaged stores: %s" % (sum(outcomes.values()),
     ", ".join("%s %d" % o for o in sorted(outcomes.items())))


main("damaged_store", story)
