#!/usr/bin/env python3
"""Township and city are killed at random moments while terminals save and sync: nobody loses what was acknowledged."""
import threading
import time

from county import main, wide
from work import Work, find_faults


class Busy(threading.Thread):
    """A terminal that saves and syncs until told to stop."""

    def __init__(self, county, name):
        super().__init__(daemon=True)
        self.county = county
        self.work = Work(county, name)
        self.stopping = threading.Event()
        self.synced = 0
        self.unreached = 0
        self.odd = []

    def run(self):
        try:
            while not self.stopping.is_set():
                for _ in range(2):
                    if not self.work.save():
                        self.odd.append("a save failed")
                answer = self.county.sync(self.work.terminal, timeout=5)
                if answer.code == 0:
                    self.synced += 1
                elif answer.code in (3, 4):  # a part, or nobody: what the documentation says
                    self.unreached += 1
                else:
                    self.odd.append("sync ended with %s: %s %s" % (answer.code, answer.out, answer.err))
        except Exception as error:  # told by the story below
            self.odd.append(repr(error))


def story(county):
    county.make(towns=1)
    names = ["a1", "b1"]
    for i, name in enumerate(names):
        county.add_terminal(name, village=i)
    crew = [Busy(county, name) for name in names]
    for busy in crew:
        busy.start()
    kills, killed = wide(6, 300), {"town1": 0, "city": 0}
    try:
        for turn in range(kills):
            name = ("town1", "city")[turn % 2]
            time.sleep(county.random.uniform(0.05, 0.5))
            county.kill(name)
            killed[name] += 1
            time.sleep(county.random.uniform(0, 0.2))
            county.serve(name)
    finally:
        for busy in crew:
            busy.stopping.set()
        for busy in crew:
            busy.join(120)
    for busy in crew:
        county.check("%s: nothing but what is documented happened" % busy.work.terminal, not busy.odd, busy.odd)
    works = [b.work for b in crew]
    turns = county.settle()
    for name in ("city", "town1"):
        faults = find_faults(works, county.records(name))
        county.check("%s has every acknowledged record, whole" % name, not faults, faults)
    for work in works:
        faults = find_faults([work], county.records(work.terminal))
        county.check("%s lost nothing" % work.terminal, not faults, faults)
        county.hears(work.terminal)
    county.sound("city", "town1", *names)
    # Control: the judge is asked about records that were never saved.
    works[0].acknowledged["a1-0-"] = "asset"
    county.check("control: a lost record is found out", find_faults(works, county.records("city")))
    return ("%d kills of the township, %d of the city, %d acknowledged, %d syncs done and %d cut, "
            "equal after %d rounds") % (
        killed["town1"], killed["city"], sum(len(w.acknowledged) for w in works) - 1, sum(b.synced for b in crew),
        sum(b.unreached for b in crew), turns)


main("kill_node", story)
