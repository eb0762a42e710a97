"""A world in which everything has happened is taken back, read in and emptied: by then rows refer to each other."""

import pytest

from yibaobox.app import agreement
from yibaobox.cli import accepted
from yibaobox.cli.accepted.trial import sent

LINES = {"Content-Type": "application/x-ndjson"}


@pytest.fixture
def used(server):
    """A world in which every operation of the four services was accepted once: its stage and its box."""
    stage = accepted.Stage.set(server.url, "used")
    for service in ("portal", "tax", "credential", "settlement"):
        requests = accepted.of(service)
        for operation in agreement.of(service):
            sent(stage, operation, requests[operation.name](stage))
    yield stage, server.box("used")
    stage.strike()


def export(box):
    return box.get(f"/_sandbox/v1/worlds/{box.world}/export").content


def rows(lines):
    """Return the rows; the head tells when they were written, the two last lines number the journal and sum up."""
    return lines.splitlines()[1:-2]


def test_a_world_that_holds_visits_is_reset_restored_read_in_and_emptied(used):
    stage, used = used
    visit = stage.window.visit(stage.worker, "100.00")
    full = export(used)
    used.ask("POST", "/snapshots", {"name": "full"})
    used.ask("POST", "/worlds/used/reset")
    seeded = export(used)

    used.ask("POST", "/snapshots/full/restore")
    restored = export(used)
    assert stage.window.settle(visit).setlinfo  # changes a visit to which fees refer that stay as they are
    used.ask("POST", "/snapshots/full/restore")
    again = export(used)
    into = "/_sandbox/v1/worlds/used/import?overwrite=true"
    over_itself = used.put(into, data=full, headers=LINES)
    read_in = export(used)
    over_full = used.put(into, data=seeded, headers=LINES)

    assert (over_itself.status_code, over_full.status_code) == (201, 201), over_itself.text + over_full.text
    assert rows(restored) == rows(again) == rows(read_in) == rows(full)
    assert rows(export(used)) == rows(seeded)
    used.ask("POST", "/worlds/used/purge")
    assert used.ask("GET", "/audit")["checked"]["entries"] == 0
    tables = {line.split(b'"')[3] for line in set(rows(full)) - set(rows(seeded))}
    assert tables >= {b"visits", b"diagnoses", b"fees", b"settlements", b"setl_reversals", b"pay_orders"}
