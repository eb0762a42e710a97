"""Magic persons: known names and identity numbers whose state in a world a test can rely on (`magic.yaml`)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml

from yibaobox.domain.people.persons import NewPerson


@dataclass(frozen=True, slots=True)
class MagicPerson:
    """One magic person; `state` names what is promised of them."""

    name: str
    id_no: str
    region: str
    capacity: str
    state: str

    @property
    def wanted(self) -> NewPerson:
        """The person as `people.create` asks for them."""
        return NewPerson(self.region, self.capacity, name=self.name, id_no=self.id_no)


@cache
def magic_persons() -> tuple[MagicPerson, ...]:
    """Return the table of magic persons."""
    text = resources.files(__package__).joinpath("magic.yaml").read_text(encoding="utf-8")
    entries = yaml.load(text, yaml.CSafeLoader)
    return tuple(MagicPerson(**entry) for entry in entries)
