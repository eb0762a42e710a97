"""What faults do to a world: real changes by the same verbs that citizens and institutions use."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from yibaobox.edge import strikes
from yibaobox.edge.faulting import Effect

EFFECTS: Final[Mapping[str, Effect]] = MappingProxyType({**strikes.EFFECTS})
