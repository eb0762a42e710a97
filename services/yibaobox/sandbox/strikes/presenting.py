"""What happens to codes, tokens, faces and participations just before they are looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain import credentials, enrolment
from yibaobox.domain.credentials import codes
from yibaobox.domain.errors import Refusal
from yibaobox.domain.people import institutions, regions
from yibaobox.edge.faulting import AUTH_PATHS, CODE_PATHS, told

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Response

    from yibaobox.domain.store import Tx
    from yibaobox.edge.faulting import Effect, Scene

_OPERATOR: Final = {"purpose": "01101", "operator": "0001", "operator_name": "收费员"}


def expire(scene: Scene) -> Response:
    """Let the code or the token lapse, then serve."""
    return _first(scene, lambda tx: any(codes.lapse(tx, text) for text in _shown(scene)))


def use_up(scene: Scene) -> Response:
    """Let the same institution decode the code, then serve."""
    document = told(scene.body)
    place = document.get("institution") or (document.get("data") or {}).get("orgId")
    return _first(scene, lambda tx: _decoded(tx, _shown(scene), str(place)))


def elsewhere(scene: Scene) -> Response:
    """Let another institution decode the code, then serve."""
    document = told(scene.body)
    place = document.get("institution") or (document.get("data") or {}).get("orgId")
    return _first(scene, lambda tx: _decoded(tx, _shown(scene), _another(tx, str(place))))


def face(scene: Scene) -> Response:
    """Decide the coming face check, before any that was decided otherwise, then serve."""
    outcome = scene.strike.kind.name.rpartition(".")[2]
    psn_no = scene.person()
    return _first(scene, lambda tx: psn_no is not None and _scripted(tx, psn_no, outcome))


def conflict(scene: Scene) -> Response:
    """Enrol the person in another region, then serve."""
    psn_no = scene.person()
    return _first(scene, lambda tx: psn_no is not None and _enrolled_elsewhere(tx, psn_no))


def _first(scene: Scene, change: Callable[[Tx], bool]) -> Response:
    """Change something, then serve; what cannot be changed was not struck."""
    if scene.once("done"):
        try:
            with scene.world.write() as tx:
                done = change(tx)
        except Refusal:
            done = False  # the service will say why
        if not done:
            scene.missed()
    return scene.served()


def _shown(scene: Scene) -> list[str]:
    """Return what a request presents: the code of a decoding, or the token of a national message."""
    document = told(scene.body)
    if scene.facts["path"] in CODE_PATHS:
        found = [document.get("code"), (document.get("data") or {}).get("ecQrCode")]
    elif scene.facts["path"].startswith(AUTH_PATHS):
        found = [document.get("auth_code"), document.get("qrcode")]
    else:
        found = [_deep(document.get("input"))]
    return [text for text in found if isinstance(text, str) and text]


def _deep(node: Any) -> Any:
    """Return the mdtrt_cert_no that stands in an input or one storey below."""
    below = [node, *node.values()] if isinstance(node, dict) else []
    return next((each["mdtrt_cert_no"] for each in below if isinstance(each, dict) and "mdtrt_cert_no" in each), None)


def _decoded(tx: Tx, texts: list[str], place: str) -> bool:
    return any(bool(credentials.decode(tx, text, place, **_OPERATOR)) for text in texts)


def _another(tx: Tx, place: str) -> str:
    return next(each.code for each in institutions.listed(tx) if each.code != place)


def _scripted(tx: Tx, psn_no: str, outcome: str) -> bool:
    credentials.script_face(tx, psn_no, outcome, 1, first=True)
    return True


def _enrolled_elsewhere(tx: Tx, psn_no: str) -> bool:
    if enrolment.active(tx, psn_no) is not None:
        return False
    here = {part.region for part in enrolment.participations(tx, psn_no)} | {psn_no[:6]}
    other = next(region.code for region in regions.shipped() if region.code not in here)
    enrolment.register(tx, psn_no, enrolment.NewParticipation(other, "resident"))
    return True


EFFECTS: Final[Mapping[str, Effect]] = {
    "token.expired": expire,
    "token.used": use_up,
    "decode.wrong_place": elsewhere,
    "face.fail": face,
    "face.timeout": face,
    "enrol.conflict_other_region": conflict,
}
