#!/usr/bin/env python3
"""A terminal is killed at random moments while it saves, syncs and serves: what it acknowledged is there afterwards."""
import glob
import os
import signal
import subprocess
import time

from county import main, wide
from work import Work, find_faults


def spare(county, work, folder):
    """Control: of a copy whose newest log is lost the judge must say that acknowledged records are missing."""
    county.check("saved", work.save())
    county.copy(folder, "control")
    for log in glob.glob(county.path("control", "store", "db", "*.log")):
        os.truncate(log, 0)


def kill_sync(county, delay):
    process = county.start("guanhu", "--data", county.path("a1"), "--json", "-q", "sync", "--to",
                           county.nodes["town1"].address, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(timeout=delay)
    except subprocess.TimeoutExpired:
        process.kill()
    process.wait()
    return process.returncode == -signal.SIGKILL


def kill_connected(county, work, delay):
    """`guanhu connect` serves the folder and is killed while commands save through it."""
    server = county.start("guanhu", "--data", county.path("a1"), "connect", "--to", county.nodes["town1"].address,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    begun = time.monotonic()
    while not os.path.exists(county.path("a1", "node.sock")) and server.poll(
    ) is None and time.monotonic() < begun + 30:
        time.sleep(0.005)
    end = time.monotonic() + delay
    saver = None
    while time.monotonic() < end:
        kind, tag, arguments = work.next()
        saver = county.start("guanhu", "--data", county.path("a1"), "--json", "-q", *arguments,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            out, err = saver.communicate(timeout=max(end - time.monotonic(), 0.001))
        except subprocess.TimeoutExpired:
            server.kill()
            out, err = saver.communicate(timeout=60)
        (work.acknowledged if saver.returncode == 0 and b'"records"' in out else work.open)[tag] = kind
    if server.poll() is None:
        server.kill()
    return server.wait() == -signal.SIGKILL


def story(county):
    county.make()
    county.add_terminal("a1")
    work = Work(county, "a1")
    begun = time.monotonic()
    for _ in range(3):
        county.check("saved", work.save())
    typical = (time.monotonic() - begun) / 3
    kills, killed, survived, syncs, served = wide(10, 520), 0, 0, 0, 0
    for turn in range(kills * 4):
        if killed >= kills:
            break
        work.save()
        how = turn % 5
        if how == 3:
            done = kill_sync(county, county.random.uniform(0.005, 3 * typical))
            syncs += done
        elif how == 4:
            done = kill_connected(county, work, county.random.uniform(0.02, 6 * typical))
            served += done
        else:
            done, whole = work.save_killed(county.random.uniform(0.002, 1.3 * typical))
            survived += done and whole
        killed += done
        faults = find_faults([work], county.records("a1"))
        if not county.check("after kill %d every acknowledged record is there, whole" % killed, not faults, faults):
            break
    county.check("so many were killed", killed >= kills, killed)
    spare(county, work, "a1")
    turns = county.settle()
    for name in ("a1", "town1", "city"):
        faults = find_faults([work], county.records(name))
        county.check("%s has every acknowledged record, whole" % name, not faults, faults)
    county.sound("a1", "town1", "city")
    answer = county.term("control", "list", "--limit", 1000000)
    lost = find_faults([work], answer.json["records"]) if answer.code == 0 else ["refused"]
    county.check("control: a terminal without its log is found out", lost, "nothing was missing")
    landed = sum(t in {r["json"].get("code") for r in county.records("city", "Asset")} for t in work.open)
    return ("%d kills (%d in saves, %d in syncs, %d of a connected terminal), %d acknowledged, %d open of which %d "
            "landed whole, equal after %d rounds, control lost %d" %
            (killed, killed - syncs - served, syncs, served, len(work.acknowledged), len(work.open), landed, turns,
             len(lost)))


main("kill_terminal", story)
