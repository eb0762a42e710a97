import hashlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.dialects import postgresql

import oracle
from ground import ANNA, BORIS, NOON, NOON_TEXT, TownSeeder, again, fresh, give, grant, opened, spend
from yibaobox.domain import clock, jobs, ledger, messages, outbox
from yibaobox.domain.errors import AlreadyExists, InvalidInput, SnapshotNotFound, WorldNotFound
from yibaobox.domain.store import PlaceGone, Worlds, WorldSpec, exchange, schema
from yibaobox.domain.store import worlds as worlds_module

TOWN = WorldSpec(7, (), population=5, at=NOON_TEXT)


def live(world):
    """A bit of everything that a world can hold."""
    with world.write() as tx:
        clock.put(tx, "frozen", NOON)
        txn_id = grant(tx, ANNA, 1000)
        messages.store_settled(tx, messages.Key("H", "2207", "m"), "f", '{"reply":"好"}', psn_no=ANNA, txn_id=txn_id)
        messages.store_tombstone(tx, messages.Key("H", "2207", "n"))
        ledger.reverse(tx, give(tx, ANNA, BORIS, 300))
        spend(tx, ANNA, 1, 备注="感冒")
        jobs.enqueue(tx, "pay", {"患者": 1}, due_us=NOON + 1, key="k")
        facts = {"url": "http://127.0.0.1/", "headers": {}, "body": "{}", "schedule": [1]}
        outbox.record(tx, outbox.stage(tx, topic="t", cause="c", **facts), accepted=True, status=200, error=None)
        tx.run("INSERT INTO settings (name, value) VALUES ('family_auto', '1'), ('B_b', '2'), ('a:a', '3')")


def held(world, psn_no=ANNA):
    with world.read() as tx:
        return ledger.balance(tx, psn_no)


def heads(world):
    with world.read() as tx:
        return tx.query("SELECT psn_no, length, head FROM books ORDER BY psn_no")


def exported(worlds, name):
    return list(worlds.export(name))


# --- create, list, delete ---------------------------------------------------------------------------------------------
def test_a_new_world_is_listed_and_found(worlds):
    name = fresh()
    world = worlds.create(name, TOWN, regions=["511700", "310000"])

    assert name in [info.name for info in worlds.infos()]
    assert worlds.get(name) == world
    assert world.info.spec == WorldSpec(7, ("310000", "511700"), 5, NOON_TEXT)
    with world.read() as tx:
        assert tx.now_us == NOON
        assert tx.one("SELECT count(*), sum(balance_fen) FROM balances") == (5, 50_000)


def test_the_names_are_those_of_the_worlds_there_are_now(worlds):
    name = fresh()
    for change, there in ((worlds.ensure, True), (worlds.ensure, True), (worlds.delete, False)):
        change(name)
        assert (name in worlds.names()) is there
        assert worlds.names() == [info.name for info in worlds.infos()]


def test_a_world_without_a_name_gets_one(worlds):
    assert worlds.create().name != worlds.create().name


def test_worlds_of_one_seed_are_equal_and_independent(worlds):
    one, other = worlds.create(fresh(), TOWN), worlds.create(fresh(), TOWN)
    assert heads(one) == heads(other) != []
    live(one)

    assert len(heads(one)) == len(heads(other)) + 2


@pytest.mark.parametrize(
    "name", ["", "-a", "a-", "A", "a b", "a/b", "..", "a" * 41, "ä", "a\n", "w'x", 'a"', None, 5, "a.db"]
)
def test_a_name_that_cannot_be_a_world_s_is_refused(worlds, name):
    before = worlds.infos()
    for attempt in (lambda: worlds.create(name or " "), lambda: worlds.import_(name or " ", [])):
        with pytest.raises(InvalidInput):
            attempt()

    assert worlds.infos() == before


def test_a_name_is_taken_once(worlds, world):
    live(world)
    with pytest.raises(AlreadyExists):
        worlds.create(world.name)

    assert held(world) == 999


def test_a_world_that_cannot_be_made_leaves_nothing(worlds):
    name = fresh()
    for spec in (WorldSpec(1, (), at="yesterday"), WorldSpec(1, (), population=-1, at="2025-11-20")):
        with pytest.raises(InvalidInput):
            worlds.create(name, spec)

    with pytest.raises(WorldNotFound):
        worlds.get(name)
    assert worlds.create(name).name == name


def test_a_deleted_world_is_not_found_and_its_transactions_say_that_it_is_gone(worlds):
    world = worlds.create(fresh())
    live(world)
    worlds.snapshot(world.name, "s")
    key = world.info.keys["access_key"]
    assert worlds.by_credential(key) == world.name
    worlds.delete(world.name)

    for attempt in (worlds.get, worlds.delete, worlds.reset, worlds.purge, worlds.snapshots, worlds.export):
        with pytest.raises(WorldNotFound):
            attempt(world.name)
    with pytest.raises(PlaceGone), world.read() as tx:
        tx.one("SELECT 1 FROM books")
    with pytest.raises(PlaceGone), world.write() as tx:
        grant(tx, ANNA, 1)
    assert worlds.by_credential(key) is None


def test_a_name_is_free_again_after_the_world_was_deleted(worlds):
    name = fresh()
    live(worlds.create(name))
    worlds.delete(name)

    assert held(worlds.create(name)) == 0


def test_ensure_makes_a_world_once(worlds):
    name = fresh()
    first = worlds.ensure(name)
    live(first)

    assert held(worlds.ensure(name)) == 999


def test_a_credential_chooses_its_world(worlds):
    one, other = worlds.create(), worlds.create()
    choosing = ("access_key", "paasid", "apikey", "mchid", "appid", "app_id", "partner_id")

    for world in (one, other):
        assert {worlds.by_credential(world.info.keys[name]) for name in choosing} == {world.name}
    for stranger in ("", "nobody", one.info.keys["secret_key"], "' OR 1=1 --", "%"):
        assert worlds.by_credential(stranger) is None


# --- reset, purge, snapshots ------------------------------------------------------------------------------------------
def test_reset_takes_a_world_back_to_its_seed(worlds):
    world = worlds.create(fresh(), TOWN)
    before = exported(worlds, world.name)
    live(world)
    worlds.reset(world.name)

    assert exported(worlds, world.name) == before
    live(world)
    assert held(world) == 999


def test_purge_leaves_institutions_and_nobody(worlds):
    world = worlds.create(fresh(), TOWN)
    live(world)
    worlds.purge(world.name)

    with world.read() as tx:
        counts = {name: tx.one(f"SELECT count(*) FROM {name}")[0] for name in ("books", "entries", "messages", "jobs")}
        assert counts == dict.fromkeys(counts, 0)
        assert tx.one("SELECT count(*) FROM institutions") == (1,)
        assert tx.now_us == NOON


def test_a_snapshot_is_restored_exactly_and_stays(worlds, world):
    live(world)
    worlds.snapshot(world.name, "s1")
    kept = exported(worlds, world.name)
    for _ in range(2):
        with world.write() as tx:
            spend(tx, ANNA, 500)
        worlds.restore(world.name, "s1")
        assert exported(worlds, world.name) == kept


def test_numbers_go_on_from_the_snapshot_that_was_restored(worlds, world):
    live(world)
    worlds.snapshot(world.name, "s1")
    worlds.restore(world.name, "s1")
    with world.write() as tx:
        assert grant(tx, ANNA, 1) > max(
            row[0] for row in tx.query("SELECT txn_id FROM postings WHERE psn_no = ?", BORIS)
        )


def test_snapshots_are_listed_named_once_and_deleted(worlds, world):
    created = worlds.snapshot(world.name, "s1")
    with pytest.raises(AlreadyExists):
        worlds.snapshot(world.name, "s1")
    assert worlds.snapshots(world.name) == {"s1": created}
    worlds.delete_snapshot(world.name, "s1")

    assert worlds.snapshots(world.name) == {}
    for attempt in (worlds.restore, worlds.delete_snapshot):
        with pytest.raises(SnapshotNotFound):
            attempt(world.name, "s1")
    for name in ("current", "", "A"):
        with pytest.raises(InvalidInput):
            worlds.snapshot(world.name, name)


def test_snapshots_of_one_world_are_no_snapshots_of_another(worlds, world):
    worlds.snapshot(world.name, "s1")

    with pytest.raises(SnapshotNotFound):
        worlds.restore(worlds.create().name, "s1")


def test_diff_names_the_rows_that_were_added_changed_and_removed(worlds, world):
    live(world)
    worlds.snapshot(world.name, "before")
    assert worlds.diff(world.name, "before", "current") == {"equal": True, "tables": {}}
    with world.write() as tx:
        spend(tx, ANNA, 9)
        tx.run("DELETE FROM settings WHERE name = 'family_auto'")
    worlds.snapshot(world.name, "after")

    found = worlds.diff(world.name, "before", "after")
    counts = {table: {kind: one["count"] for kind, one in kinds.items()} for table, kinds in found["tables"].items()}
    assert not found["equal"]
    assert counts == {
        "balances": {"added": 0, "removed": 0, "changed": 1},
        "books": {"added": 0, "removed": 0, "changed": 1},
        "entries": {"added": 2, "removed": 0, "changed": 0},
        "postings": {"added": 1, "removed": 0, "changed": 0},
        "settings": {"added": 0, "removed": 1, "changed": 0},
    }
    (change,) = found["tables"]["balances"]["changed"]["rows"]
    assert (change["before"]["balance_fen"], change["after"]["balance_fen"]) == (999, 990)


def test_a_world_is_reset_while_others_write_to_it(worlds):
    world = worlds.create(fresh(), TOWN)
    stop = threading.Event()

    def stir():
        count = 0
        while not stop.is_set():
            write_one(world)  # no Conflict: a reset waits at the gate
            count += 1
        return count

    with ThreadPoolExecutor(3) as pool:
        stirring = [pool.submit(stir) for _ in range(3)]
        try:
            for _ in range(4):
                worlds.reset(world.name)
        finally:
            stop.set()
        assert sum(one.result() for one in stirring) > 0


def test_a_reader_never_sees_a_world_half_reset(worlds):
    world = worlds.create(fresh(), TOWN)
    stop = threading.Event()

    def look():
        looks = 0
        while not stop.is_set():
            with world.read() as tx:
                seen = [
                    tx.one(f"SELECT count(*) FROM {name}") for name in ("institutions", "clock", "books", "postings")
                ]
                assert seen == [(1,), (1,), (5,), (5,)]
            looks += 1
        return looks

    with ThreadPoolExecutor(4) as pool:
        looking = [pool.submit(look) for _ in range(4)]
        try:
            for _ in range(6):
                worlds.reset(world.name)
        finally:
            stop.set()
        assert min(one.result() for one in looking) > 0


def write_one(world):
    with world.write() as tx:
        grant(tx, ANNA, 1)


# --- apart ------------------------------------------------------------------------------------------------------------
def test_eight_users_of_eight_worlds_never_see_each_other(worlds):
    made = [worlds.create(fresh(), WorldSpec(number, (), population=2)) for number in range(8)]
    start = threading.Barrier(8)

    def use(number):
        world = worlds.get(made[number].name)
        start.wait(20)
        for _ in range(12):
            again(lambda: write_one(world))
            with world.write() as tx:
                tx.run("INSERT INTO settings (name, value) VALUES (?, ?)", str(tx.next_number("event")), str(number))
            with world.read() as tx:
                assert {row[0] for row in tx.query("SELECT value FROM settings")} == {str(number)}
                strangers = "SELECT count(*) FROM books WHERE psn_no NOT LIKE ? AND psn_no <> ?"
                assert tx.one(strangers, f"511700{number:04d}%", ANNA) == (0,)
        return held(world), len(heads(world))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(use, range(8))) == [(12, 3)] * 8


def test_more_users_than_connections_make_worlds_at_once(worlds):
    names = [fresh() for _ in range(20)]
    with ThreadPoolExecutor(20) as pool:
        made = list(pool.map(worlds.create, names))

    assert [world.name for world in made] == names


def test_of_many_who_make_the_same_world_at_once_one_succeeds(worlds):
    name, start = fresh(), threading.Barrier(6)

    def make(_):
        start.wait(10)
        try:
            worlds.create(name)
        except AlreadyExists:
            return 0
        return 1

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(make, range(6))) == 1


def test_a_world_deleted_while_it_is_used_is_gone_for_everybody(worlds):
    world = worlds.create(fresh())
    stop = threading.Event()

    def use(_):
        while not stop.is_set():
            try:
                again(lambda: write_one(worlds.get(world.name)))
            except (PlaceGone, WorldNotFound):
                worlds.forget(world.name)
                return True
        return False

    with ThreadPoolExecutor(4) as pool:
        using = [pool.submit(use, number) for number in range(4)]
        worlds.delete(world.name)
        threading.Timer(10, stop.set).start()
        assert all(one.result() for one in using)
        stop.set()
    with pytest.raises(WorldNotFound):
        worlds.get(world.name)


# --- export, import ---------------------------------------------------------------------------------------------------
def test_an_imported_world_exports_the_same_bytes(worlds, world):
    live(world)
    lines = exported(worlds, world.name)
    copy = worlds.import_(fresh(), lines)

    assert exported(worlds, copy.name) == lines
    assert heads(copy) == heads(world)
    assert copy.info.keys["access_key"] != world.info.keys["access_key"]
    with copy.write() as tx:
        assert grant(tx, ANNA, 1) > 4


def test_a_world_goes_to_the_other_database_and_back_byte_by_byte(worlds, world, tmp_path):
    live(world)
    lines = exported(worlds, world.name)
    with opened(f"sqlite:///{tmp_path / 'elsewhere'}") as elsewhere:
        elsewhere.import_("there", lines)
        there = exported(elsewhere, "there")
    back = worlds.import_(fresh(), there)

    assert there == lines == exported(worlds, back.name)


def test_importing_over_a_world_replaces_it_whole(worlds, world):
    live(world)
    lines = exported(worlds, world.name)
    other = worlds.create(fresh(), TOWN)
    with pytest.raises(AlreadyExists):
        worlds.import_(other.name, lines)
    worlds.import_(other.name, lines, overwrite=True)

    assert exported(worlds, other.name) == lines
    assert worlds.get(other.name).info.keys == other.info.keys
    worlds.reset(other.name)
    assert heads(worlds.get(other.name)) == []


def test_the_journal_stays_behind(worlds, world):
    assert not any(b'"table":"requests"' in line for line in exported(worlds, world.name))


def test_an_export_that_nobody_reads_to_the_end_blocks_nobody(worlds, world):
    live(world)
    lines = worlds.export(world.name)
    next(lines)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(write_one, world).result(timeout=5)
    lines.close()


def sealed(lines):
    """The lines with a checksum of their own, as a careful forger would write them."""
    body = lines[:-1]
    digest = hashlib.sha256(b"".join(body)).hexdigest()
    return [*body, json.dumps({"end": len(body), "sha256": digest}).encode() + b"\n"]


def changed(lines, mark, change):
    """The lines with one object changed, and sealed again."""
    found = next(number for number, line in enumerate(lines) if mark in line)
    value = json.loads(lines[found])
    change(value)
    return sealed([*lines[:found], json.dumps(value, ensure_ascii=False).encode() + b"\n", *lines[found + 1 :]])


def setter(*path_and_value):
    *path, last, value = path_and_value

    def change(line):
        for step in path:
            line = line[step]
        line[last] = value

    return change


def added(lines, line):
    """The lines with one more, and sealed again."""
    return sealed([*lines[:-2], line, *lines[-2:]])


def respecified(lines, name, value):
    """The lines with another spec, and sealed again."""
    return changed(lines, b"yibaobox-world", setter("spec", name, value))


BROKEN = {
    "nothing": lambda lines: [],
    "an empty line": lambda lines: [b"\n"],
    "no end": lambda lines: lines[:-1],
    "cut in the middle": lambda lines: lines[: len(lines) // 2],
    "cut in a line": lambda lines: [*lines[:3], lines[3][:20]],
    "a line too few": lambda lines: [*lines[:3], *lines[4:]],
    "a line twice": lambda lines: [*lines[:3], lines[2], *lines[3:]],
    "two lines exchanged": lambda lines: [lines[0], lines[2], lines[1], *lines[3:]],
    "an altered byte": lambda lines: [*lines[:5], lines[5].replace(b"e", b"f", 1), *lines[6:]],
    "something after the end": lambda lines: [*lines, b'{"table":"settings","row":{}}\n'],
    "no JSON": lambda lines: sealed([*lines[:3], b"{]\n", *lines[3:]]),
    "no object": lambda lines: sealed([*lines[:3], b"[1]\n", *lines[3:]]),
    "no UTF-8": lambda lines: sealed([*lines[:3], b'{"a":"\xff"}\n', *lines[3:]]),
    "too deep": lambda lines: sealed([*lines[:3], b"[" * 100_000 + b"\n", *lines[3:]]),
    "a foreign format": lambda lines: changed(lines, b"yibaobox-world", setter("format", "other-world")),
    "a newer version": lambda lines: changed(lines, b"yibaobox-world", setter("version", 2)),
    "a newer schema": lambda lines: changed(lines, b"yibaobox-world", setter("schema", "w9999")),
    "no schema": lambda lines: changed(lines, b"yibaobox-world", setter("schema", None)),
    "no spec": lambda lines: changed(lines, b"yibaobox-world", lambda line: line.pop("spec")),
    "a seed that is none": lambda lines: respecified(lines, "seed", "x"),
    "a seed too large": lambda lines: respecified(lines, "seed", 2**63),
    "regions that are none": lambda lines: respecified(lines, "regions", "511700"),
    "a population that is none": lambda lines: respecified(lines, "population", {"a": 1}),
    "an instant that is none": lambda lines: respecified(lines, "at", "yesterday"),
    "a changed balance": lambda lines: changed(lines, b'"expect":"balances"', setter("rows", 0, 2, 10**9)),
    "a changed amount": lambda lines: changed(lines, b'"posting"', setter("entries", 0, 2, 10**9)),
    "a changed amount on both sides": lambda lines: changed(
        lines, b'"posting"', lambda line: [entry.__setitem__(2, entry[2] * 2) for entry in line["entries"]]
    ),
    "half a fen": lambda lines: changed(lines, b'"posting"', setter("entries", 0, 2, 999.5)),
    "money as text": lambda lines: changed(lines, b'"posting"', setter("entries", 0, 2, "1000")),
    "an amount that fits nowhere": lambda lines: changed(lines, b'"posting"', setter("entries", 0, 2, 2**70)),
    "no entries": lambda lines: changed(lines, b'"posting"', setter("entries", [])),
    "entries that are none": lambda lines: changed(lines, b'"posting"', setter("entries", 7)),
    "a changed hash": lambda lines: changed(lines, b'"posting"', setter("posting", "hash", "0" * 64)),
    "a changed place": lambda lines: changed(lines, b'"posting"', setter("posting", "place", 2)),
    "a posting missing": lambda lines: sealed([line for line in lines if b'"txn_id":1,' not in line[:60]]),
    "an unknown table": lambda lines: changed(lines, b'"table":"settings"', setter("table", "secrets")),
    "a table of the database": lambda lines: changed(lines, b'"table":"settings"', setter("table", "alembic_version")),
    "a book by the back door": lambda lines: changed(lines, b'"table":"settings"', setter("table", "balances")),
    "an unknown column": lambda lines: changed(lines, b'"table":"settings"', setter("row", "evil", 1)),
    "SQL for a column": lambda lines: changed(lines, b'"table":"settings"', setter("row", "value) --", 1)),
    "a column too few": lambda lines: changed(lines, b'"table":"settings"', lambda line: line["row"].pop("value")),
    "a value that is none": lambda lines: changed(lines, b'"table":"settings"', setter("row", "value", None)),
    "a value of another kind": lambda lines: changed(lines, b'"table":"settings"', setter("row", "value", {"a": 1})),
    "text where a number belongs": lambda lines: changed(lines, b'"table":"jobs"', setter("row", "due_us", "soon")),
    "a fraction where a number belongs": lambda lines: changed(lines, b'"table":"jobs"', setter("row", "due_us", 1.5)),
    "a truth where a number belongs": lambda lines: changed(lines, b'"table":"jobs"', setter("row", "due_us", True)),
    "a number where text belongs": lambda lines: changed(lines, b'"table":"jobs"', setter("row", "kind", 5)),
    "NaN": lambda lines: changed(lines, b'"table":"jobs"', setter("row", "due_us", float("nan"))),
    "half a character": lambda lines: added(lines, b'{"table":"settings","row":{"name":"\\ud800","value":"x"}}\n'),
    "a state that is none": lambda lines: changed(lines, b'"table":"jobs"', setter("row", "state", "lost")),
    "a row twice": lambda lines: added(lines, next(line for line in lines if b'"settings"' in line)),
    "a line of another kind": lambda lines: added(lines, b'{"what":1}\n'),
    "an unknown sequence": lambda lines: changed(lines, b'"sequences"', setter("sequences", "evil", 1)),
    "a sequence below zero": lambda lines: changed(lines, b'"sequences"', setter("sequences", "txn", -1)),
    "numbers given again": lambda lines: changed(lines, b'"sequences"', setter("sequences", "txn", 1)),
    "an expectation of another table": lambda lines: changed(lines, b'"expect":"books"', setter("expect", "settings")),
}  # fmt: skip


def vet(tx):
    if oracle.violations(tx):
        raise InvalidInput("the books are out of order")


@pytest.fixture(scope="module")
def good_lines():
    with opened("memory://") as made:
        world = made.create("good")
        live(world)
        return exported(made, "good")


@pytest.fixture(scope="module")
def target(request, every_places):
    """Worlds of each kind that refuse file after file."""
    made = {}

    def of(kind):
        if kind not in made:
            url = {
                "memory": lambda: "memory://",
                "file": lambda: f"sqlite:///{request.getfixturevalue('tmp_path_factory').mktemp('t')}",
            }
            address = url[kind]() if kind in url else request.getfixturevalue("postgres_url")
            made[kind] = Worlds.open(address, seeder=TownSeeder(), handlers={})
        return made[kind]

    yield of
    for worlds in made.values():
        worlds.close()


# What the database itself refuses, or would take in its own way.
TO_THE_DATABASE = (
    "no end", "a newer schema", "a changed balance", "a changed hash", "half a fen", "an amount that fits nowhere",
    "text where a number belongs", "a value that is none", "half a character", "a state that is none", "a row twice",
)  # fmt: skip


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_file_is_refused_and_changes_nothing(target, good_lines, broken):
    refuses(target("memory"), BROKEN[broken](good_lines))


@pytest.mark.parametrize("broken", TO_THE_DATABASE)
@pytest.mark.parametrize("kind", ["file", "postgresql"], indirect=True)
def test_a_broken_file_is_refused_and_changes_nothing_on_disk(target, kind, good_lines, broken):
    refuses(target(kind), BROKEN[broken](good_lines))


def refuses(worlds, lines):
    standing = worlds.ensure("standing")
    with standing.write() as tx:
        grant(tx, ANNA, 5)
    before, infos, places = exported(worlds, "standing"), worlds.infos(), there(worlds)
    for attempt in (
        lambda: worlds.import_("imported", lines, vet=vet),
        lambda: worlds.import_("standing", lines, overwrite=True, vet=vet),
    ):
        with pytest.raises(InvalidInput):
            attempt()

    assert worlds.infos() == infos
    assert exported(worlds, "standing") == before
    assert there(worlds) == places


def there(worlds):
    """The names of all places, half-made ones included."""
    places = worlds._places
    if hasattr(places, "_folder"):
        return sorted(path.name for path in places._folder.glob("*.db*") if not path.name.endswith(("-wal", "-shm")))
    if hasattr(places, "_stores"):
        return sorted(places._stores)
    with places._engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT nspname FROM pg_namespace WHERE left(nspname, 2) <> 'pg' ORDER BY 1")
        return [row[0] for row in rows]


def test_what_is_good_is_imported_where_the_broken_was_refused(target, kind, good_lines):
    worlds = target(kind)
    name = fresh()
    worlds.import_(name, good_lines, vet=vet)

    assert exported(worlds, name) == good_lines
    worlds.delete(name)


def test_an_export_sorts_by_bytes_whatever_the_language_of_the_server():
    ordered = exchange._ordered(schema.world.tables["settings"], "postgresql")

    assert str(ordered.compile(dialect=postgresql.dialect())).endswith('ORDER BY settings.name COLLATE "C"')


def test_the_clock_of_an_imported_world_goes_on(worlds, world):
    with world.write() as tx:
        clock.put(tx, "offset", NOON)
    copy = worlds.import_(fresh(), exported(worlds, world.name))
    with copy.read() as tx:
        assert timedelta() <= tx.now - clock.from_us(NOON) < timedelta(minutes=5)


def test_names_of_worlds_have_an_upper_bound():
    assert worlds_module.checked_name("a" * 40) == "a" * 40


# --- templates --------------------------------------------------------------------------------------------------------
def template_places(worlds):
    with worlds.registry.store.read() as tx:
        return worlds.registry.unused_templates(tx, 0)


def made_and_left(worlds, seed):
    """Make a world of a template of its own and delete it; return the template's place."""
    name = worlds.create(fresh(), replace(TOWN, seed=seed)).name
    worlds.delete(name)
    return template_places(worlds)[0]


def test_templates_longest_unused_make_room_for_others(worlds, monkeypatch):
    places = worlds._places
    monkeypatch.setattr(type(places), "templates_max", 3)
    first, _, third = (made_and_left(worlds, seed) for seed in (900, 901, 902))
    assert made_and_left(worlds, 900) == first, "one that is there is used again"
    made_and_left(worlds, 903)

    kept = template_places(worlds)
    assert len(kept) <= 3
    assert first in kept
    assert all(places.has(place) for place in kept)
    assert not any(places.has(place) for place in {third} - set(kept))


def test_a_template_whose_place_is_gone_is_built_anew(worlds):
    name = worlds.create(fresh(), replace(TOWN, seed=910)).name
    worlds._places.drop(template_places(worlds)[0])

    worlds.reset(name)
    assert heads(worlds.create(fresh(), replace(TOWN, seed=910))) == heads(worlds.get(name))


def test_a_folder_holds_no_more_templates_than_the_registry(tmp_path):
    with opened(f"sqlite:///{tmp_path}/worlds") as worlds:
        for seed in range(20):
            made_and_left(worlds, seed)
        files = {path.stem for path in (tmp_path / "worlds").glob("t_*.db")}
        assert files == set(template_places(worlds))
        assert len(files) == 16
