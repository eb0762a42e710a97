"""A process with four threads that run the jobs of a place: `working.py URL PLACE`; prints the numbers of its jobs."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

from ground import ANNA, grant
from yibaobox.domain import jobs
from yibaobox.domain.store.places import open_places

url, place = sys.argv[1:]
places = open_places(url)
store = places.open(place)
handlers = {"pay": lambda tx, payload: grant(tx, ANNA, payload["fen"])}
print("ready", flush=True)
sys.stdin.readline()
with ThreadPoolExecutor(4) as pool:
    fired = [one.job_id for batch in pool.map(lambda _: jobs.run_due(store, handlers), range(4)) for one in batch]
print(json.dumps(fired))
places.close()
