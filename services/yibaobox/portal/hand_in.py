"""Add papers to a draft (P3, P4): several files at once, in as many rounds as one likes."""

from __future__ import annotations

from collections.abc import Sequence

from yibaobox.domain.accounts import applications, papers, uploads
from yibaobox.domain.people.regions import NATION
from yibaobox.domain.policy import Place, shipped
from yibaobox.domain.store import Tx

File = tuple[str, str, bytes]  # name, declared type, content


def hand_in(tx: Tx, found: applications.Application, kind: str, files: Sequence[File]) -> list[papers.Paper]:
    """Check and keep files; where one is refused none is kept."""
    owner = (found.psn_no, found.application_id)
    applications.refuse_locked(found)
    rules = _rules(tx, found)
    return [
        papers.add(tx, owner, kind, uploads.sniff(name, declared, content, rules), content)
        for name, declared, content in files
    ]


def _rules(tx: Tx, found: applications.Application) -> uploads.Rules:
    """The formats and the size that the region's policy has for the form, else the nation's."""
    place, nation, dims = Place(found.region or NATION, "any"), Place(NATION, "any"), {"form": found.kind}
    own = shipped().look(place, "upload", "formats", tx.today, dims)
    if found.kind == applications.FAMILY:
        own = shipped().look(Place(place.region, "employee"), "family_account", "formats", tx.today)
    formats = (own or shipped().find(nation, "upload", "formats", tx.today, dims)).value
    size = shipped().find(place, "upload", "max_bytes_exclusive", tx.today, dims).value
    return uploads.Rules(applications.KINDS[found.kind], tuple(formats), size)
