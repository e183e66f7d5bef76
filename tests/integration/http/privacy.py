#!/usr/bin/env python3
"""How to reach a reporter stays at the place it belongs to, and is in no answer of the public's door.

Every search has a control: the same search finds the marks where they belong.
"""
import os
import secrets
import time

import door as doors
from county import main


def files_with(folder, marks):
    """Names of files below a folder that hold any of the marks."""
    found = set()
    for where, _, names in os.walk(folder):
        for name in names:
            try:
                with open(os.path.join(where, name), "rb") as f:
                    data = f.read()
            except OSError:
                continue  # a socket
            if any(mark.encode() in data for mark in marks):
                found.add(name)
    return found


def records_with(door, marks, name):
    """Types of the records of a node that hold any of the marks."""
    types = {r["type"] for r in door.records("", name)} | {"Place", "Device"}
    return {t for t in types for r in door.records(t, name) if any(m in str(r) for m in marks)}


def addresses(door, codes, receipts):
    """Every address of the door that can be read, in both formats."""
    out = ["/healthz", "/readyz", "/public/notices.json", "/public/stats.json"]
    for form in ("json", "xml"):
        out += ["/open311/discovery." + form, "/open311/v2/services." + form, "/open311/v2/services/WELL." + form,
                "/open311/v2/services/water." + form, "/open311/v2/requests." + form,
                "/open311/v2/requests.%s?status=open" % form, "/open311/v2/requests.%s?page_size=1000" % form,
                "/open311/v2/requests.%s?service_request_id=%s" % (form, ",".join(codes)),
                "/open311/v2/requests/nothing." + form]
        out += ["/open311/v2/requests/%s.%s" % (code, form) for code in codes]
        out += ["/open311/v2/tokens/%s.%s" % (receipt, form) for receipt in receipts]
    return out + ["/public/reports/%s.json" % receipt for receipt in receipts]


def answers(door, codes, receipts):
    for address in addresses(door, codes, receipts):
        for method in ("GET", "HEAD"):
            reply = door.ask(method, address)
            yield "%s %s" % (method, address), str(reply.headers) + reply.text
    for receipt in receipts:
        for act, form in (("rate", "score=5"), ("follow", ""), ("reopen", "reason=r"), ("other", "")):
            reply = door.ask("POST", "/public/reports/%s/%s" % (receipt, act), form, doors.FORM)
            yield "POST %s" % act, str(reply.headers) + reply.text


def leaks(pairs, marks):
    return sorted({what for what, text in pairs if any(mark in text for mark in marks)})


def report_all(county, door):
    """One report with contacts in each place of the township; the marks stand for nothing else."""
    marks, codes, receipts = {}, [], []
    for name, point in (("a1", (37.005, 111.905)), ("b1", (37.025, 111.905)), ("town1", (36.5, 111.5))):
        mark = ["%s%s" % (kind, secrets.token_hex(8)) for kind in ("first", "last", "phone", "mail", "text", "device",
                                                                   "account")]
        first, last, phone, mail, text, device, account = mark
        form = "json" if name == "a1" else "xml"
        reply = door.post("/open311/v2/requests." + form, service_code="WELL", lat=point[0], long=point[1],
                          first_name=first, last_name=last, phone=phone, email=mail + "@example.org", description=text,
                          device_id=device, account_id=account)
        county.check("taken", reply.status == 201, reply.text)
        county.check("the answer to a report holds no contact", not any(m in reply.text for m in mark), reply.text)
        row = reply.json[0] if form == "json" else {e.tag: e.text for e in reply.xml.find("request")}
        marks[name] = mark
        codes.append(row["service_request_id"])
        receipts.append(row["receipt"])
    return marks, codes, receipts


def public_answers(county, door, marks, codes, receipts):
    every = [m for mark in marks.values() for m in mark]
    record = door.report(codes[0])
    contacts = door.records("ReportContact")
    county.check("control: the scanner finds the contacts in the node's own records",
                 len(contacts) == 3 and leaks([(r["id"], r["json"]) for r in contacts], every) ==
                 sorted(r["id"] for r in contacts))
    contact_marks = [m for mark in marks.values() for m in mark[:4]]
    holding = records_with(door, contact_marks, "town1")
    county.check("control: and in no other record", holding == {"ReportContact"}, holding)
    holding = records_with(door, marks["a1"][4:5], "town1")
    county.check("control: the text is in the report", holding == {"PublicReport"}, holding)
    county.check("what is not asked for is not kept", not records_with(
        door, [m for mark in marks.values() for m in mark[5:]], "town1"))
    # Every state from received to reopened.
    scans = 0
    for act, fields in ((None, {}), ("ACCEPT", {}), ("START", {}), ("REPLY", {"reason": "已修好"})):
        if act:
            door.act(record, act, **fields)
        found = leaks(answers(door, codes, receipts), every)
        county.check("no mark in any answer after %s" % act, not found, found)
        scans += len(addresses(door, codes, receipts))
    # The control over the door itself: what moderation publishes is found by the same scanner.
    door.save("", {"public_text": "public" + marks["a1"][4]}, record=record["id"])
    found = leaks(answers(door, codes, receipts), every)
    county.check("control: a mark that is published is found in both formats",
                 any(".json" in f for f in found) and any(".xml" in f for f in found), found)
    contact_found = leaks(answers(door, codes, receipts), contact_marks)
    county.check("and no contact beside it", not contact_found, contact_found)
    return scans


def other_places(county, door, marks):
    """What is written for one village reaches its tablet, the township and the city; nobody else."""
    for _ in range(2):
        for name in ("a1", "b1"):
            county.sync(name)
    county.settle()
    for name in ("a1", "b1", "town2", "city"):
        types = records_with(door, marks["a1"][:4], name)
        want = {"ReportContact"} if name in ("a1", "city") else set()
        county.check("the contact of village a at %s: %s" % (name, want), types == want, types)
    county.check("the contact of village b is not at a1", not records_with(door, marks["b1"][:4], "a1"))
    county.check("control: it is at b1", records_with(door, marks["b1"][:4], "b1") == {"ReportContact"})
    county.check("the township's own is at neither", not records_with(door, marks["town1"][:4], "a1") and
                 not records_with(door, marks["town1"][:4], "b1"))
    for name in ("town1", "town2", "city"):
        county.stop(name)
    raw = {name: files_with(county.path(name), marks["a1"][:4]) for name in ("a1", "b1", "town1", "town2", "city")}
    county.check("control: a search of the files finds them at the township, the city and the village's tablet",
                 raw["town1"] and raw["city"] and raw["a1"], raw)
    county.check("and in no file of another village or township", not raw["b1"] and not raw["town2"], raw)
    logs = [n for n in os.listdir(county.work) if n.endswith(".log")]
    told = [n for n in logs if leaks([(n, open(county.path(n), encoding="utf-8", errors="replace").read())],
                                     [m for mark in marks.values() for m in mark])]
    county.check("no log of a node holds them", logs and not told, told)


def story(county):
    door = doors.make(county)
    marks, codes, receipts = report_all(county, door)
    scans = public_answers(county, door, marks, codes, receipts)
    time.sleep(0.5)
    other_places(county, door, marks)
    return "%d addresses scanned" % scans


main("public_privacy", story)
