"""Where a merchant comes in: the world and the keys behind a signature; replies are signed, errors are not."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import flask

from yibaobox_mocks.ports import Sandbox, World
from yibaobox_mocks.wechatpay import nonces, notify, signing
from yibaobox_mocks.wechatpay.errors import WechatError, parameter

Reply = tuple[int, dict[str, Any] | None]
STRICT: Final = "strict_timestamps"


class Door:
    """Checks who calls and answers them."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    def caller(self) -> tuple[World, Mapping[str, str]]:
        """Return the world and the keys of the merchant that signed the request."""
        request = flask.request
        world = self.sandbox.world(request.environ)
        keys = self.sandbox.keys(world)
        authorization = request.headers.get("Authorization", "")
        seen = signing.Request(request.method, self.targets(), authorization, request.get_data())
        nonce = signing.check(seen, keys, self.wall_s(), lambda: self._strict(world))
        with world.write() as tx:
            nonces.spend(tx, nonce, self.wall_s())
        return world, keys

    def targets(self) -> tuple[str, ...]:
        """Return the raw targets that a signature may cover, the fullest first."""
        return self.sandbox.targets(flask.request.environ)

    def base(self) -> str:
        """Return the address that the merchant called, as it called it: an SDK takes its own off the front."""
        targets = self.targets()
        return flask.request.host_url.rstrip("/") + targets[0].removesuffix(targets[-1])

    def wall_s(self) -> int:
        """Return the wall's second."""
        return self.sandbox.wall_us() // 1_000_000

    def answered(self, work: Callable[[], Reply]) -> flask.Response:
        """Answer with a signed reply, or with an error, which is never signed."""
        try:
            status, document = work()
        except WechatError as error:
            return refused(error)
        reply, keys = _response(status, document), self.sandbox.keys(self.sandbox.world(flask.request.environ))
        wanted = flask.request.headers.get("Wechatpay-Serial")
        serial = keys["pub_key_id"] if wanted == keys["pub_key_id"] else keys["plat_serial"]
        reply.headers.update(signing.reply_headers(keys, reply.get_data(), self.wall_s(), serial=serial))
        reply.headers["Request-ID"] = notify.request_id(0)
        return reply

    def _strict(self, world: World) -> bool:
        with world.read() as tx:
            return self.sandbox.switch(tx, STRICT) == "on"


def own_merchant(keys: Mapping[str, str], mchid: object, field: str = "mchid") -> None:
    """Refuse a merchant's number that is not the caller's."""
    if mchid != keys["mchid"]:
        raise parameter(f"/{field}", "商户号缺失或与签名的商户号不一致", mchid)


def check_agent() -> None:
    """Refuse a caller that does not say what it is and takes; some of the vendor's paths look at it first."""
    headers = flask.request.headers
    if not headers.get("User-Agent") or not headers.get("Accept"):
        raise WechatError(400, "INVALID_REQUEST", "Http头缺少Accept或User-Agent")


def refused(error: WechatError) -> flask.Response:
    """Return an error: not signed, its number at the end of the Request-ID."""
    reply = _response(error.status, error.document)
    reply.headers["Request-ID"] = notify.request_id(error.number)
    return reply


def _response(status: int, document: dict[str, Any] | None) -> flask.Response:
    told = b"" if document is None else json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return flask.Response(told, status, content_type="application/json; charset=utf-8")
