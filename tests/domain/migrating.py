"""A process that brings a place to the newest schema: `migrating.py URL PLACE count | die STATEMENT`."""

import json
import os
import signal
import sys
from collections import Counter

from alembic import command
from sqlalchemy import Engine, event

from yibaobox.domain.store.places import open_places

url, place, mode, *rest = sys.argv[1:]
calls: Counter[str] = Counter()


def counted(config, revision):
    calls["registry" if config.get_main_option("version_locations").endswith("registry") else "world"] += 1
    plain(config, revision)


plain, command.upgrade = command.upgrade, counted


def die_at(number):
    seen = 0

    @event.listens_for(Engine, "before_cursor_execute")
    def _watch(_connection, _cursor, statement, *_):
        nonlocal seen
        seen += statement.lstrip().startswith(("CREATE", "ALTER"))
        if seen == number or (number < 0 and statement == "COMMIT"):
            os.kill(os.getpid(), signal.SIGKILL)


print("ready", flush=True)
sys.stdin.readline()
places = open_places(url)
if mode == "die":
    die_at(int(rest[0]))
    places.open(place)
else:
    places._make_schema(place)
    places.open(place)
print(json.dumps({"registry": calls["registry"], "world": calls["world"]}))
places.close()
