"""The user mocks `requests` too: inside a box, around it, in order, and for the sandbox's own hosts."""

import pytest
import requests
import responses
from responses.registries import OrderedRegistry

from yibaobox.testing import by_requests, mock_yibao


def world_of(address):
    return requests.get(f"{address}/_sandbox/health", timeout=5).json()["world"]


@responses.activate
def test_a_mock_inside_a_box_leaves_the_sandbox_alone(inproc):
    responses.get("https://other.example/x", json={"by": "user"})

    assert world_of(inproc.url) == inproc.world
    assert requests.get("https://other.example/x", timeout=5).json() == {"by": "user"}
    with pytest.raises(requests.ConnectionError, match="Connection refused by Responses"):
        requests.get("https://third.example/", timeout=5)


def test_a_box_inside_a_mock_leaves_the_mock_alone():
    with responses.RequestsMock() as mock:
        mock.get("https://other.example/x", json={"by": "user"})
        with mock_yibao() as box:
            assert world_of(box.url) == box.world
            assert requests.get("https://other.example/x", timeout=5).json() == {"by": "user"}
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{box.url}/", timeout=5)


def test_a_mock_of_one_of_our_hosts_comes_before_us(inproc):
    with responses.RequestsMock() as mock:
        mock.get("https://api.weixin.qq.com/sns/mine", json={"by": "user"})

        assert requests.get("https://api.weixin.qq.com/sns/mine", timeout=5).json() == {"by": "user"}
        assert "errcode" in requests.get("https://api.weixin.qq.com/sns/jscode2session", timeout=5).json()


def test_answers_in_strict_order_are_not_used_up_by_the_sandbox(inproc):
    with responses.RequestsMock(registry=OrderedRegistry) as mock:
        mock.get("https://other.example/1", json=1)
        mock.get("https://other.example/2", json=2)

        first = requests.get("https://other.example/1", timeout=5).json()
        assert world_of(inproc.url) == inproc.world
        assert (first, requests.get("https://other.example/2", timeout=5).json()) == (1, 2)


def test_nothing_stays_behind():
    send, find = requests.adapters.HTTPAdapter.send, responses.RequestsMock._find_match
    with mock_yibao(), mock_yibao():
        assert requests.adapters.HTTPAdapter.send is not send

    assert requests.adapters.HTTPAdapter.send is send
    assert responses.RequestsMock._find_match is find


def test_what_responses_remembers_stays_small(monkeypatch):
    made = []

    class Kept(responses.RequestsMock):
        def __init__(self, *given, **named):
            super().__init__(*given, **named)
            made.append(self)

    monkeypatch.setattr(responses, "RequestsMock", Kept)
    monkeypatch.setattr(by_requests, "CALLS_MAX", 5)
    with mock_yibao() as box:
        for _ in range(20):
            requests.head(f"{box.url}/_sandbox/health", timeout=5)

    [ours] = made
    assert 0 < len(ours.calls) <= 7
