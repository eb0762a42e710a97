"""SQLite worlds and the disk: what is brought there when nobody writes, what is found when the machine went down."""

import os
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from ground import ANNA, TownSeeder, grant
from yibaobox.domain import ledger
from yibaobox.domain.store import Damaged, Worlds, ownership, sqlite
from yibaobox.domain.store.places import open_places


@pytest.fixture
def synced(monkeypatch):
    """The names of the files that were brought to the disk, but for the folder's owner."""
    names = []

    def fsync(handle, real=os.fsync):
        names.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        real(handle)

    monkeypatch.setattr(sqlite.os, "fsync", fsync)
    return names


@pytest.fixture
def place(tmp_path):
    places = open_places(f"sqlite:///{tmp_path}")
    yield places.create("w_town")
    places.close()


def opened(folder):
    return closing(Worlds.open(f"sqlite:///{folder}", seeder=TownSeeder(), handlers={}))


def level(store):
    return store.raw.execute("PRAGMA synchronous").fetchone()[0]


def write(store, fen):
    with store.write() as tx:
        grant(tx, ANNA, fen)


def test_nobody_waits_for_the_disk_and_what_was_written_comes_there_once_nobody_writes(place, synced, tmp_path):
    write(place, 700)
    assert synced == []

    assert [place.rest(), place.rest(), place.rest()] == [False, True, False]

    assert synced == ["w_town.db-wal", "w_town.db"]
    assert level(place) == 0
    copy = shutil.copy(tmp_path / "w_town.db", tmp_path / "alone.db")  # without its log
    alone = sqlite3.connect(copy)
    assert alone.execute("SELECT balance_fen FROM balances WHERE account = 'ACCT'").fetchall() == [(700,)]
    assert alone.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    alone.close()


def test_what_is_being_written_is_not_brought_to_the_disk_meanwhile(place, synced):
    for fen in (1, 2, 3):
        write(place, fen)
        assert not place.rest()
    with place.read() as tx:
        assert ledger.balances(tx, ANNA)["ACCT"] == 6

    assert place.rest()
    assert not place.rest()


def test_where_somebody_always_writes_it_is_brought_to_the_disk_all_the_same(place, synced):
    told = []
    for fen in range(1, 65):
        write(place, fen)
        told.append(place.rest())

    assert [number for number, done in enumerate(told, 1) if done] == [30, 60]
    assert synced == ["w_town.db-wal", "w_town.db"] * 2


def test_the_log_comes_to_the_disk_when_all_of_it_was_copied_back_in_passing(place, synced):
    with place.write() as tx:
        tx.run("INSERT INTO settings (name, value) VALUES ('long', ?)", "x" * (20 << 20))
    assert place.raw.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[2] > 4000

    place.rest()
    assert place.rest()

    assert synced == ["w_town.db-wal", "w_town.db"]


def test_a_disk_that_failed_once_is_not_believed_again(tmp_path, monkeypatch):
    with opened(tmp_path) as worlds:
        store = worlds.create("town").store
        write(store, 5)
        store.rest()
        with monkeypatch.context() as failing:
            failing.setattr(sqlite.os, "fsync", fails)
            with pytest.raises(OSError, match="no more"):
                store.rest()
        with pytest.raises(OSError, match="no more"):
            store.settle()

    assert (tmp_path / "owner.pid").read_text() == f"{os.getpid()} {ownership.this_boot()}"


def fails(_handle):
    raise OSError(5, "no more")


def test_what_is_only_read_needs_no_disk(place, synced):
    place.rest()
    assert place.rest()
    for _ in range(3):
        with place.read() as tx:
            assert ledger.balances(tx, ANNA) == {}
        assert not place.rest()


def test_a_world_that_is_claimed_is_left_alone(place):
    write(place, 1)
    place.rest()
    with place.read():
        assert not place.rest()

    assert place.rest()


# --- the log is copied back -------------------------------------------------------------------------------------------
def write_some(store, times=sqlite._WORTH_COPYING):
    for fen in range(1, times + 1):
        write(store, fen)


def left_in_the_log(store):
    """Return how many pages of the log are not in the file yet; asking copies them."""
    file = store.path.read_bytes()
    _, _, copied = store.raw.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return copied if store.path.read_bytes() != file else 0


def test_what_some_transactions_wrote_is_copied_back_without_the_disk_where_nobody_is_about(place, synced):
    place.settle()
    synced.clear()
    write_some(place, sqlite._WORTH_COPYING - 1)
    assert not place.copy_back()
    write(place, 100)

    assert place.copy_back()

    assert left_in_the_log(place) == 0
    assert not place.copy_back()
    assert synced == []
    assert not place.rest()
    assert place.rest()
    assert synced == ["w_town.db-wal", "w_town.db"]


def test_what_was_brought_to_the_disk_needs_no_copying(place):
    write_some(place)
    place.rest()
    assert place.rest()

    assert not place.copy_back()


def test_nothing_is_copied_back_while_another_has_the_place(place):
    write_some(place)
    with place.read(), ThreadPoolExecutor(1) as others:
        assert not others.submit(place.copy_back).result(timeout=20)
    assert left_in_the_log(place) > 0


def test_nothing_is_copied_back_while_something_waits_for_its_commit(place):
    write_some(place)
    assert place.claim()
    write(place, 100)

    assert not place.copy_back()

    assert place.release()
    assert place.copy_back()
    with place.read() as tx:
        assert ledger.balances(tx, ANNA)["ACCT"] == sum(range(1, sqlite._WORTH_COPYING + 1)) + 100


def test_a_copy_that_fails_is_left_to_the_next(place, monkeypatch):
    write_some(place)
    with monkeypatch.context() as failing:
        failing.setattr(place, "_copy_back", full)
        assert place.copy_back()
    with place.read() as tx:
        assert ledger.balances(tx, ANNA)["ACCT"] == sum(range(1, sqlite._WORTH_COPYING + 1))

    assert place.claim()
    assert place.release()
    assert left_in_the_log(place) > 0


def full():
    raise sqlite3.OperationalError("database or disk is full")


def test_a_durable_place_is_copied_back_by_its_commits_alone(tmp_path, synced):
    """It would wait for the disk."""
    places = open_places(f"sqlite:///{tmp_path}", durable=True)
    durable = places.create("w_town")
    write_some(durable)
    synced.clear()

    assert not durable.copy_back()
    assert left_in_the_log(durable) > 0
    places.close()


def test_what_is_in_memory_has_no_log():
    places = open_places("memory://")
    store = places.create("w_town")
    write_some(store)

    assert not store.copy_back()
    places.close()


def test_a_place_that_was_closed_is_left_alone(place):
    write_some(place)
    place.close()

    assert not place.copy_back()


def test_the_end_brings_everything_to_the_disk(tmp_path, synced):
    with opened(tmp_path) as worlds:
        with worlds.create("town").store.write() as tx:
            grant(tx, ANNA, 5)
        synced.clear()

    assert "w_town.db" in synced
    assert (tmp_path / "owner.pid").read_text() == ""


def test_durable_worlds_wait_for_the_disk_always(tmp_path):
    places = open_places(f"sqlite:///{tmp_path}", durable=True)
    store = places.create("w_town")
    write(store, 1)
    store.rest()
    assert store.rest()
    assert level(store) == 2
    places.close()


# --- the machine went down --------------------------------------------------------------------------------------------
def cut_off(folder, boot="another-run-of-the-machine"):
    """Leave the folder as an owner does whose machine goes down."""
    (folder / "owner.pid").write_text(f"4711 {boot}")


@pytest.fixture
def town(tmp_path):
    """A folder with a world of one account."""
    with opened(tmp_path) as worlds, worlds.create("town").store.write() as tx:
        grant(tx, ANNA, 5)
    return tmp_path


def balance(folder):
    with opened(folder) as worlds, worlds.get("town").store.read() as tx:
        return ledger.balances(tx, ANNA)["ACCT"]


def spoil(folder):
    """Overwrite a page in the middle of the world's file, as a disk does that had only some pages."""
    file = folder / "w_town.db"
    pages = bytearray(file.read_bytes())
    connection = sqlite3.connect(file)
    root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'balances'").fetchone()[0]
    connection.close()
    pages[(root - 1) * 4096 : root * 4096] = bytes(4096)
    file.write_bytes(pages)


def lose(folder):
    """Lose the row that others refer to, as a disk does that kept the older page of one table."""
    connection = sqlite3.connect(folder / "w_town.db")
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute("DELETE FROM postings")
    connection.commit()
    connection.close()


@pytest.mark.parametrize("damage", [spoil, lose])
@pytest.mark.parametrize("boot", ["another-run-of-the-machine", "unknown", ""])
def test_a_world_that_was_damaged_is_refused_at_each_start(town, damage, boot):
    damage(town)
    cut_off(town, boot)

    for _ in range(3):
        with pytest.raises(Damaged, match=r"w_town\.db was damaged when the machine went down"):
            balance(town)
        assert (town / "owner.pid").read_text() == f"{os.getpid()} {boot or 'unknown'}"


def test_a_file_that_cannot_be_opened_is_not_called_damaged(town):
    cut_off(town)
    (town / "w_other.db").mkdir()
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        balance(town)

    (town / "w_other.db").rmdir()
    assert balance(town) == 5


def test_a_world_that_was_not_damaged_goes_on(town):
    cut_off(town)

    assert balance(town) == 5
    assert (town / "owner.pid").read_text() == ""


def test_the_doubt_remains_when_the_next_owner_is_killed_before_it_has_looked(town, monkeypatch):
    cut_off(town)
    with monkeypatch.context() as killing, pytest.raises(KeyboardInterrupt):
        killing.setattr(sqlite.SqliteStore, "check", interrupted)
        balance(town)

    assert (town / "owner.pid").read_text() == f"{os.getpid()} another-run-of-the-machine"


def interrupted(_path):
    raise KeyboardInterrupt


def test_what_a_killed_process_left_is_whole_as_long_as_the_machine_runs(town, monkeypatch):
    cut_off(town, ownership.this_boot())
    monkeypatch.setattr(sqlite.SqliteStore, "check", interrupted)

    assert balance(town) == 5
