"""What terminals save in these tests, and the judge of what is left of it.

A unit is one command. `asset` is a record with three fields in one change; `pair` is a step of an order and a remark,
two records in one change. A unit is acknowledged when the program said so: exit 0 and its answer on standard output.
"""
import json
import signal
import subprocess


class Work:
    def __init__(self, county, terminal, folder=None):
        self.county = county
        self.terminal = terminal
        self.folder = folder or terminal
        self.acknowledged = {}  # tag -> kind
        self.open = {}          # tag -> kind: asked for, not acknowledged; may be there as a whole or not at all
        self.count = 0
        self.order = None

    def _arguments(self, kind, tag):
        n = str(self.count)
        if kind == "asset":
            return ["asset", "add", "--code", tag, "--name", "name of " + tag, "--set", "households_served=" + n]
        return ["order", "accept", self.order, "--note", tag]

    def next(self):
        """Kind, tag and arguments of the next unit; makes the order that a pair needs."""
        self.count += 1
        tag = "%s-%d-" % (self.folder, self.count)
        kind = "asset"
        if self.count % 4 == 0:
            answer = self.county.term(self.folder, "order", "add", "--task", "task of " + tag)
            if answer.code == 0:
                self.order = answer.json["records"][0]["code"]
                kind = "pair"
        return kind, tag, self._arguments(kind, tag)

    def save(self, wrap=()):
        """One unit, undisturbed. True if acknowledged."""
        kind, tag, arguments = self.next()
        return self.judge(kind, tag, self.county.term(self.folder, *arguments, wrap=wrap))

    def save_killed(self, delay):
        """One unit whose process is killed after `delay` seconds. It counts if its answer was out by then."""
        kind, tag, arguments = self.next()
        process = self.county.start("guanhu", "--data", self.county.path(self.folder), "--json", "-q", *arguments,
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            out, err = process.communicate(timeout=delay)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            out, err = process.communicate()
        whole = False
        try:
            whole = bool(json.loads(out.decode())["records"])
        except (ValueError, KeyError):
            pass
        (self.acknowledged if whole else self.open)[tag] = kind
        return process.returncode == -signal.SIGKILL, whole

    def judge(self, kind, tag, answer):
        good = answer.code == 0 and bool(answer.json["records"])
        (self.acknowledged if good else self.open)[tag] = kind
        return good


def find_faults(works, records):
    """Judges the records of one node: sentences about every acknowledged unit that is missing and every half one."""
    assets, remarks, orders = {}, {}, {}
    for r in records:
        j = r["json"]
        if r["type"] == "Asset":
            assets.setdefault(j.get("code", ""), []).append(j)
        elif r["type"] == "Remark":
            remarks.setdefault(j.get("text", ""), []).append(j)
        elif r["type"] == "WorkOrder":
            orders[j.get("task", "")] = j
    faults = []
    for work in works:
        for tag, kind in list(work.acknowledged.items()) + list(work.open.items()):
            owed = tag in work.acknowledged
            if kind == "asset":
                found = assets.get(tag, [])
                if owed and not found:
                    faults.append("%s was acknowledged and is missing" % tag)
                if len(found) > 1:
                    faults.append("%s is there %d times" % (tag, len(found)))
                for j in found:
                    if j.get("name") != "name of " + tag or str(j.get("households_served")) != tag.split("-")[-2]:
                        faults.append("%s is there in part: %s" % (tag, j))
            else:
                noted = len(remarks.get(tag, []))
                order = orders.get("task of " + tag, {})
                taken = order.get("state") == "ORDER_STATE_TAKEN"
                if owed and not (noted and taken):
                    faults.append("%s was acknowledged and is missing: remarks %d, order %s" % (tag, noted, order))
                if noted > 1 or bool(noted) != taken:
                    faults.append("%s is there in part: remarks %d, order %s" % (tag, noted, order))
    return faults
