"""What every test may ask for. Fixtures stand in tests/support, one subject per file."""

import zlib
from pathlib import Path

import freezegun
import pytest

pytest_plugins = ["postgres", "boxes", "agreed", "nodejs", "pythons"]

# Under frozen monotonic time SQLAlchemy's pool waits for ever for its timeout.
freezegun.configure(extend_ignore_list=["sqlalchemy", "psycopg"])  # type: ignore[attr-defined]

DATABASES = ("sqlite", "postgresql")
# What stands on the store like the rest of its kind: there each file meets one of the two databases in an ordinary run,
# by its name or as its MEETS says, or a box in process alone where it can; worlds on PostgreSQL are met by the control
# routes. `make long` meets all. The ledger, its guards, migrations, journeys and crashes meet both databases in every
# run.
HALVED = (
    "cli",
    "contracts",
    "credential",
    "domain/*",
    "faults",
    "mocks",
    "portal",
    "sandbox",
    "sdks",
    "settlement",
    "tax",
)

ON_FILES = ("test_worlds.py", "test_spares.py")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    """Leave the other database of a halved file to the long run."""
    for item in items:
        folder = item.path.relative_to(Path(__file__).parent).parent
        found = {
            value for value in getattr(getattr(item, "callspec", None), "params", {}).values() if value in DATABASES
        }
        halved = any(folder.match(each) for each in HALVED) and found - own_databases(item)
        if halved or (item.path.name in ON_FILES and folder.name == "domain" and "postgresql" in found):
            item.add_marker(pytest.mark.long)


def own_databases(item: pytest.Function) -> set[str]:
    """Return the database that a file meets in an ordinary run; what can be asked in process meets none."""
    if "any_box" in getattr(item, "fixturenames", ()):
        return set()
    return {getattr(item.module, "MEETS", DATABASES[zlib.crc32(item.path.name.encode()) % 2])}
