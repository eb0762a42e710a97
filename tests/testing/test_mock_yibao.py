"""`mock_yibao` without pytest's fixtures: around blocks, functions, coroutines and the tests of a class."""

import asyncio
import inspect
import unittest

import requests

from yibaobox.testing import mock_yibao


def world_of(address="http://127.0.0.1:8097"):
    return requests.get(f"{address}/_sandbox/health", timeout=5).json()["world"]


@mock_yibao
def test_a_decorated_test_runs_in_a_world_of_its_own():
    assert world_of() != "default"


@mock_yibao(at="2025-12-31T23:59:30+08:00")
def test_a_decorated_test_gets_the_box_when_it_asks_for_it(tmp_path, box):
    assert (box.clock.mode, tmp_path.exists()) == ("frozen", True)


def test_each_call_has_a_world_of_its_own():
    @mock_yibao
    def called(box):
        box.people.create(name="测独有")
        return box.world, [each["name"] for each in box.people.all()].count("测独有")

    first, second = called(), called()

    assert (first[1], second[1]) == (1, 1)
    assert first[0] != second[0]
    assert list(inspect.signature(called).parameters) == []


def test_a_coroutine_is_wrapped_too():
    @mock_yibao
    async def called(box):
        return box.world

    assert asyncio.run(called()).startswith("w")


def test_one_decorator_may_be_entered_within_itself():
    mock = mock_yibao()
    with mock as outer, mock as inner:
        assert outer.world != inner.world


SEEN = []


@mock_yibao(region="511700")
class Cases(unittest.TestCase):
    def setUp(self):
        self.person = self.box.people.create(name="测独有")
        SEEN.append(self.box.world)

    def test_set_up_and_test_share_a_world(self):
        assert self.box.people.get(self.person["psn_no"])["region"] == "511700"

    def test_the_next_test_has_another(self):
        assert [each["name"] for each in self.box.people.all()].count("测独有") == 1


def test_the_tests_of_a_class_pass_under_unittest():
    SEEN.clear()
    result = unittest.TestResult()

    unittest.defaultTestLoader.loadTestsFromTestCase(Cases).run(result)

    assert (result.testsRun, result.errors, result.failures) == (2, [], [])
    assert len(set(SEEN)) == 2
