"""What a world holds when it is new."""

from __future__ import annotations

from collections.abc import Sequence

from yibaobox.domain import population, set_up
from yibaobox.domain.people import institutions, regions
from yibaobox.domain.store import Tx, WorldSpec


class Seeding:
    """Fills templates of worlds. `version` changes whenever the same spec gives other rows."""

    version = "2"

    def resolve(self, wanted: Sequence[str] | None) -> tuple[str, ...]:
        """Return the pooling areas meant, by code; all of them when none are named."""
        if wanted is None:
            return tuple(region.code for region in regions.shipped())
        return tuple(sorted({regions.resolve(code).code for code in wanted}))

    def reference(self, tx: Tx, spec: WorldSpec) -> None:
        """Write the institutions of the regions."""
        institutions.seed(tx, spec.regions)

    def people(self, tx: Tx, spec: WorldSpec) -> None:
        """Write the magic persons of the regions, then the population that the seed gives."""
        set_up.populate(tx, spec.regions)
        if spec.population:
            population.generate(tx, spec.population, seed=spec.seed, codes=spec.regions)
