"""Empty worlds' databases in memory, in a file and on PostgreSQL; whoever used one leaves the books in order."""

import pytest

import oracle
from ground import KINDS, fresh, opened, url_of
from yibaobox.domain.store.places import open_places


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture
def url(kind, request, tmp_path):
    return url_of(kind, tmp_path / "worlds", lambda: request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="session")
def postgres_places(postgres_url):
    """One pool of connections for all tests of a worker."""
    made = open_places(postgres_url)
    yield made
    made.close()


@pytest.fixture
def places(kind, request, tmp_path):
    if kind == "postgresql":
        yield request.getfixturevalue("postgres_places")
        return
    made = open_places(url_of(kind, tmp_path / "worlds", str))
    yield made
    made.close()


@pytest.fixture
def place(places):
    """The name of an empty place."""
    name = f"w_{fresh()}"
    places.create(name)
    yield name
    places.drop(name)


@pytest.fixture
def store(places, place):
    opened_store = places.open(place)
    yield opened_store
    with opened_store.read() as tx:
        assert oracle.violations(tx) == []


@pytest.fixture
def worlds(url):
    with opened(url) as made:
        yield made
        for info in made.infos():
            with made.get(info.name).read() as tx:
                assert oracle.violations(tx) == []


@pytest.fixture
def world(worlds):
    return worlds.create(fresh())
