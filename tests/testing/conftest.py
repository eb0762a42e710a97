"""Boxes as users get them: in process, and on a server started for the run."""

import pytest

from yibaobox.testing import mock_yibao


@pytest.fixture
def inproc():
    """A fresh world in this process; its books are audited before it goes."""
    with mock_yibao() as box:
        yield box
        assert box.audit()["violations"] == []


@pytest.fixture(params=["in process", "live"])
def either(request):
    """A fresh world in this process, and one on a started server."""
    if request.param == "in process":
        yield request.getfixturevalue("inproc")
        return
    with request.getfixturevalue("yibaobox_server").box() as box:
        yield box
        assert box.audit()["violations"] == []
