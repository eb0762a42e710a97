"""Log-in: what a code is worth, and the token that comes with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yibaobox_mocks import lots
from yibaobox_mocks.alipay import users
from yibaobox_mocks.alipay.errors import AlipayError
from yibaobox_mocks.ports import Refused, Sandbox, Tx, World


def token(tx: Tx, app_id: str, parameters: Mapping[str, str]) -> dict[str, Any]:
    """Exchange a code for the buyer who logged in; a code works once."""
    kind = parameters.get("grant_type")
    if kind != "authorization_code":
        raise AlipayError("40002", "isv.grant-type-invalid", "授权类型grant_type无效")
    code = parameters.get("code") or ""
    buyer_id = users.spend(tx, app_id, code, users.LOGIN) if code.isprintable() else None
    if buyer_id is None:
        raise AlipayError("40002", "isv.code-invalid", "授权码code无效")
    return {
        "user_id": buyer_id,
        "open_id": users.open_id(app_id, buyer_id),
        "access_token": f"authusrB{lots.word(32)}",
        "refresh_token": f"authusrB{lots.word(32)}",
        "expires_in": 1_296_000,
        "re_expires_in": 2_592_000,
    }


def login(sandbox: Sandbox, world: World, psn_no: str | None, buyer_id: str | None, kind: str) -> tuple[str, str]:
    """Return a code of a person, or of whoever has a number, and that number."""
    app_id = sandbox.keys(world)["app_id"]
    with world.write() as tx:
        known = buyer_id if buyer_id is not None else users.of_person(tx, app_id, str(psn_no))
        return users.issue(tx, app_id, known, kind), known


def check_app(sandbox: Sandbox, world: World, app_id: str | None) -> None:
    """Refuse an application that is not this world's."""
    if app_id not in (None, sandbox.keys(world)["app_id"]):
        raise Refused("conflict", "无效的AppID参数")
