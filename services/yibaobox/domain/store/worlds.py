"""Worlds: a database each. A new one is a copy of a template, a snapshot a copy of a world, a reset a copy back."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from yibaobox.domain import clock, jobs
from yibaobox.domain.errors import AlreadyExists, InvalidInput, SnapshotNotFound, WorldNotFound
from yibaobox.domain.store import migrate
from yibaobox.domain.store.places import TEMPLATE, WORLD, Places, Store, open_places
from yibaobox.domain.store.registry import Registry, WorldInfo, WorldSpec
from yibaobox.domain.store.tx import PlaceGone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from yibaobox.domain.store.tx import Tx

_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,38}[a-z0-9])?", re.ASCII)
SEED_MAX: Final = 2**63 - 1
CURRENT: Final = "current"  # in a comparison, the world as it stands
_TRIES: Final = 5
T = TypeVar("T")


class Seeder(Protocol):
    """What fills a template: reference data such as institutions, then people."""

    version: str

    def resolve(self, regions: Sequence[str] | None) -> tuple[str, ...]:
        """Return the pooling areas meant, in a fixed order; all of them when none are named."""

    def reference(self, tx: Tx, spec: WorldSpec) -> None:
        """Write what every world has, even an emptied one."""

    def people(self, tx: Tx, spec: WorldSpec) -> None:
        """Write the population that the seed gives."""


@dataclass(frozen=True, slots=True)
class World:
    """One world: its transactions and what the registry says of it."""

    info: WorldInfo
    store: Store

    @property
    def name(self) -> str:
        """The world's name."""
        return self.info.name

    def write(self) -> AbstractContextManager[Tx]:
        """Open one writing transaction."""
        return self.store.write()

    def read(self) -> AbstractContextManager[Tx]:
        """Open one reading transaction."""
        return self.store.read()

    def glance(self, sql: str, *params: object) -> list[tuple[Any, ...]]:
        """Return all rows of one SELECT on small tables that hardly ever change (`memory.REMEMBERED`)."""
        return self.store.glance(sql, *params)


class Worlds:
    """All worlds of one installation."""

    def __init__(
        self,
        places: Places,
        *,
        seeder: Seeder,
        handlers: jobs.Handlers,
        annexes: Sequence[migrate.Annex] = (),
    ) -> None:
        self._places = places
        self._annexes = annexes
        self._seeder = seeder
        self._handlers = handlers
        self._open: dict[str, World] = {}
        self._owners: dict[str, str] = {}
        self.registry = Registry(places.registry())

    @classmethod
    def open(
        cls,
        url: str,
        *,
        seeder: Seeder,
        handlers: jobs.Handlers,
        durable: bool = False,
        annexes: Sequence[migrate.Annex] = (),
    ) -> Worlds:
        """Open the installation that a URL names; `annexes` are tables that others keep in every world."""
        places = open_places(url, durable=durable, annexes=annexes)
        return cls(places, seeder=seeder, handlers=handlers, annexes=annexes)

    @property
    def durability(self) -> str:
        """What an acknowledged write survives: none, process-kill or power-loss."""
        return self._places.durability

    def get(self, name: str) -> World:
        """Return a world by name."""
        known = self._open.get(name)
        if known is not None:
            return known
        with self.registry.store.read() as tx:
            info = self.registry.find(tx, name)
        try:
            if info is not None:
                return self._remember(info)
        except PlaceGone:
            self.forget(name)  # deleted since the registry was read
        raise WorldNotFound("没有这个沙盒世界", world=name[:40])

    def at_hand(self, name: str) -> World | None:
        """Return a world that is open in this process, without looking anything up."""
        return self._open.get(name)

    def owner_at_hand(self, credential: str) -> str | None:
        """Return the name of the world that a credential is known to choose, without looking anything up."""
        return self._owners.get(credential)

    def forget(self, name: str) -> None:
        """Drop what this process remembers of a world that another process removed."""
        self._open.pop(name, None)
        self._owners = {value: owner for value, owner in self._owners.items() if owner != name}

    def infos(self) -> list[WorldInfo]:
        """Return all worlds by name."""
        with self.registry.store.read() as tx:
            return self.registry.infos(tx)

    def names(self) -> list[str]:
        """Return the names of all worlds, in order."""
        return self.registry.names()

    def create(
        self, name: str | None = None, spec: WorldSpec | None = None, *, regions: Sequence[str] | None = None
    ) -> World:
        """Make a world: a copy of the template that its seed, regions, population and instant give."""
        name = checked_name(f"w{secrets.token_hex(5)}" if name is None else name)
        spec = replace(spec or WorldSpec(42, ()), regions=self._seeder.resolve(regions))
        return self._by_template(
            spec, lambda template: self._enter(name, spec, lambda place: self._places.copy(template, place))
        )

    def ensure(self, name: str, spec: WorldSpec | None = None, *, regions: Sequence[str] | None = None) -> World:
        """Return a world, made first when it is not there."""
        try:
            return self.get(name)
        except WorldNotFound:
            try:
                return self.create(name, spec, regions=regions)
            except AlreadyExists:
                return self.get(name)

    def delete(self, name: str) -> None:
        """Remove a world with its snapshots and keys."""
        self.get(name)
        with self.registry.store.write() as tx:
            self.registry.lock(tx, f"world {name}")
            left = self.registry.remove(tx, name)
        self.forget(name)
        for place in left:
            self._places.drop(place)

    def reset(self, name: str) -> None:
        """Take a world back to its seed."""
        info = self.get(name).info
        self._by_template(info.spec, lambda template: self._overwrite(name, template))

    def purge(self, name: str) -> None:
        """Empty a world of people, books and journal; institutions stay, for they are reference data."""
        spec = self.get(name).info.spec
        spec = replace(spec, seed=0, population=0)
        self._by_template(spec, lambda template: self._overwrite(name, template), empty=True)

    def snapshot(self, world: str, name: str) -> int:
        """Copy a world aside under a name and return the wall instant."""
        if name == CURRENT:
            raise InvalidInput("current 指世界当前的状态，不能用作快照名称", snapshot=name)
        place, target = self.get(world).info.place, f"s_{secrets.token_hex(8)}"
        with self.registry.store.write() as tx:
            self.registry.lock(tx, f"snapshot {world} {checked_name(name)}")
            if name in self.registry.snapshots(tx, world):
                raise AlreadyExists("同名快照已存在", snapshot=name)
            self._places.copy(place, target)
            return self.registry.add_snapshot(tx, world, name, target)

    def snapshots(self, world: str) -> dict[str, int]:
        """Return a world's snapshots: name → wall instant."""
        self.get(world)
        with self.registry.store.read() as tx:
            return {name: created for name, (_, created) in self.registry.snapshots(tx, world).items()}

    def restore(self, world: str, name: str) -> None:
        """Take a world back to a snapshot, which stays."""
        self._overwrite(world, self._snapshot_place(world, name))

    def delete_snapshot(self, world: str, name: str) -> None:
        """Remove a snapshot."""
        place = self._snapshot_place(world, name)
        with self.registry.store.write() as tx:
            self.registry.remove_snapshot(tx, world, name)
        self._places.drop(place)

    def diff(self, world: str, before: str, after: str) -> dict[str, Any]:
        """Compare two snapshots row by row; the name `current` stands for the world itself."""
        from yibaobox.domain.store import compare, schema  # noqa: PLC0415 - they need the tables' definitions

        sides = []
        for name in (before, after):
            place = self.get(world).info.place if name == CURRENT else self._snapshot_place(world, name)
            sides.append(self._places.open(place))
        return compare.compare(sides[0], sides[1], schema.tables(self._annexes))

    def export(self, world: str) -> Iterator[bytes]:
        """Write a world as schema-versioned JSON lines."""
        from yibaobox.domain.store import exchange  # noqa: PLC0415 - as above

        found = self.get(world)
        return exchange.export(found.store, found.info, self._annexes)

    def import_(
        self, name: str, lines: Iterable[bytes], *, overwrite: bool = False, vet: Callable[[Tx], None] | None = None
    ) -> World:
        """Read a world from JSON lines through every guard; one that is broken, or that `vet` refuses, is not."""
        from yibaobox.domain.store import exchange, schema  # noqa: PLC0415 - as above

        checked_name(name)
        there = any(info.name == name for info in self.infos())
        if there and not overwrite:
            raise AlreadyExists("同名世界已存在", world=name)
        header, rows = exchange.opened(lines, self._annexes)
        part = f"i_{secrets.token_hex(8)}"
        try:
            exchange.fill(self._places.create(part, header.schema, header.annexes), rows, schema.tables(self._annexes))
            if vet is not None:
                with self._places.open(part).read() as tx:
                    vet(tx)
            if not there:
                return self._enter(name, header.spec, lambda place: self._places.rename(part, place))
            with self.registry.store.write() as tx:
                self.registry.lock(tx, f"world {name}")
                self._places.rename(part, f"{WORLD}{name}")
                self.registry.respec(tx, name, header.spec)
            self.forget(name)
            return self.get(name)
        finally:
            self._places.drop(part)

    def by_credential(self, value: str) -> str | None:
        """Return the name of the world that a caller's credential chooses, or nothing."""
        if value not in self._owners:
            with self.registry.store.read() as tx:
                owner = self.registry.owner(tx, value)
            if owner is None:
                return None
            self._owners[value] = owner
        return self._owners[value]

    def advance(self, name: str, by: str) -> tuple[datetime, list[jobs.Fired]]:
        """Move a world's clock forward, running its jobs on the way."""
        return jobs.advance(self.get(name), self._handlers, by)

    def advance_to(self, name: str, target_us: int) -> list[jobs.Fired]:
        """Run the jobs of a world that are due up to an instant, moving its clock there if it lies ahead."""
        return jobs.advance_to(self.get(name), self._handlers, target_us)

    def run_due(self, name: str) -> list[jobs.Fired]:
        """Run the jobs of a world that are due."""
        return jobs.run_due(self.get(name), self._handlers)

    def close(self) -> None:
        """Let everything go."""
        self._open.clear()
        self._places.close()

    def _enter(self, name: str, spec: WorldSpec, build: Callable[[str], None]) -> World:
        place = f"{WORLD}{name}"
        with self.registry.store.write() as tx:
            self.registry.lock(tx, f"world {name}")
            if self.registry.find(tx, name) is not None:
                raise AlreadyExists("同名世界已存在", world=name)
            self._places.drop(place)
            build(place)
            info = self.registry.add(tx, name, spec, place)
        return self._remember(info)

    def _remember(self, info: WorldInfo) -> World:
        world = World(info, self._places.open(info.place))
        self._open[info.name] = world
        return world

    def _overwrite(self, name: str, source: str) -> None:
        if not source.startswith(TEMPLATE):
            self._places.open(source)  # a snapshot of an older program is brought to the schema that the world has
        self._places.copy(source, self.get(name).info.place)

    def _snapshot_place(self, world: str, name: str) -> str:
        self.get(world)
        with self.registry.store.read() as tx:
            known = self.registry.snapshots(tx, world)
        if name not in known:
            raise SnapshotNotFound("没有这个快照", snapshot=name[:40])
        return known[name][0]

    def _by_template(self, spec: WorldSpec, use: Callable[[str], T], *, empty: bool = False) -> T:
        """Use a template, again when it had to make room for others before it was used."""
        for _ in range(_TRIES - 1):
            template = self._template(spec, empty=empty)
            try:
                return use(template)
            except PlaceGone:
                self._strike(template)
        return use(self._template(spec, empty=empty))

    def _strike(self, template: str) -> None:
        """Forget a template whose place is gone: another process made room, or a crash left the row."""
        with self.registry.store.write() as tx:
            self.registry.lock(tx, f"template {template}")
            if not self._places.has(template):
                self.registry.remove_template(tx, template)

    def _make_room(self, tx: Tx) -> None:
        """Drop the templates longest unused, to have room for one more.

        The place goes first: should we crash before the row goes, the row is struck when it is next used.
        """
        for oldest in self.registry.unused_templates(tx, self._places.templates_max - 1):
            self._places.drop(oldest)
            self.registry.remove_template(tx, oldest)

    def _template(self, spec: WorldSpec, *, empty: bool = False) -> str:
        """Return the place of a template, built by whichever process needs it first."""
        day = clock.wall().date().isoformat() if spec.at is None else spec.at  # what people are depends on the day
        traits = [self._seeder.version, spec.seed, spec.regions, spec.population, day, empty]
        place = self._template_place(traits)
        with self.registry.store.write() as tx:
            self.registry.lock(tx, f"template {place}")
            if self.registry.use_template(tx, place):
                return place
            self._make_room(tx)
            self._raise(tx, place)
            with self._places.open(place).write() as seed:
                self._fill(seed, spec, empty=empty)
            self.registry.add_template(tx, place)
        return place

    def _raise(self, tx: Tx, place: str) -> None:
        """Make an empty template: by the migrations the first time, by a copy of what they made ever after."""
        if not self.registry.any_template(tx):
            self._places.create(place)
            return
        blank = self._template_place(["blank"])
        self.registry.lock(tx, f"template {blank}")
        if not (self.registry.use_template(tx, blank) and self._places.has(blank)):
            self._places.create(blank)
            self.registry.remove_template(tx, blank)
            self.registry.add_template(tx, blank)
        self._places.drop(place)
        self._places.copy(blank, place)

    def _template_place(self, traits: list[Any]) -> str:
        heads = [migrate.head("world"), migrate.heads(self._annexes)]
        return f"{TEMPLATE}{hashlib.sha256(json.dumps([heads, *traits]).encode()).hexdigest()[:24]}"

    def _fill(self, tx: Tx, spec: WorldSpec, *, empty: bool) -> None:
        at_us = None if spec.at is None else clock.to_us(clock.parse_instant(spec.at))
        clock.put(tx, "follow" if at_us is None else "frozen", at_us)
        self._seeder.reference(tx, spec)
        if not empty:
            self._seeder.people(tx, spec)


def checked_name(name: object) -> str:
    """Return the name of a world or snapshot when it may be one: 1 to 40 of a-z, 0-9, _ and -."""
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        raise InvalidInput("名称须为 1 至 40 个小写字母、数字、下划线或连字符")
    return name
