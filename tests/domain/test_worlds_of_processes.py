import os
from pathlib import Path

import pytest

import making
from ground import ANNA, TownSeeder, finished, fresh, grant, opened, program
from yibaobox.domain.errors import WorldNotFound
from yibaobox.domain.store import OwnedElsewhere, PlaceGone, Worlds

MAKING = Path(making.__file__)


def start(url, name):
    process = program(MAKING, url, name)
    assert process.stdout.readline() == "ready\n"
    return process


def go(process):
    process.stdin.write("go\n")
    process.stdin.flush()


def test_of_processes_that_make_the_same_world_at_once_one_succeeds(fresh_postgres_url):
    name = fresh()
    running = [start(fresh_postgres_url, name) for _ in range(3)]
    for process in running:
        go(process)
    told = sorted(finished(process).strip() for process in running)

    assert told == sorted([name, "taken", "taken"])
    with opened(fresh_postgres_url) as worlds, worlds.get(name).write() as tx:
        assert grant(tx, ANNA, 1) == 1


def test_processes_see_each_other_s_worlds_come_and_go(postgres_url):
    with opened(postgres_url) as here, opened(postgres_url) as there:
        world = here.create()
        seen = there.get(world.name)
        with seen.write() as tx:
            grant(tx, ANNA, 1)
        key = world.info.keys["access_key"]
        assert there.by_credential(key) == world.name
        here.delete(world.name)

        with pytest.raises(PlaceGone), seen.write() as tx:
            grant(tx, ANNA, 1)
        with pytest.raises(PlaceGone), seen.read() as tx:
            tx.one("SELECT 1 FROM books")
        there.forget(world.name)
        with pytest.raises(WorldNotFound):
            there.get(world.name)
        assert there.by_credential(key) is None


def test_a_second_process_on_a_folder_is_refused_and_told_whose_it_is(tmp_path):
    url = f"sqlite:///{tmp_path}"
    with opened(url) as worlds:
        worlds.create("mine")
        told = finished(program(MAKING, url, "theirs"))

        assert told.startswith(f"owned by {os.getpid()}: ")
        assert f"process {os.getpid()}" in told
        assert [info.name for info in worlds.infos()] == ["mine"]
        with worlds.get("mine").write() as tx:
            assert grant(tx, ANNA, 1) == 1


def test_the_folder_of_a_process_that_was_killed_is_free(tmp_path):
    url = f"sqlite:///{tmp_path}"
    other = start(url, "theirs")
    with pytest.raises(OwnedElsewhere, match=rf"process {other.pid}"):
        Worlds.open(url, seeder=TownSeeder(), handlers={})
    go(other)
    assert other.stdout.readline() == "theirs\n"
    other.kill()
    other.communicate()

    with opened(url) as worlds, worlds.get("theirs").write() as tx:
        assert grant(tx, ANNA, 1) == 1


def test_a_folder_that_was_closed_is_free(tmp_path):
    url = f"sqlite:///{tmp_path}"
    for _ in range(2):
        with opened(url) as worlds:
            worlds.ensure("w")
