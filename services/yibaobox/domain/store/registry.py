"""The registry: which worlds and snapshots there are, and the keys that choose a world."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yibaobox.domain import clock
from yibaobox.domain.store import keys

if TYPE_CHECKING:
    from yibaobox.domain.store.places import Store
    from yibaobox.domain.store.tx import Tx

_CHOOSING = ("access_key", "paasid", "apikey", "mchid", "appid", "app_id", "partner_id")
_WORLD = "SELECT name, seed, regions, at, place, keys, created_us FROM worlds"


@dataclass(frozen=True, slots=True)
class WorldSpec:
    """What a world is made from: the seed of its people, its regions, how many people, where its clock stands."""

    seed: int
    regions: tuple[str, ...]
    population: int = 0
    at: str | None = None


@dataclass(frozen=True, slots=True)
class WorldInfo:
    """A world as the registry knows it."""

    name: str
    spec: WorldSpec
    place: str
    keys: dict[str, str]
    created_us: int


class Registry:
    """Reads and writes of the registry; each takes the transaction it runs in, save where it says otherwise."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def lock(self, tx: Tx, subject: str) -> None:
        """Let one process at a time work on a subject until the end of the transaction."""
        if tx.dialect == "postgresql":
            tx.one("SELECT pg_advisory_xact_lock(hashtext(?))", f"yibaobox {subject}")

    def find(self, tx: Tx, name: str) -> WorldInfo | None:
        """Return a world, or nothing."""
        row = tx.one(f"{_WORLD} WHERE name = ?", name)
        return None if row is None else _info(row)

    def infos(self, tx: Tx) -> list[WorldInfo]:
        """Return all worlds by name."""
        return [_info(row) for row in tx.query(f"{_WORLD} ORDER BY name")]

    def names(self) -> list[str]:
        """Return the names of all worlds, in a transaction of its own."""
        return [row[0] for row in self.store.glance("SELECT name FROM worlds ORDER BY name")]

    def add(self, tx: Tx, name: str, spec: WorldSpec, place: str) -> WorldInfo:
        """Enter a world with fresh keys."""
        info = WorldInfo(name, spec, place, keys.world_keys(), clock.wall_us())
        tx.run(
            "INSERT INTO worlds (name, seed, regions, at, place, keys, created_us) VALUES (?, ?, ?, ?, ?, ?, ?)",
            *(name, spec.seed, _drawn(spec), spec.at, place, json.dumps(info.keys), info.created_us),
        )
        tx.many("INSERT INTO credentials (value, world) VALUES (?, ?)", [(info.keys[key], name) for key in _CHOOSING])
        return info

    def respec(self, tx: Tx, name: str, spec: WorldSpec) -> None:
        """Say that a world is made from something else from now on; its keys stay."""
        sql = "UPDATE worlds SET seed = ?, regions = ?, at = ? WHERE name = ?"
        tx.run(sql, spec.seed, _drawn(spec), spec.at, name)

    def remove(self, tx: Tx, name: str) -> list[str]:
        """Strike a world and its snapshots and return the places they leave."""
        places = [row[0] for row in tx.query("SELECT place FROM snapshots WHERE world = ?", name)]
        places += [row[0] for row in tx.query("SELECT place FROM worlds WHERE name = ?", name)]
        for table, column in (("snapshots", "world"), ("credentials", "world"), ("worlds", "name")):
            tx.run(f"DELETE FROM {table} WHERE {column} = ?", name)
        return places

    def owner(self, tx: Tx, credential: str) -> str | None:
        """Return the world that a credential chooses, or nothing."""
        row = tx.one("SELECT world FROM credentials WHERE value = ?", credential)
        return None if row is None else str(row[0])

    def snapshots(self, tx: Tx, world: str) -> dict[str, tuple[str, int]]:
        """Return a world's snapshots: name → place and wall instant."""
        rows = tx.query("SELECT name, place, created_us FROM snapshots WHERE world = ? ORDER BY name", world)
        return {name: (place, created_us) for name, place, created_us in rows}

    def add_snapshot(self, tx: Tx, world: str, name: str, place: str) -> int:
        """Enter a snapshot and return its wall instant."""
        now_us = clock.wall_us()
        sql = "INSERT INTO snapshots (world, name, place, created_us) VALUES (?, ?, ?, ?)"
        tx.run(sql, world, name, place, now_us)
        return now_us

    def remove_snapshot(self, tx: Tx, world: str, name: str) -> None:
        """Strike a snapshot."""
        tx.run("DELETE FROM snapshots WHERE world = ? AND name = ?", world, name)

    def use_template(self, tx: Tx, place: str) -> bool:
        """Note that a template is used now; tell whether it was built to its end."""
        return tx.run("UPDATE templates SET used_us = ? WHERE place = ?", clock.wall_us(), place) == 1

    def unused_templates(self, tx: Tx, kept: int) -> list[str]:
        """Return the templates longest unused, beyond those that are to be kept."""
        rows = tx.query("SELECT place FROM templates ORDER BY used_us DESC, place")
        return [row[0] for row in rows[kept:]]

    def any_template(self, tx: Tx) -> bool:
        """Tell whether any template was built."""
        return tx.one("SELECT 1 FROM templates LIMIT 1") is not None

    def add_template(self, tx: Tx, place: str) -> None:
        """Enter a template that is built."""
        tx.run("INSERT INTO templates (place, used_us) VALUES (?, ?)", place, clock.wall_us())

    def remove_template(self, tx: Tx, place: str) -> None:
        """Strike a template."""
        tx.run("DELETE FROM templates WHERE place = ?", place)

    def installation(self) -> dict[str, str]:
        """Return the installation's keys, made on first use by whichever process comes first."""
        found = self.made()
        if found:
            return found
        with self.store.write() as tx:
            self.lock(tx, "installation")
            found = dict(tx.query("SELECT name, value FROM installation"))
            if not found:
                found = keys.installation_keys()
                tx.many("INSERT INTO installation (name, value) VALUES (?, ?)", list(found.items()))
        return found

    def made(self) -> dict[str, str]:
        """Return the installation's keys, nothing before they are first asked for."""
        with self.store.read() as tx:
            return dict(tx.query("SELECT name, value FROM installation"))


def _drawn(spec: WorldSpec) -> str:
    return json.dumps({"regions": spec.regions, "population": spec.population})


def _info(row: tuple[object, ...]) -> WorldInfo:
    name, seed, regions, at, place, made, created_us = row
    drawn = json.loads(str(regions))
    assert isinstance(seed, int)
    assert isinstance(created_us, int)
    spec = WorldSpec(seed, tuple(drawn["regions"]), drawn["population"], None if at is None else str(at))
    return WorldInfo(str(name), spec, str(place), json.loads(str(made)), created_us)
