"""Requests that wait for the event loop together share one commit, and hear of nothing before it."""

import asyncio
import time

import pytest

from claimed import Place
from yibaobox.server.commits import Commits


def work(place, name, takes_s):
    time.sleep(takes_s)
    place.written.append(name)


async def asked(commits, place, name, *, writes=True, takes_s=0.0):
    """Ask as the adapter does."""
    place.claim()
    commits.turn_to(place)
    if writes:
        work(place, name, takes_s)
    kept = await commits.kept(place)
    place.told.append((name, kept))


def run(*requests, longest_s=60.0):
    """Let requests come at the same time; each is a function of what they share."""

    async def main():
        commits = Commits(longest_s)
        await asyncio.wait_for(asyncio.gather(*(request(commits) for request in requests)), 20)
        assert not commits.waiting

    asyncio.run(main())


def of(place, name, **how):
    return lambda commits: asked(commits, place, name, **how)


def test_one_alone_is_committed_and_told():
    told = []
    run(of(Place(told), "a"))

    assert told == [("commit", "a"), ("a", True)]


def test_those_who_come_together_are_committed_once_before_any_is_told():
    told = []
    place = Place(told)
    run(*(of(place, name) for name in "abc"))

    assert told == [("commit", *"abc"), *((name, True) for name in "abc")]
    assert place.claims == 0


def test_no_more_than_four_share_one():
    told = []
    place = Place(told)
    run(*(of(place, str(number)) for number in range(10)))

    assert [len(what) - 1 for what in told if what[0] == "commit"] == [4, 4, 2]
    assert place.claims == 0


def test_the_first_does_not_wait_long_for_the_others():
    told = []
    place = Place(told)
    run(*(of(place, str(number), takes_s=0.003) for number in range(6)), longest_s=0.002)

    assert [len(what) - 1 for what in told if what[0] == "commit"] == [2, 2, 2]


def test_who_only_asks_waits_for_nobody_unless_it_may_have_seen_what_is_not_committed():
    told = []
    place = Place(told)
    run(of(place, "early", writes=False), of(place, "a"), of(place, "late", writes=False))

    assert told == [("early", True), ("commit", "a"), ("a", True), ("late", True)]


def test_another_place_has_a_commit_of_its_own():
    told = []
    one, other = Place(told), Place(told)
    run(of(one, "a"), of(one, "b"), of(other, "c"), of(one, "d"))

    assert [what[1:] for what in told if what[0] == "commit"] == [("a", "b"), ("c",), ("d",)]
    assert one.claims == other.claims == 0


def test_a_commit_that_fails_is_told_to_all():
    told = []
    place = Place(told, keeps=lambda _: False)
    run(*(of(place, name) for name in "ab"))

    assert told == [("a", False), ("b", False)]


def test_a_place_that_breaks_leaves_nobody_waiting(monkeypatch):
    told = []
    place = Place(told)
    monkeypatch.setattr(place, "release", lambda: 1 / 0)

    async def main():
        commits = Commits()
        errors = []
        asyncio.get_running_loop().set_exception_handler(lambda _, what: errors.append(what["exception"]))
        place.claim().written.append("a")
        assert not await asyncio.wait_for(commits.kept(place), 20)
        assert isinstance(errors[0], ZeroDivisionError)

    asyncio.run(main())


def test_a_client_that_left_does_the_others_no_harm():
    told = []
    place = Place(told)

    async def main():
        commits = Commits(60.0)
        left = asyncio.ensure_future(asked(commits, place, "a"))
        stays = asyncio.ensure_future(asked(commits, place, "b"))
        await asyncio.sleep(0)
        left.cancel()
        await stays
        with pytest.raises(asyncio.CancelledError):
            await left

    asyncio.run(main())
    assert told == [("commit", "a", "b"), ("b", True)]
    assert place.claims == 0


def test_who_has_not_come_is_not_waited_for():
    told = []
    place = Place(told)

    async def main():
        loop = asyncio.get_running_loop()
        loop.call_at = lambda *_: pytest.fail("it waits")
        commits = Commits(60.0)
        await asyncio.gather(*(asked(commits, place, name) for name in "abc"))
        for name in "xyz":
            await asked(commits, place, name)

    asyncio.run(main())
    assert [what[1:] for what in told if what[0] == "commit"] == [tuple("abc"), ("x",), ("y",), ("z",)]
    assert place.claims == 0
