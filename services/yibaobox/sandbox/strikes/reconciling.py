"""What the centre states wrongly of a settlement, until it is reversed: real marks, which every reconciliation sees.

A settlement that is struck is the one marked. A reconciliation that is struck marks the newest settlement within what
it asks for that stands and is stated rightly; where there is none the fault did not fire.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain import people, reconciliation, set_up
from yibaobox.domain.errors import Refusal
from yibaobox.domain.faults.reconciliation import SETTLING
from yibaobox.domain.people import NewPerson, institutions
from yibaobox.domain.people.regions import resolve
from yibaobox.domain.reconciliation import AMOUNT, EXTRA, MISSING, SHIFT, Line, Scope
from yibaobox.edge import strict_json
from yibaobox.edge.faulting import told
from yibaobox.sandbox.strikes.bystander import Purchase, spend
from yibaobox.settlement.reconcile import med_types

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from yibaobox.domain.store import Tx
    from yibaobox.edge.faulting import Effect, Scene

_MARKS: Final = {"recon.inst_extra": MISSING, "recon.amount": AMOUNT, "recon.date_shift": SHIFT}
_CAPACITIES: Final = {"310": "employee", "390": "resident"}
_STRANGER_FEN: Final = 120_00
_EVER: Final = (date(2000, 1, 1), date(2999, 12, 31))


def mark(scene: Scene) -> Response:
    """Let the centre's statement be wrong about one settlement."""
    settling = scene.facts.get("infno") in SETTLING
    reply = scene.served() if settling else None
    if scene.once("marked") and not _marked(scene, None if reply is None else _settled(reply)):
        scene.missed()
    return scene.served() if reply is None else reply


def stranger(scene: Scene) -> Response:
    """Let somebody else be settled at the same institution, then serve."""
    if scene.once("settled"):
        try:
            done = _settled_besides(scene)
        except Refusal:
            done = False  # the service will say why
        if not done:
            scene.missed()
    return scene.served()


def _marked(scene: Scene, setl_id: str | None) -> bool:
    fen = scene.params.get("fen", 0)
    kind = _MARKS[scene.strike.kind.name]
    if kind == AMOUNT and not fen:
        return False
    try:
        with scene.world.write() as tx:
            scope = _scope(scene)
            line = _of_number(tx, scope, setl_id) if setl_id else reconciliation.unmarked(tx, scope)
            return line is not None and reconciliation.mark(tx, line, scope.institution, kind, fen)
    except (Refusal, ValueError, TypeError, KeyError):
        return False  # the message is none that can be reconciled


def _scope(scene: Scene) -> Scope:
    """Return what a struck message is about: its institution, and what a reconciliation narrows that to."""
    institution = scene.facts.get("fixmedins", "")
    if scene.facts.get("infno") in SETTLING:
        return Scope(institution, *_EVER)
    data = _data(scene)
    first, last = (date.fromisoformat(data[name]) for name in ("stmt_begndate", "stmt_enddate"))
    return Scope(
        institution,
        first,
        last,
        insutype=str(data.get("insutype") or ""),
        med_types=med_types(str(data["clr_type"])),
        region=resolve(str(data["setl_optins"])).code,
    )


def _settled(reply: Response) -> str:
    """Return the number of the settlement that a reply tells of; one that tells of none gets a number nobody has."""
    found: Any = strict_json.loads(reply.get_data()) if reply.mimetype == "application/json" else {}
    for name in ("output", "setlinfo", "setl_id"):
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, str) else "0"


def _of_number(tx: Tx, scope: Scope, setl_id: str) -> Line | None:
    today = tx.today
    lines = reconciliation.books(tx, Scope(scope.institution, today, today, sign=1))
    return next((line for line in reversed(lines) if str(line.setl_id) == setl_id), None)


def _settled_besides(scene: Scene) -> bool:
    """Make a person whom nobody here knows, and let them buy something at the institution."""
    insutype, code = str(_data(scene).get("insutype") or "310"), scene.facts.get("fixmedins", "")
    with scene.world.write() as tx:
        place = institutions.get(tx, code)
        person = people.create(tx, NewPerson(place.region, _CAPACITIES.get(insutype, "employee")))
        set_up.enrol(tx, person, enrolled=True)
    bought = Purchase(place.kind, "A", _STRANGER_FEN, "0", at=code)
    if not spend(scene, person.psn_no, bought):
        return False
    with scene.world.write() as tx:
        scope = Scope(code, tx.today, tx.today, sign=1)
        line = next(line for line in reversed(reconciliation.books(tx, scope)) if line.psn_no == person.psn_no)
        return reconciliation.mark(tx, line, code, EXTRA)


def _data(scene: Scene) -> dict[str, Any]:
    asked = told(scene.body).get("input")
    data = asked.get("data") if isinstance(asked, dict) else None
    return data if isinstance(data, dict) else {}


EFFECTS: Final[Mapping[str, Effect]] = {**dict.fromkeys(_MARKS, mark), "recon.center_extra": stranger}
