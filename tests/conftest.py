"""What every test may ask for. Fixtures stand in tests/support, one subject per file."""

import freezegun

pytest_plugins = ["postgres", "boxes", "agreed", "nodejs", "pythons"]

# Under frozen monotonic time SQLAlchemy's pool waits for ever for its timeout.
freezegun.configure(extend_ignore_list=["sqlalchemy", "psycopg"])  # type: ignore[attr-defined]
