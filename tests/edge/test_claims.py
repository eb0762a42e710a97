"""Which requests a server may answer where they arrive: brief ones of the national interface, in a free world."""

import io
import threading
import time

import pytest
from werkzeug.test import EnvironBuilder

from boxes import local
from yibaobox.app import Settings, create_app
from yibaobox.domain.store import Occupied, WorldSpec


@pytest.fixture(scope="module")
def app():
    made = create_app(Settings())  # with a ticker, as in a server
    yield made
    made.close()


def environ(infno="2207", path="/fsi/api/rsfComIfsService/callService", method="POST", pad=0, **headers):
    body = b'{"infno": "%s", "msgid": "H1", "input": {"pad": "%s"}}' % (infno.encode(), b"x" * pad)
    builder = EnvironBuilder(path, method=method, data=body, content_type="application/json", headers=headers)
    made = builder.get_environ()
    made["wsgi.input"] = io.BytesIO(body)
    return made


def claimed(app, asked):
    """Claim as a server does; what ticks has the world now and then."""
    for _ in range(1000):
        try:
            return app.claim(asked)
        except Occupied:
            time.sleep(0.01)
    raise AssertionError("the world never gets free")


def elsewhere(function):
    """Run a function in another thread and return what it gave or raised."""
    found = []

    def run():
        try:
            found.append(function())
        except Occupied as error:
            found.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found[0]


@pytest.mark.parametrize("infno", ["1101", "2201", "2204", "2207", "2601", "5203"])
def test_a_brief_request_reserves_its_world_until_it_is_let_go(app, infno):
    let_go = claimed(app, environ(infno))
    try:
        assert let_go is not None
        assert isinstance(elsewhere(lambda: app.claim(environ(infno))), Occupied)
    finally:
        let_go.release()

    again = claimed(app, environ(infno))
    assert again is not None
    again.release()


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(environ("3201"), id="a day's sums"),
        pytest.param(environ("3202"), id="a day's lines"),
        pytest.param(environ("9101"), id="a file"),
        pytest.param(environ("9999"), id="no transaction"),
        pytest.param(environ(pad=1 << 16), id="long"),
        pytest.param(environ(method="PUT"), id="another method"),
        pytest.param(environ(path="/portal/v1/regions"), id="another service"),
        pytest.param(environ(**{"X-Sandbox-Fault": "settle.lost_reply"}), id="a fault"),
        pytest.param(environ(**{"X-Sandbox-World": "none"}), id="no world"),
        pytest.param(environ(_api_access_key="never-seen"), id="a credential that has to be looked up"),
    ],
)
def test_what_may_take_longer_goes_to_a_thread(app, asked):
    assert claimed(app, asked) is None
    assert is_free(app)


def is_free(app):
    """Tell whether another thread can have the world."""
    let_go = elsewhere(lambda: claimed_and_left(app))
    return let_go is not None


def claimed_and_left(app):
    let_go = claimed(app, environ())
    let_go.release()
    return let_go


def test_while_a_fault_is_armed_every_request_goes_to_a_thread(app):
    box = local(app)
    fault = box.ask("POST", "/faults", {"name": "latency", "params": {"ms": 5}})["id"]
    try:
        assert claimed(app, environ()) is None
    finally:
        box.ask("DELETE", f"/faults/{fault}")

    assert is_free(app)


def test_a_database_that_fails_meanwhile_leaves_the_world_to_others(app, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr("yibaobox.domain.faults.any_armed", broken)
        assert claimed(app, environ()) is None

    assert is_free(app)


def broken(_):
    raise OSError("disk I/O error")


def test_without_a_ticker_a_request_does_what_is_due_first_and_goes_to_a_thread():
    app = create_app(Settings(ticker=False))

    assert app.claim(environ()) is None
    app.close()


def test_when_nobody_asks_the_log_of_the_world_asked_last_is_copied_back(tmp_path):
    app = create_app(Settings(db=f"sqlite:///{tmp_path}"))
    app.worlds.create("other", WorldSpec(1, (), 0))
    claimed_and_left(app)  # of "default"
    try:
        for name in ("default", "other"):
            app.worlds.get(name).store.settle()
            fill(app.worlds.get(name), times=16)
        before = {name: (tmp_path / f"w_{name}.db").read_bytes() for name in ("default", "other")}

        assert relieve(app)
        assert (tmp_path / "w_default.db").read_bytes() != before["default"]
        assert (tmp_path / "w_other.db").read_bytes() == before["other"]
        assert not relieve(app)  # nor is there a row for the journal
    finally:
        app.close()


def fill(world, times):
    for number in range(times):
        with world.store.write() as tx:
            tx.run("INSERT INTO settings (name, value) VALUES (?, ?)", f"filler {number}", "x" * 500)


def relieve(app):
    work = app.relief("idle")
    return work is not None and work()
