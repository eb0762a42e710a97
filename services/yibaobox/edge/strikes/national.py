"""The settlement centre answers for itself: nothing was done, nothing is kept."""

import re
from collections.abc import Mapping
from typing import Final

from werkzeug.http import http_date
from werkzeug.wrappers import Response

from yibaobox.domain import clock
from yibaobox.domain.errors import Conflicting
from yibaobox.domain.faults import striking
from yibaobox.edge import envelope
from yibaobox.edge.faulting import Effect, Scene

_STAMPS: Final = re.compile(r'("(?:refmsg_time|respond_time)":\s*")(\d{17})(")')


class CentreRefused(Conflicting):
    """The settlement centre refuses, for reasons of its own."""

    code = "CENTRE_REFUSED"


def refuse() -> None:
    """Refuse the message at hand for good, when a fault says so."""
    strike = striking.now()
    if strike is None:
        return
    if striking.at("reverse.refused") is not None:
        raise CentreRefused("中心拒绝撤销该交易，请联系医保经办机构")
    release = striking.at("held.release")
    if release is not None and release["outcome"] == "refused":
        raise CentreRefused("交易处理失败，请核对后以新的报文重新发起")


def infcode(scene: Scene) -> Response:
    """Answer an infcode and a message of the caller's choice."""
    return _answer(scene, scene.params["msg"], scene.params["code"])


def trouble(scene: Scene) -> Response:
    """Answer that the centre is in trouble."""
    return _answer(scene, "系统异常，请稍后重试")


def version(scene: Scene) -> Response:
    """Answer that the version of the interface does not agree."""
    return _answer(scene, "接口版本号与中心不一致，请升级后重试")


def card(scene: Scene) -> Response:
    """Answer that the card was reported lost."""
    return _answer(scene, "社会保障卡已挂失，请凭其他有效凭证办理")


def skew(scene: Scene) -> Response:
    """State the times of a wrong clock in the reply."""
    reply, seconds = scene.served(), scene.params["s"]
    if reply.mimetype == "application/json":
        text = reply.get_data(as_text=True)
        reply.set_data(_STAMPS.sub(lambda found: found[1] + clock.shifted_stamp(found[2], seconds) + found[3], text))
    reply.headers["Date"] = http_date(clock.wall_us() // 1_000_000 + seconds)
    return reply


def _answer(scene: Scene, message: str, code: int = -1) -> Response:
    number = envelope.numbered("", scene.strike.entry_id)
    text = envelope.failure(number, message, infcode=code)
    return envelope.response(text, code=scene.strike.kind.name.upper().replace(".", "_").replace("-", "MINUS_"))


EFFECTS: Final[Mapping[str, Effect]] = {
    "infcode": infcode,
    "system_error.-1": trouble,
    "version.mismatch": version,
    "card.lost": card,
    "clock.skew": skew,
}
