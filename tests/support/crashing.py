"""Processes to be killed: `crashing.py URL WORLD`. It imports once, then makes a child for every line that it reads.

A child is there in milliseconds, so that sixty can be killed in seconds. A line names the work, the cycle and a file.
The child writes a line to the file for each operation that the store has acknowledged, and works until somebody kills
it. What was written to a file survives the kill.
"""

import os
import random
import sys
import threading

from ground import ANNA, BORIS, NOON, TownSeeder, give, grant, spend
from yibaobox.domain import jobs, ledger, messages
from yibaobox.domain.errors import AlreadyReversed, InsufficientBalance
from yibaobox.domain.store import Conflict, OutcomeUnknown, Worlds

THREADS = 3
INFNO = "2201"  # it writes, and leaves nothing on a bill


def settle(tx, msgid, lots):
    """One operation under a message number: whatever it does, its answer is kept with it."""
    key = messages.Key("H51170000001", INFNO, msgid)
    known = messages.replay(tx, key, msgid)
    if known is not None:
        return known.reply
    try:
        txn_id = act(tx, msgid, lots)
    except (InsufficientBalance, AlreadyReversed) as refusal:
        messages.store_refused(tx, key, msgid, refusal.code, code=refusal.code, psn_no=ANNA)
        return refusal.code
    messages.store_settled(tx, key, msgid, f"settled-{txn_id}", psn_no=ANNA, txn_id=txn_id)
    jobs.enqueue(tx, "noop", {"msgid": msgid}, due_us=NOON + 1, key=msgid)
    return f"settled-{txn_id}"


def act(tx, msgid, lots):
    kind = lots.choice(["grant", "spend", "spend", "give", "reverse"])
    if kind == "grant":
        return grant(tx, ANNA, lots.randrange(1, 500))
    if kind == "spend":
        return spend(tx, ANNA, lots.randrange(1, 300), msgid=msgid)
    if kind == "give":
        return give(tx, ANNA, BORIS, lots.randrange(1, 100))
    rows = tx.query(
        "SELECT txn_id FROM postings WHERE psn_no = ? AND kind = 'settlement' ORDER BY txn_id DESC LIMIT 5", ANNA
    )
    return ledger.reverse(tx, lots.choice(rows)[0]) if rows else grant(tx, ANNA, 1)


def once(world, msgid, lots):
    """Do as a careful caller does: again after a conflict, and again with the same number when nobody knows."""
    while True:
        try:
            with world.write() as tx:
                return settle(tx, msgid, lots)
        except (Conflict, OutcomeUnknown):
            continue


def load(worlds, name, cycle, notes):
    world = worlds.get(name)

    def work(thread):
        lots = random.Random(f"{cycle}-{thread}")
        number = 0
        while True:
            msgid = f"{cycle}-{thread}-{number}"
            notes(f"{msgid} {once(world, msgid, lots)}")
            number += lots.random() < 0.8  # every fifth is sent again

    for thread in range(THREADS):
        threading.Thread(target=work, args=(thread,)).start()


def turmoil(worlds, name, cycle, notes):
    """Worlds made, overwritten and removed, over and over."""
    lots = random.Random(cycle)
    lines = list(worlds.export(name))
    while True:
        other = f"other-{lots.randrange(3)}"
        world = worlds.ensure(other)
        with world.write() as tx:
            grant(tx, ANNA, 1)
        deed = lots.choice(["reset", "purge", "snapshot", "restore", "import", "delete"])
        if deed in ("reset", "purge", "delete"):
            getattr(worlds, deed)(other)
        elif deed == "import":
            worlds.import_(other, lines, overwrite=True)
        elif deed == "snapshot":
            worlds.snapshot(other, f"s{len(worlds.snapshots(other))}x{lots.randrange(10**6)}")
        elif worlds.snapshots(other):
            worlds.restore(other, lots.choice(sorted(worlds.snapshots(other))))
        notes(f"{deed} {other}")


def child(url, name, work, cycle, path):
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(handle, b"started\n")
    worlds = Worlds.open(url, seeder=TownSeeder(), handlers={})
    worlds.ensure(name)
    {"load": load, "turmoil": turmoil}[work](worlds, name, cycle, lambda line: os.write(handle, f"{line}\n".encode()))
    threading.Event().wait()


def main(url, name):
    print("ready", flush=True)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            child(url, name, *line.split())
        print(pid, flush=True)
        os.waitpid(pid, 0)
        print("dead", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
