"""The tables of the pretend parties: made by their own revisions, and part of every world's export."""

from __future__ import annotations

import hashlib
import json

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from ground import TownSeeder, fresh
from yibaobox.app.gateways import ANNEX
from yibaobox.domain.errors import InvalidInput
from yibaobox.domain.store import Worlds, migrate, upgrade
from yibaobox_mocks import schema


@pytest.fixture(params=["memory", "file", "postgresql"])
def worlds(request, tmp_path):
    urls = {"memory": lambda: "memory://", "file": lambda: f"sqlite:///{tmp_path}"}
    url = urls.get(request.param, lambda: request.getfixturevalue("fresh_postgres_url"))()
    made = Worlds.open(url, seeder=TownSeeder(), handlers={}, annexes=(ANNEX,))
    yield made
    made.close()


def seal(lines):
    """Close a file that was changed as if it had been written that way."""
    body = b"".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" for line in lines)
    end = {"end": len(lines), "sha256": hashlib.sha256(body).hexdigest()}
    return [*body.splitlines(keepends=True), json.dumps(end).encode() + b"\n"]


def exported(worlds):
    worlds.create("origin")
    with worlds.get("origin").write() as tx:
        tx.run("INSERT INTO gw_wechat_users (openid, appid, psn_no) VALUES ('o1', 'wx1', NULL)")
    return [json.loads(line) for line in worlds.export("origin")][:-1]


def users(worlds, name):
    with worlds.get(name).read() as tx:
        return tx.query("SELECT openid, appid FROM gw_wechat_users")


def test_the_migrations_make_what_the_metadata_says(worlds):
    store = worlds.create(fresh()).store
    ours = set(schema.metadata.tables)

    with store.core() as connection:
        options = {
            "include_object": lambda _, name, kind, __, ___: kind != "table" or name in ours,
            "compare_type": True,
            "version_table": migrate.version_table(ANNEX),
        }
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, schema.metadata) == []
        assert upgrade.current(connection, ANNEX) == migrate.head(ANNEX)
        connection.rollback()


def test_they_can_be_taken_back(worlds):
    store = worlds.create(fresh()).store
    migrate.downgrade(store, ANNEX, "base")
    migrate.upgrade_world(store, (ANNEX,))

    with store.core() as connection:
        assert upgrade.current(connection, ANNEX) == migrate.head(ANNEX)
        connection.rollback()


def test_an_export_takes_them_along(worlds):
    lines = exported(worlds)
    worlds.import_("copy", seal(lines))

    assert users(worlds, "copy") == [("o1", "wx1")]


def test_a_file_from_before_there_were_any_is_read(worlds):
    lines = [line for line in exported(worlds) if line.get("table") != "gw_wechat_users"]
    del lines[0]["annexes"]
    worlds.import_("copy", seal(lines))

    assert users(worlds, "copy") == []


@pytest.mark.parametrize("annexes", [{"gateways": "g9999"}, {"moon": "g0001"}])
def test_a_file_with_newer_or_unknown_tables_is_refused(worlds, annexes):
    lines = exported(worlds)
    lines[0]["annexes"] = annexes

    with pytest.raises(InvalidInput):
        worlds.import_("copy", seal(lines))
    assert [info.name for info in worlds.infos()] == ["origin"]


def test_a_snapshot_and_a_reset_take_them_along(worlds):
    exported(worlds)
    worlds.snapshot("origin", "one")
    worlds.reset("origin")
    assert users(worlds, "origin") == []

    worlds.restore("origin", "one")
    assert users(worlds, "origin") == [("o1", "wx1")]
    changed = worlds.diff("origin", "one", "current")
    assert changed["equal"]
