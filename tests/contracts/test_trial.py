"""`yibaobox contract test`: all operations of all contracts answer on a running sandbox as the contracts say."""

import json

import pytest
from click.testing import CliRunner

from yibaobox.app import agreement, contracts
from yibaobox.cli import accepted, main
from yibaobox.cli.accepted import trial

MEETS = "sqlite"  # makes worlds and takes them back all the time; on PostgreSQL sandbox/test_worlds_in_use does


@pytest.mark.parametrize("service", contracts.OURS)
def test_each_operation_has_a_request_that_is_accepted(service):
    assert set(accepted.of(service)) == {each.name for each in agreement.of(service)}


def test_every_operation_of_a_running_sandbox_answers_as_agreed(server):
    before = server.box().worlds()
    ran = CliRunner().invoke(main, ["contract", "test", "--base-url", server.url, "--json"])

    told = json.loads(ran.output)
    assert told["wrong"] == []
    assert told["operations"] == sum(1 for service in contracts.OURS for _ in agreement.of(service))
    assert told["requests"] > 2 * told["operations"]
    assert ran.exit_code == 0
    assert server.box().worlds() == before


def test_a_reply_that_is_not_as_agreed_fails_the_trial(serve, monkeypatch):
    sent = trial.sent
    monkeypatch.setattr(trial, "sent", lambda *given: changed(sent(*given)))
    monkeypatch.setattr(accepted, "SERVICES", {"credential": accepted.SERVICES["credential"]})

    ran = CliRunner().invoke(main, ["contract", "test", "--base-url", serve("sqlite").url, "--json"])

    wrong = {each["operation"]: each["wrong"] for each in json.loads(ran.output)["wrong"]}
    assert wrong == {"credential.begin": "$: 'activation' is a required property"}
    assert ran.exit_code == 1


def changed(reply):
    if b'"activation":' in reply.content:
        reply._content = reply.content.replace(b'"activation":', b'"activated":')
    return reply


def test_nobody_there_is_told_apart_from_a_failure():
    ran = CliRunner().invoke(main, ["contract", "test", "--base-url", "http://127.0.0.1:9", "--json"])

    assert json.loads(ran.output)["status"] == "unreachable"
    assert ran.exit_code == 3
