#!/usr/bin/env python3
"""GeoReport v2 as a stranger meets it: list, definition, POST, GET by id, filters, both formats, errors, the life."""
import time

import door as doors
from county import main

REQUEST_FIELDS = {"service_request_id", "status", "status_notes", "service_name", "service_code", "description",
                  "agency_responsible", "service_notice", "requested_datetime", "updated_datetime",
                  "expected_datetime", "address", "address_id", "zipcode", "lat", "long", "media_url"}


def services(county, door):
    check = county.check
    listed = door.get("/open311/v2/services.json")
    codes = {s["service_code"]: s for s in listed.json}
    check("services list classes and types", {"water", "road", "heat", "WELL"} <= set(codes), sorted(codes))
    check("their fields are those of the specification", all(
        set(s) == {"service_code", "service_name", "description", "metadata", "type", "keywords", "group"}
        for s in codes.values()))
    tree = door.get("/open311/v2/services.xml").xml
    check("XML lists the same", tree.tag == "services" and
          {s.findtext("service_code") for s in tree.findall("service")} == set(codes), tree)
    definition = door.get("/open311/v2/services/WELL.json").json
    check("a type has a definition", definition["service_code"] == "WELL" and
          definition["attributes"][0]["code"] == "asset", definition)
    tree = door.get("/open311/v2/services/WELL.xml").xml
    check("in XML too", tree.tag == "service_definition" and tree.findtext("service_code") == "WELL" and
          tree.findtext("attributes/attribute/code") == "asset")
    check("metadata says who has one", codes["WELL"]["metadata"] is True and codes["water"]["metadata"] is False)
    check("a class has none", door.get("/open311/v2/services/water.json").status == 404)
    check("HEAD has no body", door.ask("HEAD", "/open311/v2/services.json").body == b"")


def errors(county, door):
    place = {"lat": 37.005, "long": 111.905}
    table = [
        ("unknown service", door.get("/open311/v2/services/nothing.json"), 404),
        ("unknown request", door.get("/open311/v2/requests/0000000000000.json"), 404),
        ("unknown token", door.get("/open311/v2/tokens/K3P09XWDT.json"), 404),
        ("no service_code", door.post("/open311/v2/requests.json", description="x", **place), 400),
        ("bad service_code", door.post("/open311/v2/requests.json", service_code="nothing", **place), 404),
        ("no place", door.post("/open311/v2/requests.json", service_code="water", description="x"), 400),
        ("half a place", door.post("/open311/v2/requests.json", service_code="water", lat=37), 400),
        ("off the earth", door.post("/open311/v2/requests.json", service_code="water", lat=137, long=1), 400),
        ("no number", door.post("/open311/v2/requests.json", service_code="water", lat="nan", long=1), 400),
        ("no such plate", door.post("/open311/v2/requests.json", service_code="WELL", address_id="NOPE"), 400),
        ("not UTF-8", door.ask("POST", "/open311/v2/requests.json", "service_code=%ff", doors.FORM), 400),
        ("broken escape", door.ask("GET", "/open311/v2/requests.json?status=%zz"), 400),
        ("a NUL", door.ask("GET", "/open311/v2/requests/a%00b.json"), 400),
        ("no form", door.ask("POST", "/open311/v2/requests.json", "{}", {"Content-Type": "application/json"}), 415),
        ("no format", door.get("/open311/v2/services"), 404),
        ("wrong method", door.ask("DELETE", "/open311/v2/requests.json"), 405),
        ("POST to a list", door.post("/open311/v2/services.json"), 405),
        ("bad status", door.get("/open311/v2/requests.json", status="half"), 400),
        ("bad date", door.get("/open311/v2/requests.json", start_date="yesterday"), 400),
        ("span too wide", door.get("/open311/v2/requests.json", start_date="2026-01-01T00:00:00Z",
                                   end_date="2026-06-01T00:00:00Z"), 400),
        ("page too long", door.get("/open311/v2/requests.json", page_size=1001), 400),
        ("not here", door.get("/admin"), 404),
    ]
    for what, reply, status in table:
        error = reply.json[0]
        county.check("%s: %d in the form of the specification" % (what, status),
                     reply.status == status and error["code"] == status and error["description"],
                     "%s %s" % (reply.status, reply.text))
    tree = door.get("/open311/v2/requests/0000000000000.xml")
    county.check("errors in XML", tree.status == 404 and tree.xml.tag == "errors" and
                 tree.xml.findtext("error/code") == "404" and tree.xml.findtext("error/description"), tree.text)


def report(county, door):
    check = county.check
    made = door.post("/open311/v2/requests.json", service_code="water", lat="37.005", long="111.905",
                     description="水管漏水 & <冒水>", media_url="http://example.org/x.jpg")
    row = made.json[0]
    check("a report is taken", made.status == 201 and len(row["service_request_id"]) == 13 and row["receipt"], row)
    check("an ignored media_url is told", "media_url" in row["service_notice"])
    code, receipt = row["service_request_id"], row["receipt"]
    record = door.report(code)
    check("it stands in the village whose outline holds the point",
          record["place"] == county.terminals["a1"]["place"], record)
    seen = door.get("/open311/v2/requests/%s.json" % code)
    got = seen.json[0]
    check("GET by id", seen.status == 200 and set(got) == REQUEST_FIELDS and got["service_request_id"] == code, got)
    check("its fields", (got["status"], got["service_code"], got["lat"], got["long"]) ==
          ("open", "water", 37.005, 111.905) and got["requested_datetime"].endswith("Z"), got)
    check("no text before moderation", got["description"] == "", got)
    check("the receipt is the reporter's alone", receipt not in seen.text and receipt.replace("-", "") not in seen.text)
    tree = door.get("/open311/v2/requests/%s.xml" % code).xml
    check("in XML", tree.tag == "service_requests" and tree.findtext("request/service_request_id") == code and
          {e.tag for e in tree.find("request")} == REQUEST_FIELDS)
    check("a token leads to the id", door.get("/open311/v2/tokens/%s.json" % receipt).json[0]["service_request_id"] ==
          code and door.get("/open311/v2/tokens/%s.xml" % receipt).xml.findtext("request/service_request_id") == code)
    door.save("", {"public_text": "水管漏水 & <冒水>"}, record=record["id"])
    for form, text in (("json", door.get("/open311/v2/requests/%s.json" % code).json[0]["description"]),
                       ("xml", door.get("/open311/v2/requests/%s.xml" % code).xml.findtext("request/description"))):
        check("moderated text is shown whole in " + form, text == "水管漏水 & <冒水>", text)
    return record, code, receipt


def places(county, door):
    """Where reports go: plate before outline before default."""
    asset = door.save("Asset", {"code": "A-001", "name": "东井", "qr_tokens": ["K3P09XWDT"]},
                      place=county.terminals["b1"]["place"])
    posts = [
        ("a plate code", dict(service_code="WELL", address_id="K3P0-9XWD-T", lat=37.005, long=111.905), "b1"),
        ("an asset code", {"service_code": "WELL", "attribute[asset]": "A-001"}, "b1"),
        ("a record code", dict(service_code="WELL", address_id=asset["code"]), "b1"),
        ("a point in another village", dict(service_code="road", lat=37.025, long=111.905), "b1"),
        ("a point in no village", dict(service_code="road", lat=36.5, long=111.5), None),
        ("a description of the place", dict(service_code="road", address_string="村口老槐树"), None),
    ]
    codes = []
    for what, fields, terminal in posts:
        reply = door.post("/open311/v2/requests.xml", **fields)
        code = reply.xml.findtext("request/service_request_id")
        place = county.terminals[terminal]["place"] if terminal else county.nodes["town1"].place
        county.check("%s decides the place" % what, reply.status == 201 and door.report(code)["place"] == place,
                     reply.text)
        codes.append(code)
    first = door.get("/open311/v2/requests/%s.json" % codes[0]).json[0]
    county.check("the facility is named", first["address"] == "东井" and first["address_id"] == "A-001", first)
    county.check("words about the place wait for moderation", "老槐树" not in door.get(
        "/open311/v2/requests/%s.json" % codes[5]).text and "老槐树" in door.report(codes[5])["json"])
    return codes


def life(county, door, record, code, receipt, other):
    check = county.check
    status = lambda c: door.get("/open311/v2/requests/%s.json" % c).json[0]
    check("rating before an answer is refused", door.post("/public/reports/%s/rate" % receipt, score=5).status == 409)
    check("reopening what is open is refused",
          door.post("/public/reports/%s/reopen" % receipt, reason="x").status == 409)
    door.act(record, "ACCEPT")
    check("accepted is open", status(code)["status"] == "open" and "受理" in status(code)["status_notes"])
    door.act(record, "START")
    door.act(record, "REPLY", reason="已换阀门")
    check("answered is closed", status(code)["status"] == "closed", status(code))
    check("an answer is the reporter's, not everybody's", "已换阀门" not in door.get(
        "/open311/v2/requests/%s.json" % code).text)
    followed = door.get("/public/reports/%s.json" % receipt).json
    check("the receipt shows the answer", "已换阀门" in str(followed["acts"]) and followed["status"] == "closed", followed)
    for score in ("0", "6", "x", ""):
        check("no score " + score, door.post("/public/reports/%s/rate" % receipt, score=score).status == 400)
    check("rated", door.post("/public/reports/%s/rate" % receipt, score=4).status == 200)
    check("rated once only", door.post("/public/reports/%s/rate" % receipt, score=1).status == 409)
    for _ in range(2):
        check("followed", door.post("/public/reports/%s/follow" % receipt).status == 200)
    check("twice is once", str(door.get("/public/reports/%s.json" % receipt).json).count("Follow") == 1)
    check("no reason, no reopening", door.post("/public/reports/%s/reopen" % receipt).status == 400)
    check("reopened", door.post("/public/reports/%s/reopen" % receipt, reason="又漏了").status == 200 and
          status(code)["status"] == "open", status(code))
    duplicate = door.report(other)
    door.act(duplicate, "DUPLICATE", other=doors.ref(record["id"]))
    seen = status(other)
    check("a duplicate follows its original", seen["status"] == "open" and code in seen["status_notes"], seen)
    door.act(record, "REPLY", reason="再修")
    check("to its end", status(other)["status"] == "closed" and status(code)["status"] == "closed")
    late = door.save("PublicReport", {"receipt": "K3P09XWDT", "service_code": "road", "channel": "REPORT_CHANNEL_PHONE",
                                      "received_ms": str(int((time.time() - 40 * 86400) * 1000))})
    step = {"at_ms": str(int((time.time() - 20 * 86400) * 1000))}
    door.act(late, "ACCEPT", **step)
    door.act(late, "REPLY", reason="答", **step)
    check("after 15 days it stays closed",
          door.post("/public/reports/K3P0-9XWD-T/reopen", reason="晚了").status == 409)
    return late["code"]


def filters(county, door, codes, old):
    check = county.check
    ids = lambda **query: [r["service_request_id"] for r in door.get("/open311/v2/requests.json", **query).json]
    everything = ids()
    check("the list holds all of 90 days", set(codes) | {old} <= set(everything), everything)
    check("the latest first", everything[-1] == old)
    check("by ids", set(ids(service_request_id=",".join(codes[:2]))) == set(codes[:2]))
    check("by service", ids(service_code="WELL") and set(ids(service_code="WELL")) < set(everything) and
          set(ids(service_code="WELL,road,water")) == set(everything))
    opened, closed = ids(status="open"), ids(status="closed")
    check("by status", opened and closed and not set(opened) & set(closed) and
          set(opened) | set(closed) == set(everything) == set(ids(status="open,closed")))
    iso = lambda days: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + days * 86400))
    check("by dates", ids(start_date=iso(-60), end_date=iso(-30)) == [old] and old not in ids(start_date=iso(-1)))
    pages = [ids(page=p, page_size=3) for p in range(1, 6)]
    check("pages make up the list", sum(pages, []) == everything and len(pages[0]) == 3, pages)
    tree = door.get("/open311/v2/requests.xml", status="closed").xml
    check("XML says the same", [r.findtext("service_request_id") for r in tree.findall("request")] == closed)


def public_pages(county, door):
    check = county.check
    notice = lambda **f: door.save("Notice", dict({"text": "周三停水", "broadcast_script": "内部稿"}, **f), published=True)
    shown, past = notice(title="看得到"), notice(title="过期的", expires_ms="1000")
    notice(title="草稿")
    city = doors.Door(county, "city")
    # Somebody else must have read it: the city.
    doors.wait(county, "the city has the notices", lambda: len(city.records("Notice")) == 3)
    for n in (shown, past):
        city.act(n, "REVIEW")
        city.act(n, "PUBLISH")
    doors.wait(county, "a published notice is shown", lambda: "看得到" in door.get("/public/notices.json").text)
    reply = door.get("/public/notices.json")
    check("published notices only", "看得到" in reply.text and "过期的" not in reply.text and "草稿" not in reply.text,
          reply.text)
    check("their public fields only", "内部稿" not in reply.text)
    stats = door.get("/public/stats.json").json
    check("stats are sums", stats["total"]["received"] == len(door.get("/open311/v2/requests.json").json) and
          stats["total"]["duplicates"] == 1 and stats["total"]["answered"] == 2 and
          stats["total"]["answered_on_time"] == 1 and stats["total"]["satisfaction_hundredths"] == 400, stats)
    check("by township", [t["township"] for t in stats["townships"]] == [county.towns[0]["name"]], stats)
    check("alive and ready", door.get("/healthz").status == 200 and door.get("/readyz").status == 200)


def repeated(county, door):
    """A phone that sends its draft again when the network is back makes one report."""
    fields = dict(service_code="heat", lat=37.005, long=111.905, description="不热")
    key = {"Idempotency-Key": "0123456789abcdef-1"}
    one, two = (door.post("/open311/v2/requests.json", headers=key, **fields).json[0] for _ in range(2))
    three = door.post("/open311/v2/requests.json", headers=key, **dict(fields, description="冷")).json[0]
    county.check("the same again is one report", one == two, "%s %s" % (one, two))
    county.check("another text under the same key is another report",
                 three["service_request_id"] != one["service_request_id"])
    return [one["service_request_id"], three["service_request_id"]]


def story(county):
    door = doors.make(county, towns=1)
    services(county, door)
    errors(county, door)
    record, code, receipt = report(county, door)
    codes = places(county, door)
    old = life(county, door, record, code, receipt, codes[3])
    filters(county, door, [code] + codes, old)
    public_pages(county, door)
    repeated(county, door)
    county.stop("town1")
    return "1 door"


main("public_conformance", story)
