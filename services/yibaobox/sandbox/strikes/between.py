"""What happens to people between a pre-settlement and a settlement, or just before one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from yibaobox.domain import enrolment, family, ledger, set_up
from yibaobox.domain.store import Conflict
from yibaobox.edge import problems
from yibaobox.sandbox.strikes.bystander import BILL_MAX, Purchase, spend

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Response

    from yibaobox.domain.store import Tx
    from yibaobox.edge.faulting import Effect, Scene

_REASON: Final = "fault"


def drift(scene: Scene) -> Response:
    """Pre-settle, then change the own account."""
    return _after(scene, lambda tx, psn_no: _credit(tx, psn_no, scene.params["fen"]))


def suspend(scene: Scene) -> Response:
    """Pre-settle, then suspend the participation."""
    return _after(scene, _suspend)


def exhaust(scene: Scene) -> Response:
    """Use up what the fund pays in the year, then serve."""
    psn_no = scene.person()
    if scene.once("done") and (psn_no is None or not spend(scene, psn_no, Purchase("hospital", "A", BILL_MAX, "0"))):
        scene.missed()
    return scene.served()


def drain(scene: Scene) -> Response:
    """Let the relatives spend their accounts, then serve."""
    if scene.once("done"):
        spent = [_spend_all(scene, binding.giver) for binding in _givers(scene)]
        if not any(spent):
            scene.missed()
    return scene.served()


def unbind(scene: Scene) -> Response:
    """End the bindings of the relatives, then serve."""
    return _before(scene, lambda tx, binding: bool(family.unbind(tx, binding.giver, binding.binding_id)))


def suspend_payers(scene: Scene) -> Response:
    """Suspend the relatives' participations, then serve."""
    return _before(scene, lambda tx, binding: _suspend(tx, binding.giver))


def _after(scene: Scene, change: Callable[[Tx, str], bool]) -> Response:
    """Serve, then change something about the patient, unless the service refused or there is nothing to change."""
    reply = scene.served()
    if not scene.once("done"):
        return reply
    psn_no = None if problems.CODE_HEADER in reply.headers else scene.person()
    if psn_no is None or not _written(scene, lambda tx: change(tx, psn_no)):
        scene.missed()
    return reply


def _before(scene: Scene, change: Callable[[Tx, family.Binding], bool]) -> Response:
    """Change something about each relative who pays for the patient, then serve."""
    if scene.once("done") and not any(
        _written(scene, lambda tx, binding=binding: change(tx, binding))  # type: ignore[misc]
        for binding in _givers(scene)
    ):
        scene.missed()
    return scene.served()


def _written(scene: Scene, change: Callable[[Tx], bool], tries: int = 5) -> bool:
    """Do it in a transaction of its own, again when the database gives up: the reply is there already."""
    for _ in range(tries - 1):
        try:
            with scene.world.write() as tx:
                return change(tx)
        except Conflict:
            continue
    with scene.world.write() as tx:
        return change(tx)


def _givers(scene: Scene) -> list[family.Binding]:
    psn_no = scene.person()
    with scene.world.read() as tx:
        return [] if psn_no is None else family.givers(tx, psn_no)


def _spend_all(scene: Scene, psn_no: str) -> bool:
    with scene.world.read() as tx:
        held = ledger.balance(tx, psn_no)
    return held > 0 and spend(scene, psn_no, Purchase("pharmacy", "A", BILL_MAX, "1"))


def _credit(tx: Tx, psn_no: str, fen: int) -> bool:
    ledger.lock(tx, [psn_no])
    fen = max(fen, -ledger.balance(tx, psn_no))
    if not fen:
        return False
    set_up.credit(tx, psn_no, fen, kind="topup")
    return True


def _suspend(tx: Tx, psn_no: str) -> bool:
    part = enrolment.active(tx, psn_no)
    if part is None or not part.covers(tx.today):
        return False
    enrolment.suspend(tx, psn_no, part.part_id, on=tx.today, reason=_REASON)
    return True


EFFECTS: Final[Mapping[str, Effect]] = {
    "presettle.drift": drift,
    "suspend.between": suspend,
    "cap.exhausted": exhaust,
    "family.drained": drain,
    "family.unbound_midway": unbind,
    "family.payer_suspended": suspend_payers,
}
