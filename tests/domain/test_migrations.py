import json
import signal
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

import oracle
from ground import ANNA, BORIS, TownSeeder, finished, fresh, give, grant, program
from yibaobox.domain import clock, jobs, ledger, messages, outbox
from yibaobox.domain.store import DatabaseNewer, Worlds, migrate, schema, upgrade
from yibaobox.domain.store.places import open_places

MIGRATING = Path(__file__).with_name("migrating.py")
BRANCHES = {"world": schema.world, "registry": schema.registry}
ASIDE = {"sequences", "alembic_version"}  # SQLite's counters, and Alembic's own


def differences(store, metadata):
    def ours(_object, name, kind, _reflected, _compare_to):
        return not (kind == "table" and name in ASIDE)

    with store.core() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_type": True})
        found = compare_metadata(context, metadata)
        connection.rollback()
    return found


def revision(store):
    with store.core() as connection:
        found = upgrade.current(connection)
        connection.rollback()
    return found


def tables(store):
    with store.core() as connection:
        if connection.dialect.name == "sqlite":
            rows = connection.execute(text("SELECT name FROM sqlite_master WHERE type IN ('table', 'trigger')")).all()
        else:
            place = {"place": store.schema}
            rows = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = :place"), place).all()
            functions = "SELECT proname FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname = :place"
            rows += connection.execute(text(functions), place).all()
            rows += connection.execute(text("SELECT sequencename FROM pg_sequences WHERE schemaname = :place"), place)
        connection.rollback()
    return {row[0] for row in rows}


def furnish(store):
    """A few rows of everything that the first revision knows."""
    with store.write() as tx:
        clock.put(tx, "frozen", 1_763_611_200_000_000)
        first = grant(tx, ANNA, 1000)
        give(tx, ANNA, BORIS, 300)
        ledger.reverse(tx, grant(tx, BORIS, 5))
        messages.store_settled(tx, messages.Key("H", "2207", "m"), "f", "{}", psn_no=ANNA, txn_id=first)
        jobs.enqueue(tx, "noop", {"患者": 1}, key="k")
        facts = {"url": "http://127.0.0.1/", "headers": {}, "body": "{}", "schedule": [1]}
        event_id = outbox.stage(tx, topic="t", cause="c", **facts)
        # By hand: the domain of today records in columns that the first revision lacks.
        tx.run("INSERT INTO deliveries VALUES (?, 1, 200, 1, NULL, 5, 6)", event_id)
        tx.run("UPDATE outbox SET state = 'delivered', attempts = 1 WHERE event_id = ?", event_id)


# Columns of the first revision, of tables that have more now.
FIRST = {"outbox": "event_id, topic, version, cause, url, headers, body, schedule, state, attempts, due_us, created_us"}


def contents(store):
    """Every row of the first revision's tables."""
    names = ["books", "postings", "entries", "balances", "messages", "jobs", "outbox", "deliveries", "clock"]
    with store.read() as tx:
        assert oracle.violations(tx) == []
        return {name: sorted(tx.query(f"SELECT {FIRST.get(name, '*')} FROM {name}"), key=repr) for name in names}


@pytest.mark.parametrize("branch", BRANCHES)
def test_the_migrations_make_what_the_metadata_says(places, place, branch):
    store = places.open(place) if branch == "world" else places.registry()

    assert differences(store, BRANCHES[branch]) == []


@pytest.mark.parametrize("branch", BRANCHES)
def test_a_branch_has_one_head_and_its_files_are_named_after_their_revisions(branch):
    script = ScriptDirectory.from_config(upgrade.config(branch))
    assert script.get_heads() == [migrate.head(branch)]
    assert all(migrate.knows(branch, each.revision) for each in script.walk_revisions())


def test_a_world_goes_down_to_nothing_and_up_again(places, place):
    store = places.open(place)
    before = tables(store)
    migrate.downgrade(store, "world", "base")
    assert tables(store) <= {"alembic_version"}
    migrate.upgrade(store, "world")

    assert tables(store) == before
    assert differences(store, schema.world) == []


def test_data_survive_the_way_down_to_the_first_revision_and_up_again(store):
    furnish(store)
    before = contents(store)
    migrate.downgrade(store, "world", "w0001")
    assert contents(store) == before
    migrate.upgrade(store, "world")

    assert contents(store) == before
    with store.write() as tx:
        assert grant(tx, ANNA, 1) > 3
    with pytest.raises(Exception, match=r"append-only"), store.write() as tx:
        tx.run("DELETE FROM entries")


def test_upgrading_twice_does_nothing(store):
    before = tables(store)
    migrate.upgrade(store, "world")

    assert (tables(store), revision(store)) == (before, migrate.head("world"))


@pytest.mark.parametrize("branch", BRANCHES)
def test_a_newer_database_is_refused_and_not_touched(places, place, branch):
    store = places.open(place) if branch == "world" else places.registry()
    newest = migrate.head(branch)
    stamp(store, "w9999")
    before = tables(store)
    try:
        with pytest.raises(DatabaseNewer, match=rf"w9999.*{newest}"):
            migrate.upgrade(store, branch)
        assert (tables(store), revision(store)) == (before, "w9999")
    finally:
        stamp(store, newest)


def stamp(store, version):
    with store.write() as tx:
        assert tx.run("UPDATE alembic_version SET version_num = ?", version) == 1


def test_a_folder_of_a_newer_program_is_refused_and_stays_as_it_is_byte_by_byte(tmp_path):
    places = open_places(f"sqlite:///{tmp_path}")
    stamp(places.registry(), "r9999")
    places.close()
    before = (tmp_path / "yibaobox.db").read_bytes()

    for _ in range(2):
        with pytest.raises(DatabaseNewer):
            Worlds.open(f"sqlite:///{tmp_path}", seeder=TownSeeder(), handlers={})
    assert (tmp_path / "yibaobox.db").read_bytes() == before


# --- several processes, and the end of one ----------------------------------------------------------------------------
def start(url, place, *mode):
    process = program(MIGRATING, url, place, *mode)
    assert process.stdout.readline() == "ready\n", process.communicate()
    return process


def go(process):
    process.stdin.write("go\n")
    process.stdin.flush()


def test_of_processes_that_start_at_once_one_migrates(fresh_postgres_url):
    place = f"w_{fresh()}"
    running = [start(fresh_postgres_url, place, "count") for _ in range(3)]
    for process in running:
        go(process)
    told = [json.loads(finished(process)) for process in running]

    assert sorted(one["registry"] for one in told) == [0, 0, 1]
    assert sorted(one["world"] for one in told) == [0, 0, 1]
    places = open_places(fresh_postgres_url)
    assert differences(places.open(place), schema.world) == []
    places.close()


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(1, id="first", marks=pytest.mark.long),
        pytest.param(4, id="fourth"),
        pytest.param(9, id="ninth", marks=pytest.mark.long),
        pytest.param(-1, id="commit"),
    ],
)
@pytest.mark.parametrize("kind", ["file", "postgresql"], indirect=True)
def test_kill_9_in_a_migration_leaves_the_old_schema_or_the_new_one(kind, statement, tmp_path, request):
    on_file = kind == "file"
    url = f"sqlite:///{tmp_path}" if on_file else request.getfixturevalue("fresh_postgres_url")
    place = f"w_{fresh()}"
    places = open_places(url)
    furnish(places.create(place, "w0001"))
    before = contents(places_store(places, place))
    places.close()

    process = start(url, place, "die", statement)
    go(process)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL

    places = open_places(url)
    store = places.open(place)
    assert revision(store) == migrate.head("world")
    assert differences(store, schema.world) == []
    assert contents(store) == before
    places.close()


def places_store(places, place):
    """The store of a place as it stands, not brought to the newest schema."""
    if hasattr(places, "_stores"):
        return places._stores[place]
    from yibaobox.domain.store.postgres import PostgresStore

    return PostgresStore(places._engine, place)


def test_the_killed_program_was_in_the_middle_of_it(tmp_path):
    """The test above would say nothing if the upgrade were not one transaction that a kill can cut."""
    url, place = f"sqlite:///{tmp_path}", "w_x"
    places = open_places(url)
    places.create(place, "w0001")
    places.close()
    process = start(url, place, "die", 4)
    go(process)
    process.communicate(timeout=60)

    assert process.returncode == -signal.SIGKILL
    store = sqlite_as_it_stands(tmp_path / "w_x.db")
    assert revision(store) == "w0001"
    store.close()


def sqlite_as_it_stands(path):
    from yibaobox.domain.store.sqlite import SqliteStore

    return SqliteStore(path)
