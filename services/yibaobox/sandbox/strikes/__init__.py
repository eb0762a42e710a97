"""What faults do to a world: real changes by the same verbs that citizens and institutions use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from yibaobox.edge import strikes
from yibaobox.sandbox.strikes import between, paying, presenting, reconciling

if TYPE_CHECKING:
    from yibaobox.edge.faulting import Effect
    from yibaobox.sandbox.installation import Installation


def effects(installation: Installation) -> Mapping[str, Effect]:
    """Return the effects of all faults by name; those that take effect within a service have none."""
    own = {**between.EFFECTS, **presenting.EFFECTS, **reconciling.EFFECTS, **paying.effects(installation)}
    return {**strikes.EFFECTS, **own}
