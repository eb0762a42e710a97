import json
from collections import Counter
from pathlib import Path

from ground import ANNA, NOON, finished, fresh, grant, program
from yibaobox.domain import clock, jobs, ledger
from yibaobox.domain.store.places import open_places

MINUTE = 60_000_000
WORKING = Path(__file__).with_name("working.py")
HANDLERS = {"pay": lambda tx, payload: grant(tx, ANNA, payload["fen"])}


def listed(store, count=1, due_us=NOON):
    with store.write() as tx:
        clock.put(tx, "frozen", NOON)
        return [jobs.enqueue(tx, "pay", {"fen": 1}, due_us=due_us) for _ in range(count)]


def test_four_threads_of_each_of_two_processes_run_each_job_once(pg, postgres_url):
    numbers = listed(pg, 120)
    workers = [program(WORKING, postgres_url, "w_empty") for _ in range(2)]
    for worker in workers:
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    fired = [json.loads(finished(worker)) for worker in workers]

    assert Counter(job_id for one in fired for job_id in one) == Counter(numbers)
    with pg.read() as tx:
        assert ledger.balance(tx, ANNA) == 120


def test_jobs_survive_the_end_of_the_process_that_listed_them(tmp_path):
    url, place = f"sqlite:///{tmp_path}", f"w_{fresh()}"
    places = open_places(url)
    listed(places.create(place), due_us=NOON + MINUTE)
    places.close()

    places = open_places(url)
    _, fired = jobs.advance(places.open(place), HANDLERS, "PT1M")
    places.close()
    assert [one.outcome for one in fired] == ["done"]
