"""A process that pays from the first line it is sent: `paying.py URL WORLD SEED SECONDS`.

It prints a line for each transfer that was committed.

A transfer moves money between two of the eight holders through FAMILY and stores a message under its own number in the
same transaction, so a number that was printed must be found with its effect, whenever the process was killed.
"""

import random
import sys
import time

from ground import TownSeeder, again
from yibaobox.domain import ledger, messages
from yibaobox.domain.errors import InsufficientBalance
from yibaobox.domain.store import Worlds

INSTITUTION = "H51170000001"


def transfer(world, holders, chance, number):
    """Move a few fen from one holder to another; nothing when the giver has not enough."""
    giver, taker = chance.sample(holders, 2)
    fen = chance.randint(1, 500)
    lines = [ledger.Entry(giver, "ACCT", -fen), ledger.Entry(giver, "FAMILY", fen)]
    lines += [ledger.Entry(taker, "FAMILY", -fen), ledger.Entry(taker, "ACCT", fen)]

    def once():
        try:
            with world.write() as tx:
                txn_id = ledger.post(tx, "family", lines)
                key = messages.Key(INSTITUTION, "2201", number)
                messages.store_settled(tx, key, number, f"reply {number}", psn_no=giver, txn_id=txn_id)
        except InsufficientBalance:
            return False
        return True

    return again(once)


def main(url, name, seed, seconds):
    """Transfer until the time is over or the process is killed."""
    worlds = Worlds.open(url, seeder=TownSeeder(), handlers={})
    world = worlds.get(name)
    with world.read() as tx:
        holders = [row[0] for row in tx.query("SELECT psn_no FROM books ORDER BY psn_no")]
    print("ready", flush=True)
    # Lines printed now would be read along with this one, into a buffer that Popen.communicate forgets.
    sys.stdin.readline()
    chance, ends, count = random.Random(seed), time.monotonic() + float(seconds), 0
    while time.monotonic() < ends:
        count += 1
        number = f"{seed}-{count}"
        if transfer(world, holders, chance, number):
            print(number, flush=True)
    worlds.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
