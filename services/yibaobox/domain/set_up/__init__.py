"""Put people into states that citizens reach by portal, tax and hospitals: for tests, and for magic persons."""

from __future__ import annotations

from yibaobox.domain.set_up.enrol import SOURCE, enrol, season
from yibaobox.domain.set_up.magic import PROMISED, WAITING, credit, populate

__all__ = ["PROMISED", "SOURCE", "WAITING", "credit", "enrol", "populate", "season"]
