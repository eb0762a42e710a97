"""A template on PostgreSQL that is asked for again has spares; a world made of one is like any other."""

import time

import pytest

from ground import fresh, opened
from yibaobox.domain.store.spares import SPARES


@pytest.fixture
def kept(fresh_postgres_url):
    with opened(fresh_postgres_url) as worlds:
        yield worlds


def spares(worlds):
    with worlds.registry.store.read() as tx:
        return [row[0] for row in tx.query("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, 'p_')")]


def filled(worlds):
    for _ in range(1200):
        if len(spares(worlds)) == SPARES and not worlds._places._spares._filler.is_alive():
            return
        time.sleep(0.05)
    raise AssertionError(spares(worlds))


def test_a_template_asked_for_twice_has_spares_and_a_world_of_one_is_like_the_first(kept):
    first = kept.create(fresh())
    assert spares(kept) == []
    kept.create(fresh())
    filled(kept)
    before = set(spares(kept))

    made = kept.create(fresh())

    assert len(before - set(spares(kept))) == 1
    kept.snapshot(made.name, "new")
    assert kept.diff(made.name, "new", "current")["equal"]
    with made.write() as tx:
        tx.run("UPDATE clock SET mode = 'frozen', frozen_us = 1")
    kept.reset(made.name)
    with made.read() as tx, first.read() as other:
        table = "SELECT * FROM clock"
        assert tx.query(table) == other.query(table)
    filled(kept)


def test_a_template_asked_for_once_has_none(kept):
    kept.create(fresh())
    kept.close()

    assert kept._places._spares._filler is None


def test_a_reset_mends_what_was_changed_removed_and_added(kept):
    made = kept.create(fresh(), regions=["510400"])
    kept.snapshot(made.name, "new")
    with made.write() as tx:
        changed = tx.run("UPDATE institutions SET auth = 'csb'")
        added = tx.run(
            "INSERT INTO institutions (code, name, region, level, kind, auth)"
            " SELECT 'H51170000009', name, region, level, kind, auth FROM institutions"
        )
        removed = tx.run("DELETE FROM clock")
        numbers = [tx.next_number("number") for _ in range(3)]
    assert (changed, added, removed, len(set(numbers))) == (1, 1, 1, 3)
    assert not kept.diff(made.name, "new", "current")["equal"]

    kept.reset(made.name)

    assert kept.diff(made.name, "new", "current")["equal"]
    with made.write() as tx:
        assert tx.next_number("number") == numbers[0]
