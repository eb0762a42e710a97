"""Which requests stay in a test: those to our hosts and to known ones, whatever the letters; no other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yibaobox.testing import hosts, mock_yibao
from yibaobox.testing.switchboard import SWITCHBOARD

LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
OURS = (*hosts.KNOWN, hosts.DOMAIN)


@pytest.fixture(scope="module", autouse=True)
def opened():
    with mock_yibao():
        yield


@given(
    name=st.sampled_from(OURS),
    labels=st.lists(LABEL, max_size=3),
    shout=st.booleans(),
    port=st.sampled_from(["", ":443"]),
)
def test_what_lies_below_a_name_of_ours_stays(name, labels, shout, port):
    host = ".".join([*labels, name])

    assert SWITCHBOARD.takes(f"https://{host.upper() if shout else host}{port}/x?y=1")


@given(labels=st.lists(LABEL, min_size=1, max_size=4), name=st.sampled_from(OURS), end=LABEL)
def test_no_other_host_is_taken(labels, name, end):
    for host in (".".join([*labels, "example"]), f"x{name}", f"{name}.{end}"):
        taken = any(host == each or host.endswith(f".{each}") for each in OURS)

        assert SWITCHBOARD.takes(f"https://{host}/") is taken


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8098/", "http://127.0.0.1/", "http://localhost:80/", "http:///x", "x"]
)
def test_loopback_is_taken_at_the_usual_port_only(url):
    assert not SWITCHBOARD.takes(url)
    assert SWITCHBOARD.takes("http://127.0.0.1:8097/")


def test_a_magic_person_is_found_by_name():
    with mock_yibao(region="511700") as box:
        assert box.people.magic("测正常")["psn_no"] == box.people.get(box.people.magic("测正常")["psn_no"])["psn_no"]
        with pytest.raises(KeyError, match="测正常"):
            box.people.magic("没有这个人")
        with pytest.raises(KeyError):
            box.people.magic("测一档")  # of Chongqing
