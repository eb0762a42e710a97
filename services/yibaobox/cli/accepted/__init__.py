"""A request that is accepted, for each operation of each contract.

`yibaobox contract test` sends them to a running sandbox; what tries the contracts by chance starts from them, too. A
request is prepared right before it is sent, so that each stands by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Final

from yibaobox.app import agreement
from yibaobox.cli.accepted import control, credential, portal, settlement, tax
from yibaobox.cli.accepted.stage import Request, Stage
from yibaobox.cli.accepted.trial import Outcome, outcomes

SERVICES: Final[Mapping[str, ModuleType]] = {
    "portal": portal,
    "tax": tax,
    "credential": credential,
    "control": control,
    "settlement": settlement,
}


def of(service: str) -> Mapping[str, Callable[[Stage], Request]]:
    """Return, by operation id, how a request is prepared."""
    requests: Mapping[str, Callable[[Stage], Request]] = SERVICES[service].REQUESTS
    return requests


def tried(url: str) -> list[Outcome]:
    """Try every operation of every contract at a sandbox, each contract in a world of its own."""
    return [outcome for service in SERVICES for outcome in _tried(url, service)]


def _tried(url: str, service: str) -> list[Outcome]:
    stage, known = Stage.set(url), of(service)
    try:
        return [
            outcome
            for operation in agreement.of(service)
            for outcome in outcomes(stage, operation, known[operation.name])
        ]
    finally:
        stage.strike()


__all__ = ["SERVICES", "Outcome", "Request", "Stage", "of", "tried"]
