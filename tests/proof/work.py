"""What terminals save in these tests, and the judge of what is left of it.

A unit is one command. `asset` is a record with three fields in one change; `pair` is a step of an order and the
attachment of its photo, two records in one change. A unit is acknowledged when the program said so: exit 0 and its
answer on standard output.
"""
import base64
import hashlib
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
        return ["order", "take", self.order, "--reason", tag, "--photo", self._photo(tag)]

    def _photo(self, tag):
        path = self.county.path("photo-" + tag + ".jpg")
        with open(path, "w", encoding="utf-8") as photo:
            photo.write(tag)
        return path

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
            whole = is_answer(json.loads(out.decode()))
        except ValueError:
            pass
        (self.acknowledged if whole else self.open)[tag] = kind
        return process.returncode == -signal.SIGKILL, whole

    def judge(self, kind, tag, answer):
        good = answer.code == 0 and is_answer(answer.json)
        (self.acknowledged if good else self.open)[tag] = kind
        return good


def is_answer(answer):
    """Whether a program's answer names what it saved: the new records, or the record that was acted on."""
    return bool(answer.get("records") or answer.get("code"))


def find_faults(works, records):
    """Judges the records of one node: sentences about every acknowledged unit that is missing and every half one."""
    assets, steps, photos, orders = {}, {}, {}, {}
    for r in records:
        j = r["json"]
        if r["type"] == "Asset":
            assets.setdefault(j.get("code", ""), []).append(j)
        elif r["type"] == "Step":
            steps.setdefault(j.get("reason", ""), []).append(j)
        elif r["type"] == "Attachment":
            photos.setdefault(j.get("sha256", ""), []).append(j)
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
                sha256 = base64.b64encode(hashlib.sha256(tag.encode()).digest()).decode()
                noted, shown = len(steps.get(tag, [])), len(photos.get(sha256, []))
                order = orders.get("task of " + tag, {})
                taken = order.get("state") == "ORDER_STATE_TAKEN"
                what = "steps %d, attachments %d, order %s" % (noted, shown, order)
                if owed and not (noted and shown and taken):
                    faults.append("%s was acknowledged and is missing: %s" % (tag, what))
                if noted > 1 or noted != shown or bool(noted) != taken:
                    faults.append("%s is there in part: %s" % (tag, what))
    return faults
