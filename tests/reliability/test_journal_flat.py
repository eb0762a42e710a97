"""The journal does not grow: not in memory, not on disk, however many requests there were."""

import json
import os

import psutil
import pytest

from ground import BareSeeder
from yibaobox.domain import journal as ring
from yibaobox.domain.store import Worlds
from yibaobox.edge.journal import BATCH, Body, Entry, Journal

FEW, MANY = 50_000, 1_000_000
PAGES_GROWTH_MAX = 1.25
DISK_MAX = 32 << 20  # the ring, and the log before it, which is emptied at 16 MiB
MEMORY_GROWTH_MAX = 48 << 20


@pytest.fixture
def world(tmp_path):
    worlds = Worlds.open(f"sqlite:///{tmp_path}", seeder=BareSeeder(), handlers={})
    yield worlds.create("default")
    worlds.close()


def entry(world, number):
    asked = json.dumps({"infno": "1101", "msgid": f"m{number}", "input": {"data": {"psn_no": "5" * 20}}}).encode()
    return Entry(
        world=world,
        rec_at_us=number,
        trace=f"{number:016x}",
        op="1101",
        method="POST",
        path="/fsi/api/1101",
        query="",
        headers={"CONTENT_TYPE": "application/json"},
        request=Body.of(asked, "application/json"),
        status=200,
        code=None,
        duration_us=900,
        reply=Body.of(b'{"infcode":0,"output":{}}', "application/json"),
    )


def fill(world, journal, numbers):
    for number in numbers:
        journal.add(entry(world, number))
    journal.flush()


def measured(world, folder):
    with world.read() as tx:
        rows, pages = tx.one("SELECT count(*) FROM requests")[0], tx.one("PRAGMA page_count")[0]
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return rows, pages, size, psutil.Process(os.getpid()).memory_info().rss


@pytest.mark.parametrize("count", [FEW, pytest.param(MANY, marks=pytest.mark.long)])
def test_memory_and_disk_stay_flat(world, tmp_path, count):
    journal = Journal(ticking=False)
    settled = ring.ROWS_MAX + 10 * BATCH  # from here on one falls out for each that comes in
    fill(world, journal, range(settled))
    rows, pages, _, memory = measured(world, tmp_path)

    fill(world, journal, range(settled, count))

    assert rows == ring.ROWS_MAX
    later = measured(world, tmp_path)
    assert later[0] == rows
    assert later[1] <= pages * PAGES_GROWTH_MAX
    assert later[2] <= DISK_MAX
    assert later[3] <= memory + MEMORY_GROWTH_MAX
