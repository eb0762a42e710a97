"""What the sandbox is told of the tables of the pretend parties: their name, their definitions, their revisions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sqlalchemy import MetaData

NAME: Final = "gateways"
VERSIONS: Final = Path(__file__).parent / "migrations"


def metadata() -> MetaData:
    """Return the definitions, which are loaded now: only migrations, exchange and comparison want them."""
    from yibaobox_mocks import schema  # noqa: PLC0415 - see above

    return schema.metadata
