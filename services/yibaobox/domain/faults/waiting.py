"""Faults of the catalogue whose systems are not built yet, by system; none of them can be armed. None waits now."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

WAITING: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({})
