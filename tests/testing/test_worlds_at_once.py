"""Many worlds from many threads leak nothing: no state of one is seen by another, nothing stays when they are gone."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from yibaobox.testing import mock_yibao, near


def files():
    """What this process has open that stands in a folder of its own, not in /dev and no pipe."""
    linked = (os.path.realpath(entry) for entry in Path("/proc/self/fd").iterdir())
    return sorted(path for path in linked if path.startswith("/") and not path.startswith(("/dev", "/proc")))


def one(number):
    with mock_yibao(seed=number) as box:
        amount = 1 + number
        person = box.people.create(account_fen=amount, name="测独有")
        usual = requests.get("http://127.0.0.1:8097/_sandbox/v1/people", timeout=5).json()["items"]
        own = requests.get(f"{box.url}/_sandbox/v1/people/{person['psn_no']}", timeout=5).json()
        rows = box.requests.all()
        return (
            [each["name"] for each in usual].count("测独有"),
            own["account_fen"] - amount,
            len(rows),
            box.audit()["violations"],
            box.world,
        )


def many(workers, each, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with mock_yibao():
        pass  # what is made once is made
    before, open_before = len(near.application().worlds.infos()), files()
    with ThreadPoolExecutor(workers) as pool:
        found = list(pool.map(one, range(workers * each)))
    assert {row[:4] for row in [(a, b, c, tuple(d)) for a, b, c, d, _ in found]} == {(1, 0, 3, ())}
    assert len({row[4] for row in found}) == workers * each
    assert len(near.application().worlds.infos()) == before
    assert files() == open_before
    assert list(tmp_path.iterdir()) == []
    assert [each for each in threading.enumerate() if each.name in ("courier", "jobs", "watch", "loopback")] == []


def test_eight_threads_leak_nothing(tmp_path, monkeypatch):
    many(8, 4, tmp_path, monkeypatch)


@pytest.mark.long
def test_eight_threads_times_two_hundred_worlds_leak_nothing(tmp_path, monkeypatch):
    many(8, 200, tmp_path, monkeypatch)
