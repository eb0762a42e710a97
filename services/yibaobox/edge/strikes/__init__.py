"""What faults do to a request: one function a fault, by the name of its kind.

An effect gets the scene and returns the reply. Faults that change a world stand with the control routes; those that
take effect within a service have no function here, the service asks for them at their point.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from yibaobox.edge.faulting import Effect
from yibaobox.edge.strikes import ground, held, line, national

EFFECTS: Final[Mapping[str, Effect]] = MappingProxyType(
    {**line.EFFECTS, **national.EFFECTS, **held.EFFECTS, **ground.EFFECTS}
)
