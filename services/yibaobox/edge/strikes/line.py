"""The line between client and sandbox: late, silent, cut, garbled, and proxies that answer for us."""

import math
from collections.abc import Mapping
from statistics import NormalDist
from typing import Final

from werkzeug.wrappers import Response

from yibaobox.domain import faults
from yibaobox.domain.money import PPM
from yibaobox.edge import context, faulting, strict_json
from yibaobox.edge.faulting import Dropped, Effect, Scene
from yibaobox.edge.strikes import held

_PAGE: Final = (
    "<html>\r\n<head><title>{status}</title></head>\r\n<body>\r\n<center><h1>{status}</h1></center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
_LATEST_MS: Final = 600_000


def latency(scene: Scene) -> Response:
    """Answer later."""
    return _late(scene, scene.params["ms"])


def lognormal(scene: Scene) -> Response:
    """Answer later by a time whose logarithm is spread normally around the median's."""
    lot = (scene.strike.lot + 0.5) / PPM
    drawn = scene.params["median"] * math.exp(NormalDist().inv_cdf(lot) * scene.params["sigma"] / 100)
    return _late(scene, min(_LATEST_MS, round(drawn)))


def _late(scene: Scene, ms: int) -> Response:
    reply = scene.served()
    faulting.wait(scene.environ, ms)
    return reply


def silent_before(scene: Scene) -> Response:
    """Do nothing and answer nothing."""
    raise faulting.silence(scene.environ, scene.strike.kind.name, scene.params["s"])


def silent_after(scene: Scene) -> Response:
    """Do everything and answer nothing."""
    scene.served()
    raise faulting.silence(scene.environ, scene.strike.kind.name, scene.params["s"])


def reset_before(scene: Scene) -> Response:
    """Do nothing and reset the connection."""
    raise Dropped(scene.strike.kind.name)


def reset_after(scene: Scene) -> Response:
    """Do everything and reset the connection."""
    scene.served()
    raise Dropped(scene.strike.kind.name)


def truncate(scene: Scene) -> Response:
    """Break off within the body: the server does it; elsewhere the body is short of its Content-Length."""
    reply = scene.served()
    line = scene.environ.get(context.LINE)
    if line is not None:
        line["cut"] = scene.params["bytes"]
        return reply
    size = len(reply.get_data())
    reply.set_data(reply.get_data()[: scene.params["bytes"]])
    reply.headers["Content-Length"] = str(size)
    return reply


def drip(scene: Scene) -> Response:
    """Send the body slowly."""
    reply = scene.served()
    line = scene.environ.get(context.LINE)
    if line is not None:
        line["bps"] = scene.params["bps"]
    else:
        faulting.wait(scene.environ, len(reply.get_data()) * 1000 // scene.params["bps"])
    return reply


def malformed(scene: Scene) -> Response:
    """Leave out the end of the body."""
    reply = scene.served()
    data = reply.get_data()
    reply.set_data(data[: len(data) - max(1, len(data) // 8)] if data else b"")
    return reply


def gbk(scene: Scene) -> Response:
    """Encode the body otherwise than its header says."""
    reply = scene.served()
    reply.set_data(reply.get_data().decode("utf-8", "replace").encode("gb18030"))
    return reply


def empty(scene: Scene) -> Response:
    """Answer nothing, with a status of success."""
    reply = scene.served()
    reply.status_code = 200
    reply.set_data(b"")
    return reply


def proxy(scene: Scene) -> Response:
    """Let a proxy answer that the service behind it fails."""
    if scene.params["position"] == faults.AFTER:
        scene.served()
    status = int(scene.strike.kind.name.rpartition(".")[2])
    made = Response(status=status, content_type="text/html")
    made.set_data(_PAGE.format(status=made.status.title().replace("Timeout", "Time-out")))
    return made


def too_many(scene: Scene) -> Response:
    """Let a proxy answer that there are too many requests."""
    body = strict_json.dumps({"code": 429, "message": "Too Many Requests"})
    reply = Response(body, status=429, content_type="application/json")
    reply.headers["Retry-After"] = str(scene.params["retry_after"])
    return reply


def twice(scene: Scene) -> Response:
    """Let the request arrive twice; the first reply is the answer."""
    first = scene.served()
    if scene.once("again"):
        scene.served()
    return first


def late(scene: Scene) -> Response:
    """Reset the connection and let the request arrive later."""
    if not held.can_wait(scene.body):
        scene.missed()
        return scene.served()
    with scene.world.write() as tx:
        held.deliver_later(tx, scene, scene.params["s"])
    raise Dropped(scene.strike.kind.name)


EFFECTS: Final[Mapping[str, Effect]] = {
    "latency": latency,
    "latency.lognormal": lognormal,
    "timeout.before_effect": silent_before,
    "timeout.after_commit": silent_after,
    "reset.before_effect": reset_before,
    "reset.after_commit": reset_after,
    "reverse.lost_response": reset_after,
    "truncate.response": truncate,
    "slow.response": drip,
    "malformed.json": malformed,
    "gbk.response": gbk,
    "empty.200": empty,
    "http.502": proxy,
    "http.503": proxy,
    "http.504": proxy,
    "rate.429": too_many,
    "duplicate.delivery": twice,
    "late.delivery": late,
}
