"""An empty world's database, once on each of the two."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from yibaobox.domain.store.places import Store, open_places


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    url = "memory://" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    places = open_places(url)
    name = f"w_enrol_{secrets.token_hex(4)}"
    yield places.create(name)
    places.drop(name)
    places.close()
