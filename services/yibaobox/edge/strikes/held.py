"""Requests that arrive later, and messages whose outcome nobody knows until then."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from werkzeug.wrappers import Response

from yibaobox.domain import faults, outbox
from yibaobox.domain.errors import InProgress, NotFound
from yibaobox.edge import envelope, problems
from yibaobox.edge.faulting import ITSELF, Effect, Scene

if TYPE_CHECKING:
    from yibaobox.domain.store import Tx

_RETRIES: Final = (5, 30, 60)
_KEY: Final = ("infno", "fixmedins", "msgid")
_KEPT: Final = ("CONTENT_TYPE", "HTTP_AUTHORIZATION")
_PENDING: Final = "交易处理中，请稍后以原报文查询结果"
_UNCLEAR: Final = '{"code":"SYSTEM_ERROR","message":"系统异常，请用相同参数重新调用"}'


def can_wait(body: bytes) -> bool:
    """Tell whether a body can be kept as text: an upload of files cannot."""
    try:
        return "\0" not in body.decode()
    except UnicodeDecodeError:
        return False


def deliver_later(tx: Tx, scene: Scene, seconds: int, fault: str | None = None) -> None:
    """Let the request come again after some sandbox time, by the way of notifications."""
    environ = scene.environ
    query = environ.get("QUERY_STRING", "")
    headers = {_name(key): environ[key] for key in environ if key in _KEPT or key.startswith("HTTP__API_")}
    headers |= {_name(key): environ[key] for key in environ if key.startswith(("HTTP_X_TIF_", "HTTP_WECHATPAY_"))}
    headers["X-Sandbox-World"] = scene.world.name
    if fault is not None:
        headers["X-Sandbox-Fault"] = fault
    outbox.stage(
        tx,
        topic=f"late:{scene.strike.entry_id}",
        cause=scene.strike.kind.name,
        url=ITSELF + scene.facts["path"] + (f"?{query}" if query else ""),
        headers=headers,
        body=scene.body.decode(),
        schedule=_RETRIES,
        delay=seconds,
    )


def unknown(scene: Scene) -> Response:
    """Answer that the message is still at work, now and to repetitions, and let its outcome come later."""
    key = {name: scene.facts[name] for name in _KEY if name in scene.facts}
    if len(key) < len(_KEY) or not can_wait(scene.body):
        scene.missed()
        return scene.served()
    outcome = "refused" if scene.strike.kind.name.endswith("refused") else "settled"
    with scene.world.write() as tx:
        rule = faults.arm(tx, faults.Wanted("held.pending", key, times=None), origin="hold")
        release = f"held.release;rule={rule.fault_id};outcome={outcome}"
        deliver_later(tx, scene, scene.params["s"], release)
    return pending(scene)


def pending(scene: Scene) -> Response:
    """Answer that the message is still at work."""
    number = envelope.numbered("", scene.strike.entry_id)
    return envelope.response(envelope.failure(number, _PENDING), code=InProgress.code)


def release(scene: Scene) -> Response:
    """Let a message go on that was held."""
    if scene.once("release"):
        # Where it was disarmed by hand the message arrives all the same.
        with suppress(NotFound), scene.world.write() as tx:
            faults.disarm(tx, scene.params["rule"])
    return scene.served()


def unclear(_: Scene) -> Response:
    """Answer as the gateway does that does not know yet."""
    reply = Response(_UNCLEAR, status=500, content_type="application/json; charset=utf-8")
    reply.headers[problems.CODE_HEADER] = "SYSTEM_ERROR"
    return reply


def _name(key: str) -> str:
    """Return a header's name of its place in the environ; the national gateway's have underscores."""
    if key == "CONTENT_TYPE":
        return "Content-Type"
    bare = key.removeprefix("HTTP_")
    return bare.lower() if bare.startswith("_") else bare.replace("_", "-").title()


EFFECTS: Final[Mapping[str, Effect]] = {
    "unknown.then_settled": unknown,
    "unknown.then_refused": unknown,
    "reverse.unknown": unknown,
    "held.pending": pending,
    "held.release": release,
    "held.query": unclear,
}
