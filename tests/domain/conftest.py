"""Empty worlds' databases in memory, in a file and on PostgreSQL; whoever used one leaves the books in order."""

import pytest

import oracle
from ground import KINDS, fresh, opened, url_of, wiped
from yibaobox.domain.store.places import open_places


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture
def url(kind, request, tmp_path):
    return url_of(kind, tmp_path / "worlds", lambda: request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="session")
def every_places(request, tmp_path_factory):
    """Places of a kind, opened once, with one of them made by the migrations."""
    made = {}

    def of(kind):
        if kind not in made:
            url = url_of(kind, tmp_path_factory.mktemp("worlds"), lambda: request.getfixturevalue("postgres_url"))
            made[kind] = open_places(url)
            made[kind].create("w_empty")
        return made[kind]

    yield of
    for places in made.values():
        places.close()


@pytest.fixture
def places(kind, every_places):
    return every_places(kind)


@pytest.fixture
def place(places):
    """The name of an empty place, made by the migrations for this test."""
    name = f"w_{fresh()}"
    places.create(name)
    yield name
    places.drop(name)


@pytest.fixture
def store(places, kind):
    """An empty place."""
    name = "w_empty" if kind == "postgresql" else f"w_{fresh()}"
    if kind != "postgresql":
        places.copy("w_empty", name)
    opened_store = places.open(name)
    yield opened_store
    with opened_store.read() as tx:
        found = oracle.violations(tx)
    if kind == "postgresql":
        wiped(opened_store)
    else:
        places.drop(name)
    assert found == []


@pytest.fixture
def pg_places(every_places):
    return every_places("postgresql")


@pytest.fixture
def pg(pg_places):
    """An empty place on PostgreSQL."""
    opened_store = pg_places.open("w_empty")
    yield opened_store
    with opened_store.read() as tx:
        found = oracle.violations(tx)
    wiped(opened_store)
    assert found == []


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
