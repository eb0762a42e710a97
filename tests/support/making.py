"""A process that makes a world when it is told to, and says how it went: `making.py URL WORLD`."""

import sys

from ground import TownSeeder
from yibaobox.domain.errors import AlreadyExists
from yibaobox.domain.store import OwnedElsewhere, Worlds

if __name__ == "__main__":
    url, name = sys.argv[1:]
    try:
        worlds = Worlds.open(url, seeder=TownSeeder(), handlers={})
    except OwnedElsewhere as refusal:
        print(f"owned by {refusal.pid}: {refusal}")
        sys.exit()
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        print(worlds.create(name).name, flush=True)
    except AlreadyExists:
        print("taken", flush=True)
    sys.stdin.readline()
    worlds.close()
