"""One thread does several pieces of work in turns: each gives way while it waits, and none sees another's."""

import asyncio
import contextlib
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from ground import opened
from stepping import PUT, STEPS, Stepping
from yibaobox.domain.people import institutions
from yibaobox.domain.store import Occupied, flow
from yibaobox.domain.store.flow import Flows, current, leave

CODE = "H51170000001"
LONG = 3_000_000  # characters: more than a socket takes at once
EXAMPLES = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def worlds(postgres_url):
    with opened(postgres_url) as found:
        yield found


@pytest.fixture
def world(worlds):
    return worlds.ensure("flow")


def warmed(world, connections):
    """Have so many connections wait for whoever needs one: a flow makes none."""
    if not connections:
        return
    with world.read() as tx:
        tx.one("SELECT 1")
        warmed(world, connections - 1)


@pytest.fixture(params=["epoll", "the loop's own"])
def watching(request, monkeypatch):
    """Sockets are watched by one set of them, or each by the loop where a system has no such sets."""
    if request.param != "epoll":
        monkeypatch.setattr(flow, "_ONCE", 0)


def in_turns(*works):
    """Do all of it in flows of one event loop; return what each gives or raises."""

    async def main():
        with contextlib.closing(Flows()) as flows:
            return await asyncio.wait_for(asyncio.gather(*map(flows.run, works), return_exceptions=True), 30)

    return asyncio.run(main())


def test_who_waits_gives_way_and_goes_on_when_its_socket_has_something(watching):
    pairs, order = [socket.socketpair() for _ in range(3)], []

    def receive(number):
        order.append(number)
        current().wait(pairs[number][0].fileno(), writing=False)
        order.append(pairs[number][0].recv(1))
        if number:
            pairs[number - 1][1].send(b"%d" % (number - 1))
        return number

    def begin():
        pairs[2][1].send(b"2")

    assert in_turns(*(partial(receive, number) for number in range(3)), begin) == [0, 1, 2, None]
    assert order == [0, 1, 2, b"2", b"1", b"0"]
    for pair in pairs:
        for end in pair:
            end.close()


def test_what_a_flow_raises_is_raised_where_it_is_waited_for():
    [told, left] = in_turns(lambda: 1 / 0, leave)
    assert isinstance(told, ZeroDivisionError)
    assert isinstance(left, Occupied)
    leave()  # in a thread it is nothing
    assert current() is None


def read(world):
    with world.read() as tx:
        return tx.one("SELECT 1")


def test_a_flow_makes_no_connection(world):
    warmed(world, 2)
    few, many = in_turns(partial(read, world), partial(warmed, world, 9))
    assert few == (1,)
    assert isinstance(many, Occupied)
    assert in_turns(partial(read, world), partial(read, world)) == [(1,), (1,)], "what was left is in order"


KEEPING = {
    "psycopg": lambda tx: tx.one("SELECT CAST(? AS text)", 1.5),
    "SQLAlchemy": lambda tx: tx.execute(text("SELECT 1")),
    "a script": lambda tx: tx.script("SELECT 1; SELECT 2"),
}


@pytest.mark.parametrize("way", KEEPING)
def test_a_flow_leaves_what_would_keep_its_thread(world, way):
    def kept():
        with world.write() as tx:
            tx.one("SELECT 1")
            KEEPING[way](tx)
            return "kept"

    warmed(world, 2)
    assert kept() == "kept", "a thread may wait"
    [left] = in_turns(kept)
    assert isinstance(left, Occupied)
    assert in_turns(partial(read, world)) == [(1,)], "what was left is in order"


def test_who_migrates_is_no_flow(world):
    def migrating():
        with world.store.core():
            pass

    assert isinstance(in_turns(migrating)[0], Occupied)


def test_a_long_text_gives_way_until_it_is_taken(world, watching):
    def length():
        with world.read() as tx:
            return tx.one("SELECT length(CAST(? AS text))", "x" * LONG)

    warmed(world, 2)
    assert in_turns(length, length) == [(LONG,), (LONG,)]


def test_who_waits_for_another_ones_row_lets_it_end(world):
    """Were the thread to wait, the other would never come to its end."""

    def add(name):
        with world.write() as tx:
            tx.run(PUT, "same", name)
            tx.one("SELECT pg_sleep(0.05)")
            tx.run("DELETE FROM settings WHERE name = ?", "same")
        return name

    warmed(world, 4)
    assert in_turns(*(partial(add, name) for name in "abcd")) == list("abcd")


def test_who_asks_for_the_time_waits_for_nobody_who_waits_for_it(worlds, world):
    """Such a lock would be held by whoever waits for a row of a flow, which in turn would wait for the lock."""
    beside = worlds.ensure("beside")

    def time_of(place):
        with place.write() as tx:
            return tx.now_us

    with ThreadPoolExecutor(2) as others:
        with world.store.sole() as tx:
            tx.one("SELECT 1")
            waiting = others.submit(time_of, world)
            assert others.submit(time_of, beside).result(timeout=20)
            time.sleep(0.2)
            assert others.submit(time_of, beside).result(timeout=20)
            assert not waiting.done()
        assert waiting.result(timeout=20)


def test_each_flow_believes_its_own(world):
    warmed(world, 3)

    def believing():
        with world.store.believing():
            institutions.glance(world, CODE)
            with world.write() as tx:
                return tx.one("SELECT pg_sleep(0.05), 1")[1]

    def beside():
        assert world.store._glances.believed is None
        with world.write() as tx:
            return tx.one("SELECT 2")

    institutions.glance(world, CODE)
    assert in_turns(believing, beside, believing) == [1, (2,), 1]


def stepped(world, number, steps):
    with contextlib.suppress(ZeroDivisionError), world.write() as tx:
        stepping = Stepping(tx, (f"fore{number}", f"more{number}"))
        for value, step in enumerate(steps, 1):
            getattr(stepping, step)(str(value))
        stepping.ask("")
        raise ZeroDivisionError
    return stepping.truth


@EXAMPLES
@given(st.lists(st.lists(st.sampled_from(STEPS), max_size=10), min_size=2, max_size=4))
def test_each_sees_what_it_would_see_alone(world, works):
    warmed(world, len(works))
    alone = [stepped(world, number, steps) for number, steps in enumerate(works)]
    assert in_turns(*(partial(stepped, world, number, steps) for number, steps in enumerate(works))) == alone
