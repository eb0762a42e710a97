"""Worlds and their databases: everything a sandbox run knows, committed all or nothing."""

from yibaobox.domain.store.memory import Read
from yibaobox.domain.store.migrate import DatabaseNewer
from yibaobox.domain.store.ownership import Damaged, OwnedElsewhere
from yibaobox.domain.store.places import Store, failures
from yibaobox.domain.store.registry import WorldInfo, WorldSpec
from yibaobox.domain.store.tx import AS_TEXT, Conflict, Occupied, OutcomeUnknown, Outdated, PlaceGone, Tx
from yibaobox.domain.store.worlds import Seeder, World, Worlds

__all__ = [
    "AS_TEXT",
    "Conflict",
    "Damaged",
    "DatabaseNewer",
    "Occupied",
    "OutcomeUnknown",
    "Outdated",
    "OwnedElsewhere",
    "PlaceGone",
    "Read",
    "Seeder",
    "Store",
    "Tx",
    "World",
    "WorldInfo",
    "WorldSpec",
    "Worlds",
    "failures",
]
